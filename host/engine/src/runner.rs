//! What runs tasks.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_asl::{Json, resource::Resource};
use stepwell_interpreter::{Calls, Failure, Identity, RunTask, Usage};
use tokio_util::sync::CancellationToken;

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
    fn effect(&self, tenant: &str, generation: Option<Generation>, task: &RunTask) -> EffectClass {
        let _ = (tenant, generation, task);
        EffectClass::AtMostOnce
    }

    /// The name of the plugin that runs what a resource calls, where one does. What a function or a
    /// container is called by is its `callee` where the resource does not say.
    fn plugin(
        &self,
        tenant: &str,
        generation: Option<Generation>,
        resource: &Resource,
        callee: Option<&str>,
    ) -> Option<String> {
        let _ = (tenant, generation, resource, callee);
        None
    }

    /// Which state that what tasks run in is in now. An execution keeps the one that it starts in:
    /// each of its attempts is told. None where there is but one.
    fn generation(&self) -> Option<Generation> {
        None
    }
}

/// A state of what tasks run in: it grows with every change.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Generation(pub u64);

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
    pub identity: Arc<Identity>,
    /// The account the execution belongs to.
    pub tenant: String,
    /// The runner's generation when the execution was started; none where that is not known.
    pub generation: Option<Generation>,
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
    /// What it did that reaches outside.
    pub calls: Calls,
}

impl TaskEnd {
    /// The end of an attempt that never ran.
    pub fn refused(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::without_usage(Err(Failure::new(error, cause)))
    }

    /// The end of what has no usage to tell of: it ran nowhere, or not here.
    pub fn without_usage(result: Result<Json, Failure>) -> Self {
        Self { result, usage: None, log: String::new(), calls: Calls::default() }
    }
}

/// Through which a running attempt reports to its execution.
#[derive(Clone)]
pub struct Reporter(Arc<dyn Fn(Report) + Send + Sync>);

/// What an attempt reports while it runs. What it sends is bounded by its own pace: a start, and a
/// heartbeat whenever the one before has been taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// The task is running.
    Started,
    /// The task is alive.
    Alive,
}

impl Reporter {
    pub(crate) fn new(report: impl Fn(Report) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// One to which nobody listens.
    pub fn none() -> Self {
        Self::new(|_| {})
    }

    /// The task is running.
    pub fn started(&self) {
        (self.0)(Report::Started);
    }

    /// The task is alive.
    pub fn heartbeat(&self) {
        (self.0)(Report::Alive);
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter")
    }
}
