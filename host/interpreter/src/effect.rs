//! What an execution asks the host to do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_asl::{Json, definition::Name, resource::Resource};

use crate::map_run::{MapRunId, StartMapRun};

/// One attempt of a task: the id of the event that scheduled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u64);

/// A timer, unique in its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerId(pub u64);

/// What the host does once the step's events are committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a task, and report what becomes of it.
    RunTask(Box<RunTask>),
    /// Nobody waits for the task any more: stop it. Reports about it are ignored.
    CancelTask {
        /// Which.
        task: TaskId,
    },
    /// Start a Map Run, and report its end. Where there is a record of it already, it goes on: see
    /// [`Order::redrive_count`](crate::map_run::Order::redrive_count).
    StartMapRun(Box<StartMapRun>),
    /// Nobody waits for the Map Run any more: abort it. Reports about it are ignored.
    StopMapRun {
        /// Which.
        map_run: MapRunId,
    },
    /// Report `TimerFired` at this time, or as soon after as possible.
    SetTimer {
        /// Which.
        timer: TimerId,
        /// When.
        at: Timestamp,
    },
    /// The timer is no longer needed. It is ignored if it fires all the same.
    CancelTimer {
        /// Which.
        timer: TimerId,
    },
}

/// One attempt of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTask {
    /// The attempt's id, unique in its execution.
    pub task: TaskId,
    /// What to run.
    pub resource: Resource,
    /// The state that runs it.
    pub state: Name,
    /// The input: what `Parameters` or `Arguments` made of the state's.
    pub input: Json,
    /// How often it was tried before: 0 for the first attempt.
    pub attempt: u32,
    /// The same for every attempt of one visit of the state, and for no other.
    pub idempotency_key: String,
    /// Whether its ...Started event is there: a worker has taken it, or its runner has begun.
    pub started: bool,
    /// Whether its request was sent, and only the answer is awaited: it is not sent again.
    pub submitted: bool,
    /// What whoever answers for the task names it by. Where the resource ends in
    /// `.waitForTaskToken` it is `$$.Task.Token` of the context object; where it is an activity,
    /// what its worker is given; else there is none.
    pub task_token: Option<String>,
    /// When `TimeoutSeconds` ends; the execution itself sees to that.
    pub deadline: Option<Timestamp>,
    /// `HeartbeatSeconds`: a heartbeat at least this often keeps the task alive.
    pub heartbeat_seconds: Option<u64>,
    /// `Credentials`, evaluated.
    pub credentials: Option<Json>,
}
