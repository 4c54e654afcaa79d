//! A store that keeps nothing: for tests, and for a host without a data directory.

mod catalog;
mod list;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stepwell_interpreter::{Event, TimerId, Timestamp, map_run::MapRunId};

use crate::{
    CommitId, Counts, Delta, Description, Direction, Error, ExecutionId, Filter, Lease, Listing,
    MapRunRecord, Message, MessageId, NoticeId, Page, Pending, Position, Seq, Shard, Start, State,
    Status, Store, Timer, Token,
    codec::{self, Payloads},
    judge::{Current, Verdict, judge},
    pack::{self, After, Fold, Packed, time, timestamp},
    read::{corrupt, input_of, page_of_events, within_enough},
};

/// Executions in memory: with the rules of [`Sqlite`](crate::Sqlite), and encoded as there.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    leases: HashMap<Shard, (String, u64)>,
    executions: BTreeMap<ExecutionId, Record>,
    /// Whose each Map Run is, by its ARN.
    map_runs: HashMap<String, (ExecutionId, MapRunId)>,
    /// How many messages each inbox has ever had.
    counts: HashMap<Shard, u64>,
    messages: BTreeMap<(Shard, MessageId), (ExecutionId, Vec<u8>)>,
    /// How many notices there have ever been.
    noticed: u64,
    notices: BTreeMap<NoticeId, (String, ExecutionId, Vec<u8>)>,
    /// With their revisions.
    documents: BTreeMap<crate::catalog::Key, (u64, Value)>,
    /// How many writes to documents there have ever been.
    writes: u64,
}

#[derive(Debug)]
struct Record {
    start: Start,
    current: Current,
    started_at: i64,
    stopped_at: Option<i64>,
    redrive_count: u64,
    redriven_at: Option<i64>,
    outcome: Option<Vec<u8>>,
    /// Of one that is open or can be redriven.
    state: Option<Vec<u8>>,
    history: BTreeMap<u64, Vec<u8>>,
    payloads: Payloads,
    timers: BTreeMap<u64, i64>,
    map_runs: BTreeMap<MapRunId, pack::MapRun>,
}

impl Record {
    fn decode<T: DeserializeOwned>(
        &self,
        what: &'static str,
        id: ExecutionId,
        bytes: &[u8],
    ) -> Result<T, Error> {
        codec::decode(bytes, |hash| self.payloads.get(hash).cloned())
            .map_err(|cause| corrupt(what, id, cause))
    }

    /// The events of the commits from the one on that has this event.
    fn packed(&self, from: u64, direction: Direction) -> Vec<&Vec<u8>> {
        match direction {
            Direction::Forward => {
                let first = self.history.range(..=from).next_back().map_or(0, |(first, _)| *first);
                self.history.range(first..).map(|(_, bytes)| bytes).collect()
            }
            Direction::Backward => {
                self.history.range(..=from).rev().map(|(_, bytes)| bytes).collect()
            }
        }
    }

    fn position(&self) -> Position {
        Position { seq: self.current.seq, commit: self.current.commit }
    }

    fn state(&self, id: ExecutionId) -> Result<Option<State>, Error> {
        let Some(bytes) = &self.state else { return Ok(None) };
        Ok(Some(State {
            id,
            position: self.position(),
            start: self.start.clone(),
            execution: self.decode("state", id, bytes)?,
        }))
    }

    fn listing(&self, id: ExecutionId) -> Listing {
        Listing {
            id,
            key: self.start.key.clone(),
            version: self.start.version.clone(),
            alias: self.start.alias.clone(),
            map_run: self.start.map_run.clone(),
            item_count: self.start.item_count,
            status: self.current.status,
            started_at: timestamp(self.started_at),
            stopped_at: self.stopped_at.map(timestamp),
            redrive_count: self.redrive_count,
            redriven_at: self.redriven_at.map(timestamp),
            last_event_id: self.stopped_at.map(|_| self.current.last_event),
        }
    }

