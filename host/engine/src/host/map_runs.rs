//! Map Runs of durable executions.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use stepwell_interpreter::{
    Occurrence,
    map_run::{MapRunId, StartMapRun},
};
use stepwell_journal::ExecutionId;

use super::{Host, loaded::Loaded, turn::Input};
use crate::map_run;

/// The Map Runs under way.
#[derive(Default)]
pub(super) struct MapRuns(Mutex<HashMap<(ExecutionId, MapRunId), map_run::Handle>>);

impl Host {
    pub(super) fn start_map_run(&self, id: ExecutionId, loaded: &Loaded, start: StartMapRun) {
        let map_run = start.order.map_run;
        let host = self.clone();
        let ended = move |result, _| {
            host.forget_map_run(id, map_run);
            host.deliver(id, Input::told(Occurrence::MapRunEnded { map_run, result }));
        };
        let engine = self.inner.engine.clone();
        let machine = loaded.revision.machine.clone();
        let handle = map_run::start(engine, machine, start, None, ended);
        self.inner.map_runs.lock().insert((id, map_run), handle);
    }

    pub(super) fn stop_map_run(&self, id: ExecutionId, map_run: MapRunId) {
        self.forget_map_run(id, map_run);
    }

    fn forget_map_run(&self, id: ExecutionId, map_run: MapRunId) {
        self.inner.map_runs.lock().remove(&(id, map_run));
    }
}

impl MapRuns {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(ExecutionId, MapRunId), map_run::Handle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
