//! What changes, as it does: server-sent events.
//!
//! A watcher is first told how things are, and then what changes. What may change often is told at
//! most every [`PACE`]. Whoever is too slow to be told everything, or would be told of too many
//! children of a Map Run, is told so, and then how things are. After [`LONGEST`] a watcher has to ask
//! again, so that nobody watches with an access key that may not be used any more.

use std::{collections::VecDeque, time::Duration};

use futures::{StreamExt as _, stream, stream::BoxStream};
use serde::{Deserialize, Serialize};
use stepwell_engine::host::{Change, Changes, Next};
use stepwell_journal::{Direction, ExecutionId};
use tokio::time::{Instant, sleep_until};

use super::{
    OwnAction, executions,
    places::{Found, Places},
};
use crate::{
    action::{ExecutionStatus, Request, map_runs::DescribeMapRun},
    arn::{Arn, Execution, MapRun, Qualified},
    error::Error,
    host::{
        Host,
        executions::{find, id, item},
        map_runs::{describe_map_run, find_map_run},
        own, own_machine,
        state_machines::{does_not_exist, named},
    },
    service::{Caller, write},
};

/// How often counts, and how far an execution or a Map Run is, are told at most.
pub const PACE: Duration = Duration::from_millis(500);

/// To find out how things are takes at most one of so many parts of the time: an account may have
/// thousands of state machines.
pub const SHARE: u32 = 10;

/// Of how many children of a Map Run it is told at most, until it is told again how far that is: a
/// thousand may run and end at once, which is more than anybody could follow.
pub const CHILDREN: usize = 25;

/// How long a watcher is told what changes, before it has to ask again.
pub const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Asks to be told what changes: of one execution, or of those of a state machine, a version or an
/// alias, or of the children of a Map Run, or of all that the caller has. Children of Map Runs are
/// told of only where one of them, or their Map Run, is named. Those that are Express are told of
/// when they have ended: before, they are not listed either.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watch {
    /// One execution.
    pub execution_arn: Option<Arn<Execution>>,
    /// Those of one state machine.
    pub state_machine_arn: Option<Arn<Qualified>>,
    /// The children of one Map Run.
    pub map_run_arn: Option<Arn<MapRun>>,
}

impl Request for Watch {
    fn check(&self) -> Result<(), Error> {
        let of = [
            self.execution_arn.is_some(),
            self.state_machine_arn.is_some(),
            self.map_run_arn.is_some(),
        ];
        if of.into_iter().filter(|is| *is).count() > 1 {
            return Err(Error::validation(
                "Must specify at most one of executionArn, stateMachineArn and mapRunArn",
            ));
        }
        Ok(())
    }
}

/// A server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// `counts`, `execution`, `history`, `mapRun` or `lagged`.
    pub event: &'static str,
    /// JSON, in one line.
    pub data: String,
}

/// What is told, until the watcher has to ask again.
pub type Updates = BoxStream<'static, Update>;

/// How far an execution has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    execution_arn: Arn<Execution>,
    last_event_id: u64,
    status: ExecutionStatus,
}

/// What is watched.
#[derive(Debug, Clone)]
enum Subject {
    Execution(Arn<Execution>, ExecutionId),
    Machine(Arn<Qualified>, String),
    /// Whose children, as executions name it, and the execution that it belongs to.
    MapRun(Arn<MapRun>, String, ExecutionId),
    All,
}

impl Subject {
    fn includes(&self, change: &Change) -> bool {
        let listing = &change.listing;
        match self {
            Self::Execution(_, id) => listing.id == *id,
            Self::MapRun(_, arn, of) => listing.id == *of || listing.map_run.as_ref() == Some(arn),
            _ if listing.map_run.is_some() => false,
            Self::All => true,
            Self::Machine(arn, name) => {
                listing.key.machine == *name
                    && match &arn.resource {
                        Qualified::StateMachine(_) => true,
                        Qualified::Version(version) => {
                            listing.version == Some(version.number.to_string())
                        }
                        Qualified::Alias(alias) => listing.alias.as_ref() == Some(&alias.name),
                    }
            }
        }
    }
}

