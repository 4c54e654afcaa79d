//! What runs tasks.

use futures::future::BoxFuture;
use jiff::Timestamp;
use stepwell_asl::Json;
use stepwell_interpreter::{
    Failure, Identity, Occurrence, RunTask, TaskId, Usage, map_run::MapRunId,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::Busy;

/// Runs tasks. The future that [`run`](Self::run) returns is the attempt. Once the attempt's
/// [`stop`](Attempt::stop) is cancelled nobody waits for its result, only for what it used: it is to
/// end at once, and is dropped where it takes longer than a second.
///
/// Of a `.waitForTaskToken` resource a runner makes the request alone: its result is the request's
/// answer, and the task goes on until its token comes back.
pub trait TaskRunner: Send + Sync + 'static {
    /// Runs one attempt to its end.
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd>;

    /// What running an attempt twice would mean, where it is not known whether it was completed.
    fn effect(&self, tenant: &str, task: &RunTask) -> EffectClass {
        let _ = (tenant, task);
        EffectClass::AtMostOnce
    }
}

/// What running an attempt of a task twice would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectClass {
    /// Nothing: same output, nothing else touched.
    Pure,
    /// Safe under the same idempotency key.
    Idempotent,
    /// Must not happen by itself: Retry decides.
    AtMostOnce,
}

/// One attempt of a task, with all that its runner may need to know.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What the execution asks for.
    pub task: RunTask,
    /// Whose task it is.
    pub identity: Identity,
    /// The account the execution belongs to.
    pub tenant: String,
    /// The time at which the runner was asked.
    pub at: Timestamp,
    /// Cancelled when the execution goes on, or ends, without the attempt.
    pub stop: CancellationToken,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskEnd {
    /// The result, or why there is none.
    pub result: Result<Json, Failure>,
    /// What the attempt used, where it ran at all.
    pub usage: Option<Usage>,
    /// What it logged.
    pub log: String,
}

impl TaskEnd {
    /// The end of an attempt that never ran.
    pub fn refused(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { result: Err(Failure::new(error, cause)), usage: None, log: String::new() }
    }
}

/// Through which a running attempt reports to its execution.
#[derive(Debug, Clone)]
pub struct Reporter {
    task: TaskId,
    inbox: mpsc::UnboundedSender<Message>,
}

/// What reaches an execution's inbox. What an attempt sends is bounded by its own pace: a start,
/// and a heartbeat whenever the one before has been taken in.
#[derive(Debug)]
pub(crate) enum Message {
    Occurrence(Occurrence),
    Ended(TaskId),
    /// A Map Run ended, and no time is skipped before this is taken in.
    MapRunEnded(MapRunId, Result<Json, Failure>, Busy),
}

impl Reporter {
    pub(crate) fn new(task: TaskId, inbox: mpsc::UnboundedSender<Message>) -> Self {
        Self { task, inbox }
    }

    /// The task is running.
    pub fn started(&self) {
        self.send(Occurrence::TaskStarted { task: self.task, worker_name: None });
    }

    /// The task is alive.
    pub fn heartbeat(&self) {
        self.send(Occurrence::TaskHeartbeat { task: self.task });
    }

    fn send(&self, occurrence: Occurrence) {
        // An execution that has ended takes no more reports.
        let _ = self.inbox.send(Message::Occurrence(occurrence));
    }
}
