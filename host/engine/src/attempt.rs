//! An attempt of a task that is under way.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Attempt, Reporter, TaskEnd, TaskRunner};

/// How long a task that is stopped may take to say what it used.
const STOPPING: Duration = Duration::from_secs(1);

/// An attempt that runs. Dropping it stops it.
pub(crate) struct Running {
    stop: CancellationToken,
    place: Place,
}

/// Where an attempt runs.
enum Place {
    /// Where its end is awaited, and only then.
    Here(BoxFuture<'static, TaskEnd>),
    /// Beside all else.
    Apart(JoinHandle<TaskEnd>),
}

impl Running {
    /// An attempt that runs where its end is awaited.
    pub(crate) fn here(tasks: Arc<dyn TaskRunner>, attempt: Attempt, reporter: Reporter) -> Self {
        let stop = attempt.stop.clone();
        Self { stop, place: Place::Here(run(tasks, attempt, reporter).boxed()) }
    }

    /// Has it run beside all else. `ended` is called once it has ended, by itself or stopped.
    pub(crate) fn part(&mut self, ended: impl FnOnce() + Send + 'static) {
        let Place::Here(attempt) = &mut self.place else { return };
        let attempt = std::mem::replace(attempt, std::future::pending().boxed());
        self.place = Place::Apart(tokio::spawn(async move {
            let end = attempt.await;
            ended();
            end
        }));
    }

    /// Tells it to stop: its end is near.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end, which comes once.
    pub(crate) async fn end(&mut self) -> TaskEnd {
        match &mut self.place {
            Place::Here(attempt) => attempt.await,
            // It is neither aborted while it is waited for, nor does it panic.
            Place::Apart(attempt) => attempt.await.unwrap_or_else(|_| lost()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Place::Apart(attempt) = &self.place {
            attempt.abort();
        }
    }
}

async fn run(tasks: Arc<dyn TaskRunner>, attempt: Attempt, reporter: Reporter) -> TaskEnd {
    let stop = attempt.stop.clone();
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(STOPPING).await;
    };
    let run = async move { tasks.run(attempt, reporter).await };
    tokio::select! {
        // A runner that panics fails its task, not the execution.
        end = AssertUnwindSafe(run).catch_unwind() => end.unwrap_or_else(|_| lost()),
        () = overdue => lost(),
    }
}

/// The end of an attempt whose runner did not give one.
fn lost() -> TaskEnd {
    TaskEnd::refused(
        "Stepwell.HostError",
        "The host failed while it ran the task; its log says more.",
    )
}
