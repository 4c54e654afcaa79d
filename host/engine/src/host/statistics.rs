//! Counting what is committed, and keeping it.

use stepwell_interpreter::{EndedAttempt, Outcome};

use super::{Host, loaded::Loaded};
use crate::statistics::FLUSH;

impl Host {
    /// Counts what a commit has made of an execution.
    pub(super) fn count(
        &self,
        loaded: &Loaded,
        started: bool,
        ended: &[EndedAttempt],
        outcome: Option<&Outcome>,
    ) {
        let statistics = &self.inner.statistics;
        let key = &loaded.start.key;
        let generation = loaded.attributes.generation;
        statistics.attempts_run_by(&key.tenant, loaded.execution.identity(), ended, |it| {
            let callee = it.callee.as_deref();
            self.inner.runner.plugin(&key.tenant, generation, &it.resource, callee)
        });
        // Children of Map Runs are counted by these.
        if loaded.start.map_run.is_some() {
            return;
        }
        if started {
            statistics.started(&key.tenant, &key.machine);
        }
        if let Some(outcome) = outcome {
            // What lay between its first end and its redrive is none of its time.
            let execution = &loaded.execution;
            let began = execution.redriven_at().unwrap_or(execution.started_at());
            statistics.ended(&key.tenant, &key.machine, began, outcome);
        }
    }

    /// Writes what has come, as long as the host runs.
    pub(super) async fn run_statistics(self) {
        loop {
            self.inner.statistics.came().await;
            tokio::time::sleep(FLUSH).await;
            while !self.flush_statistics().await {
                tokio::time::sleep(FLUSH).await;
            }
        }
    }

    /// Returns whether all is written.
    pub(super) async fn flush_statistics(&self) -> bool {
        let written = self.inner.statistics.flush().await;
        if let Err(error) = &written {
            tracing::warn!(%error, "statistics cannot be written yet");
        }
        written.is_ok()
    }
}
