//! What the Map Runs of an execution do in a turn.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use jiff::Timestamp;
use stepwell_asl::Json;
use stepwell_interpreter::{
    self as interpreter, Failure,
    map_run::{Effect, MapRun, MapRunId, Occurrence, StartMapRun, Step},
};
use stepwell_journal::{MapRunRecord, MapRunStatus, Outgoing};
use stepwell_storage::Buckets;

use super::child;
use crate::{
    host::{loaded::Loaded, mail::Mail},
    map_run::Results,
};

pub(crate) struct Steps {
    /// Where results are to be written.
    buckets: Buckets,
    started: BTreeSet<MapRunId>,
    changed: BTreeSet<MapRunId>,
    effects: Vec<(MapRunId, Effect)>,
}

impl Steps {
    pub(super) fn new(buckets: Buckets) -> Self {
        Self { buckets, started: BTreeSet::new(), changed: BTreeSet::new(), effects: Vec::new() }
    }

    /// Whether there is nothing to commit.
    pub(crate) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    pub(super) fn changed(&self) -> impl Iterator<Item = MapRunId> {
        self.changed.iter().copied()
    }

    /// The Map Run of each child that is to be started.
    pub(super) fn children(&self) -> impl Iterator<Item = MapRunId> {
        let starts = |effect: &Effect| matches!(effect, Effect::StartChild(_));
        self.effects.iter().filter(move |(_, effect)| starts(effect)).map(|(map_run, _)| *map_run)
    }

    /// Those that have changed, and what is to be done.
    pub(super) fn into_parts(self) -> (BTreeSet<MapRunId>, Vec<(MapRunId, Effect)>) {
        (self.changed, self.effects)
    }

    /// Starts and stops Map Runs, as a step of their execution says. Returns the ends of those that
    /// have ended at once.
    pub(crate) fn follow(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
        step: &interpreter::Step,
    ) -> Vec<interpreter::Occurrence> {
        let mut ended = Vec::new();
        for effect in &step.effects {
            match effect {
                interpreter::Effect::StartMapRun(start) => {
                    ended.extend(self.start(loaded, at, (**start).clone()));
                }
                interpreter::Effect::StopMapRun { map_run } => self.stop(loaded, at, *map_run),
                _ => {}
            }
        }
        ended
    }

    fn start(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
        start: StartMapRun,
    ) -> Option<interpreter::Occurrence> {
        let machine = &loaded.revision.machine.definition;
        let (map_run, arn) = (start.order.map_run, start.order.map_run_arn.clone());
        let writable = Results::open(&self.buckets, machine, &start.order).map(drop);
        let step = match (loaded.map_runs.entry(map_run), writable) {
            (Entry::Vacant(entry), writable) => {
                let (state, step) = match writable {
                    Ok(()) => MapRun::start(machine, start, at),
                    Err(failure) => MapRun::refuse(machine, start, failure, at),
                };
                entry.insert(MapRunRecord { id: map_run, arn, started_at: at, ended: None, state });
                step
            }
            (Entry::Occupied(mut entry), Ok(())) => {
                entry.get_mut().ended = None;
                entry.get_mut().state.redrive(machine, start, at)
            }
            (Entry::Occupied(_), Err(failure)) => {
                Step { effects: Vec::new(), end: Some(Err(failure)) }
            }
        };
        self.started.insert(map_run);
        self.take(&mut loaded.map_runs, at, map_run, step)
    }

    fn stop(&mut self, loaded: &mut Loaded, at: Timestamp, map_run: MapRunId) {
        let Some(record) = open(&mut loaded.map_runs, map_run) else { return };
        let step = record.state.stop();
        record.ended = Some((at, MapRunStatus::Aborted));
        self.take(&mut loaded.map_runs, at, map_run, step);
    }

    /// Tells a Map Run what happened to it. Returns whether it was open, and its end where it has
    /// ended.
    pub(crate) fn on(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
        map_run: MapRunId,
        occurrence: Occurrence,
    ) -> (bool, Option<interpreter::Occurrence>) {
        let Some(record) = open(&mut loaded.map_runs, map_run) else { return (false, None) };
        let step = record.state.on(&loaded.revision.machine.definition, at, occurrence);
        (true, self.take(&mut loaded.map_runs, at, map_run, step))
    }

    /// Goes on with those whose host is gone.
    pub(crate) fn resume(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
    ) -> Vec<interpreter::Occurrence> {
        let machine = &loaded.revision.machine.definition;
        let mut ended = Vec::new();
        let new = |map_run: &MapRunId| self.started.contains(map_run);
        let before: Vec<_> = loaded.map_runs.keys().copied().filter(|it| !new(it)).collect();
        for map_run in before {
            if let Some(record) = open(&mut loaded.map_runs, map_run) {
                let step = record.state.resume(machine, at);
                ended.extend(self.take(&mut loaded.map_runs, at, map_run, step));
            }
        }
        ended
    }

    fn take(
        &mut self,
        records: &mut BTreeMap<MapRunId, MapRunRecord>,
        at: Timestamp,
        map_run: MapRunId,
        step: Step,
    ) -> Option<interpreter::Occurrence> {
        self.changed.insert(map_run);
        self.effects.extend(step.effects.into_iter().map(|effect| (map_run, effect)));
        let result: Result<Json, Failure> = step.end?;
        let status = if result.is_ok() { MapRunStatus::Succeeded } else { MapRunStatus::Failed };
        records.get_mut(&map_run)?.ended = Some((at, status));
        Some(interpreter::Occurrence::MapRunEnded { map_run, result })
    }

    /// What is committed of them.
    pub(crate) fn records(&self, loaded: &Loaded) -> Vec<MapRunRecord> {
        let changed = self.changed.iter().filter_map(|map_run| loaded.map_runs.get(map_run));
        let stored = |record: &MapRunRecord| MapRunRecord {
            id: record.id,
            arn: record.arn.clone(),
            started_at: record.started_at,
            ended: record.ended,
            state: record.state.checkpoint(),
        };
        changed.map(stored).collect()
    }

    /// What children are told with the commit.
    pub(crate) fn messages(&self, loaded: &Loaded) -> Vec<Outgoing> {
        let message = |(map_run, effect): &(MapRunId, Effect)| {
            let record = loaded.map_runs.get(map_run)?;
            let (identity, mail) = match effect {
                Effect::StartChild(start) => {
                    let child = child::NewChild::new(loaded, record, (**start).clone());
                    (start.identity.clone(), Mail::StartChild(Box::new(child)))
                }
                Effect::StopChild(child) => {
                    let stop = Mail::Stop { child_of: None, error: None, cause: None };
                    (record.state.identify(*child), stop)
                }
                _ => return None,
            };
            Some(mail.to(child::id(&identity)?))
        };
        self.effects.iter().filter_map(message).collect()
    }
}

/// A Map Run, if it is open.
fn open(
    records: &mut BTreeMap<MapRunId, MapRunRecord>,
    map_run: MapRunId,
) -> Option<&mut MapRunRecord> {
    records.get_mut(&map_run).filter(|record| record.ended.is_none())
}