    fn map_run(&self, id: ExecutionId, map_run: &pack::MapRun) -> Result<MapRunRecord, Error> {
        Ok(MapRunRecord {
            id: map_run.id,
            arn: map_run.arn.clone(),
            started_at: timestamp(map_run.started_at),
            ended: map_run.ended.map(|(at, status)| (timestamp(at), status)),
            state: self.decode("Map Run", id, &map_run.state)?,
        })
    }
}

impl Tables {
    fn map_run(&self, arn: &str) -> Option<(ExecutionId, &Record, &pack::MapRun)> {
        let (id, map_run) = self.map_runs.get(arn)?;
        let record = self.executions.get(id)?;
        Some((*id, record, record.map_runs.get(map_run)?))
    }

    /// Whether an execution is a child of a Map Run that is open, or has ended since.
    fn is_needed(&self, record: &Record, ended_before: i64) -> bool {
        let map_run = record.start.map_run.as_deref().and_then(|arn| self.map_run(arn));
        map_run.is_some_and(|(.., it)| it.ended.is_none_or(|(at, _)| at >= ended_before))
    }

    fn epoch(&self, shard: Shard) -> u64 {
        self.leases.get(&shard).map_or(0, |(_, epoch)| *epoch)
    }

    fn commit(&mut self, delta: Packed) -> Result<Seq, Error> {
        let id = delta.execution;
        let current = self.executions.get(&id).map(|record| record.current);
        let epoch = self.epoch(delta.lease.shard);
        let seq = match judge(&delta, epoch, current.as_ref())? {
            Verdict::Write(seq) => seq,
            Verdict::Written(seq) => return Ok(seq),
        };
        let taken = |map_run: &pack::MapRun| {
            self.map_runs.get(&map_run.arn).is_some_and(|there| *there != (id, map_run.id))
        };
        if delta.map_runs.iter().any(taken) {
            let problem = "what it adds is there already";
            return Err(Error::Refused { execution: id, problem });
        }
        if let After::Start(start, at) = &delta.after {
            let (seq, commit) = (Seq(0), CommitId(0));
            let current = Current { seq, commit, last_event: 0, status: Status::Running };
            self.executions.insert(id, Record::new((**start).clone(), *at, current));
        }
        for map_run in &delta.map_runs {
            self.map_runs.insert(map_run.arn.clone(), (id, map_run.id));
        }
        if let Some(record) = self.executions.get_mut(&id) {
            record.current.seq = seq;
            record.write(&delta);
        }
        for message in &delta.applied {
            self.messages.remove(&(id.shard(), *message));
        }
        for (to, body) in delta.send {
            let count = self.counts.entry(to.shard()).or_default();
            *count += 1;
            self.messages.insert((to.shard(), MessageId(*count)), (to, body));
        }
        for (destination, body) in delta.notices {
            self.noticed += 1;
            self.notices.insert(NoticeId(self.noticed), (destination, id, body));
        }
        Ok(seq)
    }
}

impl Record {
    fn new(start: Start, started_at: i64, current: Current) -> Self {
        Self {
            start,
            current,
            started_at,
            stopped_at: None,
            redrive_count: 0,
            redriven_at: None,
            outcome: None,
            state: None,
            history: BTreeMap::new(),
            payloads: Payloads::new(),
            timers: BTreeMap::new(),
            map_runs: BTreeMap::new(),
        }
    }

    fn write(&mut self, delta: &Packed) {
        self.current.commit = delta.commit;
        if let After::Redrive(_, at) = delta.after {
            self.current.status = Status::Running;
            self.stopped_at = None;
            self.outcome = None;
            self.redrive_count += 1;
            self.redriven_at = Some(at);
        }
        self.payloads.extend(delta.payloads.clone());
        if let Some(events) = &delta.events {
            self.current.last_event = events.last;
            self.history.insert(events.first, events.bytes.clone());
        }
        if let Some(fired) = delta.fired {
            self.timers.retain(|_, due| *due > fired);
        }
        for timer in &delta.cancel {
            self.timers.remove(timer);
        }
        self.timers.extend(delta.set.iter().copied());
        match &delta.fold {
            Fold::Same => {}
            Fold::Open(state) => self.state = Some(state.clone()),
            Fold::Closed { status, at, outcome, state } => {
                self.current.status = *status;
                self.stopped_at = Some(*at);
                self.outcome = Some(outcome.clone());
                self.state = state.clone();
                self.timers.clear();
            }
        }
        let map_runs = delta.map_runs.iter().map(|map_run| (map_run.id, map_run.clone()));
        self.map_runs.extend(map_runs);
    }
}

