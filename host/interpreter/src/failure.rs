//! Why a state, a task or an execution failed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An error name with its cause: what Retry and Catch match, and what an execution ends with.
///
/// Both may be missing: a Fail state may name neither, and so may `SendTaskFailure`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failure {
    /// The error name, which `ErrorEquals` is matched with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What happened, for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// A task's wish not to be tried again sooner; a retry waits at least this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure with a name and a cause.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { error: Some(error.into()), cause: Some(cause.into()), retry_after: None }
    }
}
