//! Map Runs of durable executions, and their children.
//!
//! A Map Run belongs to its execution: what happens to it reaches the execution's actor, and is
//! committed with the execution, as a record of its own. Whoever is told of it with the commit is
//! told by a message: a child that is to be started is a message to that child, and its end is a
//! message to its parent. So none is lost, and none is started twice.
//!
//! - `steps`: what the Map Runs of an execution do in a turn;
//! - `child`, `express`: children that are executions like others, and those that run in memory;
//! - `redrive`: children that run again;
//! - `work`: what is done beside the turns;
//! - `results`: what became of the children, out of the journal into files.

mod child;
mod express;
mod redrive;
mod results;
mod steps;
mod work;

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use stepwell_interpreter::{
    Execution,
    map_run::{Effect, MapRunId, Occurrence, Status},
};
use stepwell_journal::{ExecutionId, MapRunRecord};
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) use child::NewChild;
pub(super) use express::After;
pub(super) use steps::Steps;
use work::Works;

use super::{Error, Host, loaded::Loaded, turn::Input};
use crate::map_run::Reader;

/// How many readers stay open while nobody reads: each has a thread. One that was closed is opened
/// again, and reads up to where it was.
const READERS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// A Map Run, among those of all executions.
type Key = (ExecutionId, MapRunId);

/// What goes on of Map Runs in this process.
pub(super) struct MapRuns {
    state: Mutex<State>,
    pub(super) express: express::Children,
}

struct State {
    /// Readers that are open, and idle.
    readers: LruCache<Key, Reader>,
    works: Works,
    starting: HashMap<Key, Starting>,
}

/// Children that are committed to be started.
#[derive(Default)]
struct Starting {
    /// How many of them are not started yet.
    left: usize,
    /// Whether more are to be started then.
    more: bool,
}

/// What UpdateMapRun changes. What is not given stays.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html>
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NewLimits {
    /// How many children run at once; 0 for as many as there may be.
    pub max_concurrency: Option<u64>,
    /// How many items may fail.
    pub tolerated_failure_count: Option<u64>,
    /// How many of a hundred items may fail.
    pub tolerated_failure_percentage: Option<f64>,
}