impl Memory {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn claim(&self, owner: &str, want: &[Shard]) -> Result<Vec<Lease>, Error> {
        let mut tables = self.tables();
        let claim = |&shard: &Shard| {
            let (by, epoch) = tables.leases.entry(shard).or_default();
            if by != owner {
                owner.clone_into(by);
                *epoch += 1;
            }
            Lease { shard, epoch: *epoch }
        };
        Ok(want.iter().map(claim).collect())
    }

    async fn commit(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        let mut tables = self.tables();
        let commit = |delta| Packed::new(delta).and_then(|delta| tables.commit(delta));
        batch.into_iter().map(commit).collect()
    }

    async fn position(&self, execution: ExecutionId) -> Result<Option<Position>, Error> {
        Ok(self.tables().executions.get(&execution).map(Record::position))
    }

    async fn state(&self, execution: ExecutionId) -> Result<Option<State>, Error> {
        let tables = self.tables();
        tables.executions.get(&execution).map_or(Ok(None), |record| record.state(execution))
    }

    async fn load(
        &self,
        shard: Shard,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<State>, Error> {
        let tables = self.tables();
        tables
            .executions
            .range(ExecutionId::of(shard))
            .filter(|(id, record)| {
                record.current.status == Status::Running && after.is_none_or(|after| **id > after)
            })
            .filter_map(|(id, record)| record.state(*id).transpose())
            .take(limit)
            .collect()
    }

    async fn due(
        &self,
        shards: &[Shard],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, Error> {
        let tables = self.tables();
        let mut all = Vec::new();
        for shard in shards {
            let mut timers: Vec<_> = tables
                .executions
                .range(ExecutionId::of(*shard))
                .flat_map(|(id, record)| record.timers.iter().map(move |timer| (id, timer)))
                .filter(|(_, (_, due))| **due <= pack::due(until))
                .map(|(execution, (id, due))| Timer {
                    execution: *execution,
                    id: TimerId(*id),
                    due: pack::due_at(*due),
                })
                .collect();
            timers.sort_by_key(|timer| (timer.due, timer.execution, timer.id));
            timers.truncate(limit);
            all.extend(timers);
        }
        all.sort_by_key(|timer| (timer.due, timer.execution, timer.id));
        Ok(all)
    }

    async fn inbox(&self, shards: &[Shard], limit: usize) -> Result<Vec<Message>, Error> {
        let tables = self.tables();
        let mut messages = Vec::new();
        for &shard in shards {
            let inbox = (shard, MessageId(0))..=(shard, MessageId(u64::MAX));
            for ((_, id), (to, body)) in tables.messages.range(inbox).take(limit) {
                let body =
                    codec::decode(body, |_| None).map_err(|cause| corrupt("message", to, cause))?;
                messages.push(Message { id: *id, to: *to, body });
            }
        }
        Ok(messages)
    }

    async fn discard(&self, lease: Lease, messages: Vec<MessageId>) -> Result<(), Error> {
        let Lease { shard, epoch } = lease;
        let mut tables = self.tables();
        if tables.epoch(shard) != epoch {
            return Err(Error::Fenced { shard, epoch });
        }
        for message in messages {
            tables.messages.remove(&(shard, message));
        }
        Ok(())
    }

    async fn outbox(&self, destination: &str, limit: usize) -> Result<Vec<Pending>, Error> {
        let tables = self.tables();
        let of_destination = tables.notices.iter().filter(|(_, (to, ..))| to == destination);
        of_destination
            .take(limit)
            .map(|(&id, (_, execution, body))| {
                let body = codec::decode(body, |_| None)
                    .map_err(|cause| corrupt("notice", execution, cause))?;
                Ok(Pending { id, execution: *execution, body })
            })
            .collect()
    }

    async fn destinations(&self) -> Result<Vec<String>, Error> {
        let tables = self.tables();
        let all: BTreeSet<_> = tables.notices.values().map(|(to, ..)| to.clone()).collect();
        Ok(all.into_iter().collect())
    }

    async fn delivered(&self, notices: Vec<NoticeId>) -> Result<(), Error> {
        let mut tables = self.tables();
        for notice in &notices {
            tables.notices.remove(notice);
        }
        Ok(())
    }

    async fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error> {
        let tables = self.tables();
        let mut events: Vec<Event> = Vec::new();
        if let Some(record) = tables.executions.get(&execution) {
            for bytes in record.packed(from, direction) {
                let mut some: Vec<Event> = record.decode("history", execution, bytes)?;
                match direction {
                    Direction::Forward => some.retain(|event| event.id >= from),
                    Direction::Backward => {
                        some.retain(|event| event.id <= from);
                        some.reverse();
                    }
                }
                events.extend(some);
                // One more says that there is another page.
                if events.len() > limit {
                    break;
                }
            }
        }
        page_of_events(execution, events, limit)
    }

    async fn events(
        &self,
        execution: ExecutionId,
        ids: BTreeSet<u64>,
    ) -> Result<Page<Event, u64>, Error> {
        let tables = self.tables();
        let mut items: Vec<Event> = Vec::new();
        if let (Some(record), Some(first)) = (tables.executions.get(&execution), ids.first()) {
            for bytes in record.packed(*first, Direction::Forward) {
                let some: Vec<Event> = record.decode("history", execution, bytes)?;
                items.extend(some.into_iter().filter(|event| ids.contains(&event.id)));
                if items.len() == ids.len() {
                    break;
                }
            }
        }
        let taken = within_enough(&items);
        let next = items.get(taken).map(|event| event.id);
        items.truncate(taken);
        Ok(Page { items, next })
    }

    async fn describe(&self, execution: ExecutionId) -> Result<Option<Description>, Error> {
        let first = self.history(execution, 1, Direction::Forward, 1).await?.items.pop();
        let tables = self.tables();
        let Some(record) = tables.executions.get(&execution) else { return Ok(None) };
        let outcome =
            record.outcome.as_ref().map(|bytes| record.decode("outcome", execution, bytes));
        Ok(Some(Description {
            listing: record.listing(execution),
            position: record.position(),
            input: input_of(execution, first)?,
            outcome: outcome.transpose()?,
            attributes: record.start.attributes.clone(),
        }))
    }

    async fn list(
        &self,
        filter: Filter,
        limit: usize,
        token: Option<Token>,
    ) -> Result<Page<Listing, Token>, Error> {
        self.tables().list(&filter, limit, token.as_ref())
    }

    async fn counts(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error> {
        Ok(self.tables().counts(tenant, machine))
    }

    async fn map_runs(&self, execution: ExecutionId) -> Result<Vec<MapRunRecord>, Error> {
        let tables = self.tables();
        let Some(record) = tables.executions.get(&execution) else { return Ok(Vec::new()) };
        record.map_runs.values().map(|map_run| record.map_run(execution, map_run)).collect()
    }

    async fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRunRecord)>, Error> {
        let tables = self.tables();
        let Some((id, record, map_run)) = tables.map_run(arn) else { return Ok(None) };
        Ok(Some((id, record.map_run(id, map_run)?)))
    }

    async fn retain(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
        let mut tables = self.tables();
        let before = time(ended_before);
        let mut ended: Vec<_> = tables
            .executions
            .iter()
            .filter(|(_, record)| record.stopped_at.is_some_and(|at| at < before))
            .filter(|(_, record)| !tables.is_needed(record, before))
            .map(|(id, record)| (record.stopped_at, *id))
            .collect();
        ended.sort_unstable();
        ended.truncate(limit);
        for (_, id) in &ended {
            let record = tables.executions.remove(id);
            for map_run in record.iter().flat_map(|record| record.map_runs.values()) {
                tables.map_runs.remove(&map_run.arn);
            }
        }
        tables.notices.retain(|_, (_, of, _)| !ended.iter().any(|(_, id)| id == of));
        Ok(ended.len())
    }
}