/// Looks for what is to be watched, and begins to.
///
/// # Errors
/// Where there is no such thing, it is another account's, or as many watch as may.
pub(super) async fn watch(host: &Host, caller: &Caller, request: Watch) -> Result<Updates, Error> {
    let Watch { execution_arn, state_machine_arn, map_run_arn } = request;
    // The request has one of them at most.
    let subject = match (execution_arn, state_machine_arn, map_run_arn) {
        (Some(arn), ..) => {
            own(caller, OwnAction::Watch, &arn)?;
            find(host, &arn).await?;
            let id = id(&arn)?;
            Subject::Execution(arn, id)
        }
        (None, Some(arn), _) => {
            own_machine(caller, OwnAction::Watch, &arn)?;
            let machine = named(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
            let name = machine.name.clone();
            Subject::Machine(arn, name)
        }
        (None, None, Some(arn)) => {
            own(caller, OwnAction::Watch, &arn)?;
            let (of, _) = find_map_run(host, &arn).await?;
            let name = arn.to_string();
            Subject::MapRun(arn, name, of)
        }
        (None, None, None) => Subject::All,
    };
    let now = Instant::now();
    let watcher = Watcher {
        host: host.clone(),
        caller: caller.clone(),
        subject,
        // From here on: what is committed before it is looked how things are is told twice.
        changes: host.engine().watch(&caller.account)?,
        updates: VecDeque::new(),
        children: 0,
        due: Some(now),
        earliest: now,
        places: Found::new(),
        last_event_id: None,
        until: now + LONGEST,
    };
    let next = |mut watcher: Watcher| async move { Some((watcher.next().await?, watcher)) };
    Ok(stream::unfold(watcher, next).boxed())
}

struct Watcher {
    host: Host,
    caller: Caller,
    subject: Subject,
    changes: Changes,
    /// What is to be told next.
    updates: VecDeque<Update>,
    /// How many children of the Map Run there was something to tell of, since it was told how far
    /// that is.
    children: usize,
    /// When it is to be told how things are, where that has changed.
    due: Option<Instant>,
    /// When that may be told again.
    earliest: Instant,
    /// Where state machines are.
    places: Found,
    /// The id of the execution's last event, where it is known.
    last_event_id: Option<u64>,
    until: Instant,
}

impl Watcher {
    /// The next update; none once the watcher has to ask again, or it cannot be looked how things
    /// are.
    async fn next(&mut self) -> Option<Update> {
        loop {
            if let Some(update) = self.updates.pop_front() {
                return Some(update);
            }
            let due = self.due.unwrap_or(self.until);
            tokio::select! {
                biased;
                () = sleep_until(self.until) => return None,
                () = sleep_until(due), if self.due.is_some() => {
                    self.due = None;
                    let asked = Instant::now();
                    // Where that fails, whoever asks again is told why.
                    let update = self.how_things_are().await.ok()?;
                    if std::mem::take(&mut self.children) > CHILDREN {
                        self.updates.push_back(Update::lagged());
                    }
                    self.updates.push_back(update);
                    self.earliest = asked + PACE.max(asked.elapsed() * SHARE);
                }
                next = self.changes.next() => match next {
                    Next::Missed => {
                        self.updates.push_back(Update::lagged());
                        self.has_changed();
                    }
                    Next::Change(change) if self.subject.includes(&change) => {
                        self.take_in(&change);
                    }
                    Next::Change(_) => {}
                },
            }
        }
    }

    fn has_changed(&mut self) {
        self.due.get_or_insert(self.earliest);
    }

    fn take_in(&mut self, change: &Change) {
        let told = match &self.subject {
            Subject::Execution(..) => {
                self.last_event_id = Some(change.last_event_id);
                true
            }
            // The Map Run is committed with the execution that it belongs to, which is no child.
            Subject::MapRun(_, _, of) if change.listing.id == *of => return self.has_changed(),
            Subject::MapRun(..) => {
                self.children += usize::from(change.status_changed);
                change.status_changed
            }
            Subject::Machine(..) | Subject::All => change.status_changed,
        };
        if told {
            self.has_changed();
        }
        if change.status_changed
            && self.children <= CHILDREN
            && let Ok(arn) = Arn::<Execution>::parse(&change.execution_arn)
            && let Ok(item) = item(&arn, change.listing.clone(), arn.resource.express.is_some())
            && let Ok(update) = Update::new("execution", &item)
        {
            self.updates.push_back(update);
        }
    }

    async fn how_things_are(&mut self) -> Result<Update, Error> {
        let only = match &self.subject {
            Subject::Execution(arn, id) => return self.progress(arn, *id).await,
            Subject::MapRun(arn, ..) => {
                let request = DescribeMapRun { map_run_arn: arn.clone() };
                let described = describe_map_run(&self.host, &self.caller, request).await?;
                return Update::new("mapRun", &described);
            }
            Subject::Machine(_, name) => Some(&**name),
            Subject::All => None,
        };
        let mut places = Places::known(&self.host, &self.caller, std::mem::take(&mut self.places));
        let counted = executions::count(&mut places, only).await?;
        self.places = places.found;
        Update::new("counts", &counted)
    }

    async fn progress(&self, arn: &Arn<Execution>, id: ExecutionId) -> Result<Update, Error> {
        let (description, _) = find(&self.host, arn).await?;
        let last_event_id = match self.last_event_id {
            Some(last) => last,
            None => {
                let last = self.host.store().history(id, u64::MAX, Direction::Backward, 1).await?;
                last.items.first().map_or(0, |event| event.id)
            }
        };
        let progress = Progress {
            execution_arn: arn.clone(),
            last_event_id,
            status: description.listing.status.into(),
        };
        Update::new("history", &progress)
    }
}

impl Update {
    /// Some were missed.
    fn lagged() -> Self {
        Self { event: "lagged", data: "{}".to_owned() }
    }

    fn new(event: &'static str, data: &impl Serialize) -> Result<Self, Error> {
        // What is written is JSON, and so a text.
        let data = String::from_utf8(write(data)?).unwrap_or_default();
        Ok(Self { event, data })
    }
}