impl MapRuns {
    /// With so many Express children at once.
    pub(super) fn new(express: usize) -> Self {
        let state = State {
            readers: LruCache::new(READERS),
            works: Works::default(),
            starting: HashMap::new(),
        };
        Self { state: Mutex::new(state), express: express::Children::new(express) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops all that goes on. Whoever awaits what is returned knows that nothing does.
    pub(super) fn clear(&self) -> Vec<JoinHandle<()>> {
        self.express.clear();
        let mut state = self.state();
        state.readers.clear();
        state.works.clear()
    }
}

impl State {
    fn forget(&mut self, key: Key) {
        self.readers.pop(&key);
        self.starting.remove(&key);
        self.works.stop(key);
    }
}

impl Host {
    /// For a turn of an execution.
    pub(super) fn map_run_steps(&self) -> Steps {
        Steps::new(self.inner.engine.buckets.clone())
    }

    /// The Map Runs that are to be in memory with an execution: of one that is open those that are,
    /// and of one that has ended all, because it may be redriven.
    pub(super) async fn read_map_runs(
        &self,
        id: ExecutionId,
        execution: &Execution,
    ) -> Result<BTreeMap<MapRunId, MapRunRecord>, Error> {
        let has_ended = execution.outcome().is_some();
        if !has_ended && !execution.waits_for_map_runs() {
            return Ok(BTreeMap::new());
        }
        let records = self.inner.store.map_runs(id).await?.into_iter();
        let needed = records.filter(|record| has_ended || record.ended.is_none());
        Ok(needed.map(|record| (record.id, record)).collect())
    }

    /// Children are about to be started, as soon as the commit is made.
    pub(super) fn map_runs_start(&self, id: ExecutionId, steps: &Steps) {
        let mut state = self.inner.map_runs.state();
        for map_run in steps.children() {
            state.starting.entry((id, map_run)).or_default().left += 1;
        }
    }

    /// The commit was not made.
    pub(super) fn map_runs_forget(&self, id: ExecutionId, steps: &Steps) {
        let mut state = self.inner.map_runs.state();
        for map_run in steps.changed() {
            state.forget((id, map_run));
        }
    }

    /// Performs what is committed.
    pub(super) fn act_map_runs(&self, id: ExecutionId, loaded: &mut Loaded, steps: Steps) {
        let (changed, effects) = steps.into_parts();
        let mut pending = Vec::new();
        for (map_run, effect) in effects {
            match effect {
                Effect::ReadItems { from, count } => {
                    self.read_items(id, loaded, map_run, from, count);
                }
                Effect::StartMore => self.start_more((id, map_run)),
                Effect::WriteResult(record) if record.status == Status::Pending => {
                    pending.push(*record);
                }
                // Of a child that has ended the journal knows.
                Effect::WriteResult(_) => {}
                Effect::FinishResults => {
                    self.write_results(id, loaded, map_run, std::mem::take(&mut pending));
                }
                Effect::RedriveChild(redrive) => {
                    self.redrive_child((id, map_run), loaded, *redrive);
                }
                // These were messages of the commit.
                Effect::StartChild(_) | Effect::StopChild(_) => {}
            }
        }
        for map_run in changed {
            if loaded.map_runs.get(&map_run).is_some_and(|record| record.ended.is_some()) {
                loaded.map_runs.remove(&map_run);
                self.inner.map_runs.state().forget((id, map_run));
            }
        }
    }

    fn read_items(
        &self,
        id: ExecutionId,
        loaded: &Loaded,
        map_run: MapRunId,
        from: u64,
        count: usize,
    ) {
        let Some(record) = loaded.map_runs.get(&map_run) else { return };
        let key = (id, map_run);
        let state = &mut *self.inner.map_runs.state();
        // Where others are wanted by then, they are asked for again.
        if state.works.is_busy(key) {
            return;
        }
        let open = || {
            let buckets = &self.inner.engine.buckets;
            Reader::open(buckets, &loaded.revision.machine.definition, record.state.order())
        };
        let reader = state.readers.pop(&key).filter(|reader| reader.next() <= from);
        let Some(reader) = reader.or_else(open) else { return };
        self.work(&mut state.works, key, |host, stop| async move {
            let read = stop.run_until_cancelled_owned(reader.read(from, count));
            let (reader, occurrence) = read.await?;
            if let Occurrence::ItemsRead { last: false, .. } = occurrence {
                host.inner.map_runs.state().readers.put(key, reader);
            }
            Some(occurrence)
        });
    }

    /// A Map Run wants to know when it may start more children: once those are started that were
    /// to be. So no more of them wait in memory for their turn than are started in one step.
    fn start_more(&self, key: Key) {
        let mut state = self.inner.map_runs.state();
        if let Some(starting) = state.starting.get_mut(&key).filter(|starting| starting.left > 0) {
            starting.more = true;
            return;
        }
        state.starting.remove(&key);
        drop(state);
        self.deliver(key.0, Input::MapRun(key.1, Box::new(Occurrence::StartMore)));
    }

    /// A child of this Map Run is started.
    pub(super) fn child_started(&self, of: Option<Key>) {
        let mut state = self.inner.map_runs.state();
        // It may be one that another host was to start.
        let Some((key, starting)) = of.and_then(|key| Some((key, state.starting.get_mut(&key)?)))
        else {
            return;
        };
        starting.left = starting.left.saturating_sub(1);
        if starting.left > 0 {
            return;
        }
        let more = starting.more;
        state.starting.remove(&key);
        drop(state);
        if more {
            self.start_more(key);
        }
    }

    /// Changes the limits of a Map Run.
    ///
    /// # Errors
    /// Where there is no such Map Run, it has ended, or the journal fails.
    pub async fn update_map_run(&self, arn: &str, limits: NewLimits) -> Result<(), Error> {
        let (id, record) = self.inner.store.map_run(arn).await?.ok_or(Error::NoSuchMapRun)?;
        if record.ended.is_some() {
            return Err(Error::MapRunEnded);
        }
        let NewLimits { max_concurrency, tolerated_failure_count, tolerated_failure_percentage } =
            limits;
        let updated = Occurrence::Updated {
            max_concurrency,
            tolerated_failure_count,
            tolerated_failure_percentage,
        };
        let (answer, told) = oneshot::channel();
        self.deliver(id, Input::UpdateMapRun(record.id, Box::new(updated), answer));
        match told.await.map_err(|_| Error::Lost)?? {
            true => Ok(()),
            false => Err(Error::MapRunEnded),
        }
    }
}
