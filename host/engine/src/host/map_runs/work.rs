//! What is done for a Map Run beside its turns: items are read, or results written, one at a time.

use std::collections::HashMap;

use stepwell_interpreter::map_run::Occurrence;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Key;
use crate::host::{Host, turn::Input};

/// What is being done, for each Map Run.
#[derive(Default)]
pub(super) struct Works {
    /// The last number given to one.
    last: u64,
    running: HashMap<Key, Work>,
}

struct Work {
    number: u64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Works {
    /// Whether something is done for a Map Run that is of use yet.
    pub(super) fn is_busy(&self, key: Key) -> bool {
        self.running.get(&key).is_some_and(|work| !work.stop.is_cancelled())
    }

    /// What is done for a Map Run is of no use any more.
    pub(super) fn stop(&self, key: Key) {
        if let Some(work) = self.running.get(&key) {
            work.stop.cancel();
        }
    }

    /// Stops all. Whoever awaits what is returned knows that nothing is done any more.
    pub(super) fn clear(&mut self) -> Vec<JoinHandle<()>> {
        let stop = |(_, work): (Key, Work)| {
            work.stop.cancel();
            work.task
        };
        self.running.drain().map(stop).collect()
    }
}

impl Host {
    /// Does something for a Map Run, in the place of what was done before, and reports it. None
    /// where it was stopped. Two never write the same files.
    pub(super) fn work<F>(
        &self,
        works: &mut Works,
        key: Key,
        work: impl FnOnce(Self, CancellationToken) -> F,
    ) where
        F: Future<Output = Option<Occurrence>> + Send + 'static,
    {
        works.stop(key);
        let before = works.running.remove(&key);
        works.last += 1;
        let number = works.last;
        let stop = CancellationToken::new();
        let work = work(self.clone(), stop.clone());
        let host = self.clone();
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // One that has panicked has ended.
                let _ = before.task.await;
            }
            let occurrence = work.await;
            let works = &mut host.inner.map_runs.state().works;
            if works.running.get(&key).is_some_and(|work| work.number == number) {
                works.running.remove(&key);
            }
            if let Some(occurrence) = occurrence {
                host.deliver(key.0, Input::MapRun(key.1, Box::new(occurrence)));
            }
        });
        works.running.insert(key, Work { number, stop, task });
    }
}
