//! What an execution is told.

use serde::{Deserialize, Serialize};
use stepwell_asl::Json;

use crate::{Failure, TaskId, TimerId, map_run::MapRunId};

/// What happened outside. An occurrence that comes late or names what the execution does not know
/// is ignored: its step is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Occurrence {
    /// The task is running (for an activity: a worker has taken it).
    TaskStarted {
        /// Which.
        task: TaskId,
        /// `workerName` of GetActivityTask; none for other tasks.
        worker_name: Option<String>,
    },
    /// The task returned.
    TaskSucceeded {
        /// Which.
        task: TaskId,
        /// Its result.
        output: Json,
        /// What it used.
        usage: Option<Usage>,
    },
    /// The task failed.
    TaskFailed {
        /// Which.
        task: TaskId,
        /// Why.
        failure: Failure,
        /// What it used.
        usage: Option<Usage>,
    },
    /// The request of a `.waitForTaskToken` or `.sync` task was sent, and its answer is awaited.
    /// Told again, it is ignored.
    TaskSubmitted {
        /// Which.
        task: TaskId,
        /// What the request itself returned.
        output: Json,
    },
    /// The task is alive: `HeartbeatSeconds` starts anew.
    TaskHeartbeat {
        /// Which.
        task: TaskId,
    },
    /// A Map Run has ended.
    MapRunEnded {
        /// Which.
        map_run: MapRunId,
        /// The state's result, or why there is none.
        result: Result<Json, Failure>,
    },
    /// A timer's time has come.
    TimerFired {
        /// Which.
        timer: TimerId,
    },
    /// Somebody stops the execution.
    Stop {
        /// `error` of StopExecution.
        error: Option<String>,
        /// `cause` of StopExecution.
        cause: Option<String>,
    },
}

/// What one attempt of a task used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Fuel: about one unit for each Wasm instruction.
    pub fuel: u64,
    /// The most memory held at once, in bytes, over all memories and tables.
    pub peak_memory: u64,
    /// Wall-clock time in milliseconds.
    pub duration_ms: u64,
    /// Calls to the host, whatever they asked for.
    #[serde(default)]
    pub host_calls: u64,
}
