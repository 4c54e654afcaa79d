//! The one trait, and what goes through it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use stepwell_asl::Json;
use stepwell_interpreter::{
    Effect, Event, Execution, Outcome, Step, TimerId, Timestamp,
    event::Outline,
    map_run::{MapRun, MapRunId},
};

use crate::{
    CommitId, Counts, Error, ExecutionId, Filter, Key, Lease, Listing, MessageId, NoticeId, Page,
    Seq, Shard, Token,
};

/// Where executions are kept.
///
/// Times are kept to the microsecond, and those of timers to the nanosecond, up to the year 2262:
/// one that is set to a later time is due then, and to be set again. A future that is dropped may or may not have done its work.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Takes shards, or renews the lease on those that this owner has. What is not in the answer
    /// belongs to somebody else. An owner's name must never be used again by another process.
    ///
    /// # Errors
    /// Where the store fails.
    async fn claim(&self, owner: &str, want: &[Shard]) -> Result<Vec<Lease>, Error>;

    /// Commits deltas, each by itself: one that is refused takes no other with it. Deltas of the
    /// same execution apply in their order. Answers come in the order of the deltas, once they are
    /// durable.
    ///
    /// A delta that was committed already, which its commit id says, is answered as it was: after
    /// an error that [is uncertain](Error::is_uncertain), commit the same delta again.
    async fn commit(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>>;

    /// Where an execution is; none where there is none of this id.
    ///
    /// # Errors
    /// Where the store fails.
    async fn position(&self, execution: ExecutionId) -> Result<Option<Position>, Error>;

    /// One execution's folded state: of one that is open, or that ended other than in success and
    /// may be redriven.
    ///
    /// # Errors
    /// Where the store fails, or the state is damaged.
    async fn state(&self, execution: ExecutionId) -> Result<Option<State>, Error>;

    /// Open executions of a shard, in the order of their ids, after one of them.
    ///
    /// # Errors
    /// Where the store fails, or a state is damaged.
    async fn load(
        &self,
        shard: Shard,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<State>, Error>;

    /// The timers of these shards that are due by a time, at most so many of each shard, the first
    /// due first.
    ///
    /// # Errors
    /// Where the store fails.
    async fn due(
        &self,
        shards: &[Shard],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, Error>;

    /// The messages to executions of these shards, at most so many of each shard, in the order
    /// they came in. A message stays until a delta [applies](Delta::applied) it.
    ///
    /// # Errors
    /// Where the store fails, or a message is damaged.
    async fn inbox(&self, shards: &[Shard], limit: usize) -> Result<Vec<Message>, Error>;

    /// Deletes messages that nobody will apply, because their execution has ended or is gone.
    ///
    /// # Errors
    /// Where the lease is over or the store fails.
    async fn discard(&self, lease: Lease, messages: Vec<MessageId>) -> Result<(), Error>;

    /// The notices to a destination that were not delivered, at most so many, in the order of their
    /// commits. A notice stays as long as its execution, or until it is
    /// [delivered](Self::delivered).
    ///
    /// # Errors
    /// Where the store fails, or a notice is damaged.
    async fn outbox(&self, destination: &str, limit: usize) -> Result<Vec<Pending>, Error>;

    /// The destinations that notices are kept for.
    ///
    /// # Errors
    /// Where the store fails.
    async fn destinations(&self) -> Result<Vec<String>, Error>;

    /// Deletes notices that were delivered.
    ///
    /// # Errors
    /// Where the store fails.
    async fn delivered(&self, notices: Vec<NoticeId>) -> Result<(), Error>;

    /// An execution's events from one on, in either direction; none where nothing is kept of it.
    /// The page names the event that comes next: it may have fewer than asked for where their data
    /// are some mebibytes.
    ///
    /// # Errors
    /// Where the store fails, or the history is damaged.
    async fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error>;

    /// An execution's events of these ids; what there is not is left out. The page names the first
    /// that was not looked for, where the data of those before are some mebibytes.
    ///
    /// # Errors
    /// Where the store fails, or the history is damaged.
    async fn events(
        &self,
        execution: ExecutionId,
        ids: BTreeSet<u64>,
    ) -> Result<Page<Event, u64>, Error>;

    /// An execution's events from one on, without their data: for whoever wants all of many. The
    /// page names the event that comes next.
    ///
    /// # Errors
    /// Where the store fails, or the history is damaged.
    async fn outline(
        &self,
        execution: ExecutionId,
        from: u64,
        limit: usize,
    ) -> Result<Page<Outline, u64>, Error> {
        let (mut items, mut next) = (Vec::new(), Some(from));
        while let Some(from) = next
            && items.len() < limit
        {
            let left = limit - items.len();
            let page = self.history(execution, from, Direction::Forward, left).await?;
            items.extend(page.items.iter().map(Event::outline));
            next = page.next;
        }
        Ok(Page { items, next })
    }

    /// An execution as `DescribeExecution` shows it.
    ///
    /// # Errors
    /// Where the store fails, or its record is damaged.
    async fn describe(&self, execution: ExecutionId) -> Result<Option<Description>, Error>;

    /// Executions, the newest first. Paging is stable: what is started meanwhile shows on no later
    /// page, and what stays as it is shows exactly once.
    ///
    /// # Errors
    /// Where the token is not of this listing, or the store fails.
    async fn list(
        &self,
        filter: Filter,
        limit: usize,
        token: Option<Token>,
    ) -> Result<Page<Listing, Token>, Error>;

    /// How many executions each of an account's state machines has, or one of them, by their
    /// status. Children of Map Runs are left out, and so is what there is none of. As cheap for
    /// millions as for a few.
    ///
    /// # Errors
    /// Where the store fails.
    async fn counts(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error>;

    /// The Map Runs of an execution, in the order they were started.
    ///
    /// # Errors
    /// Where the store fails, or a Map Run is damaged.
    async fn map_runs(&self, execution: ExecutionId) -> Result<Vec<MapRunRecord>, Error>;

    /// The Map Run with this ARN, and whose it is.
    ///
    /// # Errors
    /// Where the store fails, or the Map Run is damaged.
    async fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRunRecord)>, Error>;

    /// Deletes executions that ended before a time, at most so many, with all that is kept of
    /// them. Returns how many: fewer than the limit where that was all. The children of a Map Run
    /// are kept until that, too, has ended before the time: it may ask for what became of them.
    ///
    /// # Errors
    /// Where the store fails.
    async fn retain(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error>;
}

/// One commit of one execution: a step's events, with all that must hold together with them. A
/// clone shares what is large, so that a commit that may have to be tried again costs no copy.
#[derive(Debug, Clone)]
pub struct Delta {
    /// The lease on the execution's shard.
    pub lease: Lease,
    /// Names this commit, so that it is made once however often it is tried.
    pub commit: CommitId,
    /// Which execution.
    pub execution: ExecutionId,
    /// What it follows.
    pub after: After,
    /// The step's events; empty where only state, timers or messages change.
    pub events: Arc<Vec<Event>>,
    /// The folded state after the step; none where it is as it was. One that has an
    /// [outcome](Execution::outcome) ends the execution, and takes its timers with it.
    pub state: Option<Arc<Execution>>,
    /// Whether the step took in `TimerFired`: it fires all timers that were due, and they go.
    pub fired: bool,
    /// Timers to set.
    pub set: Vec<(TimerId, Timestamp)>,
    /// Timers that are not needed any more.
    pub cancel: Vec<TimerId>,
    /// Messages to put into the inboxes of other executions, or of this one.
    pub send: Vec<Outgoing>,
    /// Messages of this execution's inbox that the step took in.
    pub applied: Vec<MessageId>,
    /// Map Runs of this execution that are new or changed.
    pub map_runs: Vec<MapRunRecord>,
    /// What is to be told outside.
    pub notices: Vec<Notice>,
}

impl Delta {
    /// Commits a step, with the timers it sets and cancels. Whether timers fired, messages and Map
    /// Runs are the host's to add.
    pub fn new(
        lease: Lease,
        id: ExecutionId,
        after: After,
        step: &Step,
        state: impl Into<Arc<Execution>>,
    ) -> Self {
        let mut delta = Self {
            lease,
            commit: CommitId::random(),
            execution: id,
            after,
            events: Arc::new(step.events.clone()),
            state: Some(state.into()),
            fired: false,
            set: Vec::new(),
            cancel: Vec::new(),
            send: Vec::new(),
            applied: Vec::new(),
            map_runs: Vec::new(),
            notices: Vec::new(),
        };
        for effect in &step.effects {
            match effect {
                Effect::SetTimer { timer, at } => delta.set.push((*timer, *at)),
                Effect::CancelTimer { timer } => {
                    delta.set.retain(|(set, _)| set != timer);
                    delta.cancel.push(*timer);
                }
                _ => {}
            }
        }
        delta
    }
}

/// What a commit follows.
#[derive(Debug, Clone)]
pub enum After {
    /// Nothing: it starts the execution.
    Start(Box<Start>),
    /// So many commits of an execution that is open.
    Commit(Seq),
    /// So many commits of an execution that ended other than in success: it is redriven.
    Redrive(Seq),
}

/// What is known of an execution from its start.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Whose it is, and its name. [`Delta::execution`] is its id.
    pub key: Key,
    /// The version of the state machine that it was started with.
    pub version: Option<String>,
    /// The alias that it was started through.
    pub alias: Option<String>,
    /// The ARN of the Map Run whose child it is.
    pub map_run: Option<String>,
    /// `itemCount` of a Map Run's child.
    pub item_count: Option<u64>,
    /// What else the host has to know of the execution as long as it is kept; the store does not
    /// look into it.
    pub attributes: Json,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// To whom. It may not have been started yet.
    pub to: ExecutionId,
    /// The host's own form; the store does not look into it.
    pub body: Json,
}

/// A message that has come in.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// To whom.
    pub to: ExecutionId,
    /// As it was sent.
    pub body: Json,
}

/// Something to be told to somebody outside, at least once.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// To whom: the host's own name for it.
    pub destination: String,
    /// The host's own form; the store does not look into it.
    pub body: Json,
}

