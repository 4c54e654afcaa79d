//! An attempt of a task that is under way.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Attempt, Reporter, TaskEnd, TaskRunner};

/// How long a task that is stopped may take to say what it used.
const STOPPING: Duration = Duration::from_secs(1);

/// An attempt that runs. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Running {
    stop: CancellationToken,
    attempt: JoinHandle<TaskEnd>,
}

impl Running {
    /// Runs an attempt. `ended` is called once it has ended, by itself or stopped.
    pub(crate) fn start(
        tasks: Arc<dyn TaskRunner>,
        attempt: Attempt,
        reporter: Reporter,
        ended: impl FnOnce() + Send + 'static,
    ) -> Self {
        let stop = attempt.stop.clone();
        let stopped = stop.clone();
        let run = async move { tasks.run(attempt, reporter).await };
        let attempt = tokio::spawn(async move {
            let overdue = async {
                stopped.cancelled().await;
                tokio::time::sleep(STOPPING).await;
            };
            let end = tokio::select! {
                // A runner that panics fails its task, not the execution.
                end = AssertUnwindSafe(run).catch_unwind() => end.unwrap_or_else(|_| lost()),
                () = overdue => lost(),
            };
            ended();
            end
        });
        Self { stop, attempt }
    }

    /// Tells it to stop: its end is near.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub(crate) async fn end(mut self) -> TaskEnd {
        // It is neither aborted while it is waited for, nor does it panic.
        (&mut self.attempt).await.unwrap_or_else(|_| lost())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.attempt.abort();
    }
}

/// The end of an attempt whose runner did not give one.
fn lost() -> TaskEnd {
    TaskEnd::refused("Stepwell.HostError", "The host failed while it ran the task.")
}
