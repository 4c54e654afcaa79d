//! What executions tell each other: messages that the store keeps until they are taken in.

use serde::{Deserialize, Serialize};
use stepwell_asl::Json;
use stepwell_interpreter::{
    Calls, Failure, TaskId, Usage,
    map_run::{EndedChild, MapRunId},
};
use stepwell_journal::{ExecutionId, Outgoing};

use super::{loaded::Parent, map_runs::NewChild};

/// A message to an execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Mail {
    /// The execution that a task waits for has ended.
    ChildEnded {
        /// The task.
        task: TaskId,
        /// The task's result.
        result: Result<Json, Failure>,
    },
    /// To one that is not there yet: a Map Run has it started.
    StartChild(Box<NewChild>),
    /// A child of a Map Run has ended.
    MapRunChildEnded {
        /// The Map Run.
        map_run: MapRunId,
        /// The child.
        ended: Box<EndedChild>,
    },
    /// A task ended when the host was about to stop: what follows is for the next one.
    TaskEnded {
        /// The task.
        task: TaskId,
        /// Its result.
        result: Result<Json, Failure>,
        /// What it used.
        usage: Option<Usage>,
        /// What it logged.
        #[serde(default)]
        log: String,
        /// What it did that reaches outside.
        #[serde(default, skip_serializing_if = "Calls::is_empty")]
        calls: Calls,
    },
    /// The host stopped before it was a task's turn to run.
    NotRun {
        /// The task.
        task: TaskId,
    },
    /// Whoever started the execution has no use for it any more.
    Stop {
        /// Whose child is meant: another's may have its name. None where the name says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        child_of: Option<Parent>,
        /// Why.
        error: Option<String>,
        /// What happened.
        cause: Option<String>,
    },
}

impl Mail {
    /// The message as it is kept.
    pub(crate) fn to(&self, to: ExecutionId) -> Outgoing {
        // What is made of strings and JSON can be written.
        let body = serde_json::to_value(self).unwrap_or_default();
        Outgoing { to, body: body.into() }
    }

    /// What was kept; none where a later version has written it, or it is damaged.
    pub(crate) fn read(body: &Json) -> Option<Self> {
        Self::deserialize(body.value()).ok()
    }
}