/// A notice that is yet to be delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// Which.
    pub id: NoticeId,
    /// Of which execution.
    pub execution: ExecutionId,
    /// As it was committed.
    pub body: Json,
}

/// A timer that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Whose.
    pub execution: ExecutionId,
    /// Which.
    pub id: TimerId,
    /// When.
    pub due: Timestamp,
}

/// How far an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// How many commits it has had.
    pub seq: Seq,
    /// The last of them.
    pub commit: CommitId,
}

/// An execution as of its last commit: what a host needs to go on with it.
#[derive(Debug, Clone)]
pub struct State {
    /// Which.
    pub id: ExecutionId,
    /// How far it is.
    pub position: Position,
    /// What it was started with.
    pub start: Start,
    /// The folded state.
    pub execution: Execution,
}

/// An execution as `DescribeExecution` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// What lists show.
    pub listing: Listing,
    /// How far it is.
    pub position: Position,
    /// Its input.
    pub input: Json,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// As it was started with.
    pub attributes: Json,
}

/// A Map Run of an execution.
#[derive(Debug, Clone)]
pub struct MapRunRecord {
    /// Which of its execution's.
    pub id: MapRunId,
    /// Its ARN.
    pub arn: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended, and how.
    pub ended: Option<(Timestamp, MapRunStatus)>,
    /// The folded state.
    pub state: MapRun,
}

/// How a Map Run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MapRunStatus {
    Succeeded,
    Failed,
    Aborted,
}

impl MapRunStatus {
    pub(crate) const ALL: [Self; 3] = [Self::Succeeded, Self::Failed, Self::Aborted];

    /// As AWS has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}

/// Which way a history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first event to the last.
    Forward,
    /// `reverseOrder`.
    Backward,
}
