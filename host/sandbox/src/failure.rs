//! How a call fails, in the terms of Retry and Catch.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

/// Why a call gave no output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error name, which Retry and Catch match: the plugin's own, or one of [`names`].
    pub error: String,
    /// What happened, for people. At most [`Failure::MAX_CAUSE`] bytes.
    pub cause: String,
    /// The least time to wait before another attempt, where the plugin asked for it.
    pub retry_after: Option<Duration>,
}

/// The error names the sandbox gives by itself.
pub mod names {
    /// The call used up its fuel.
    pub const OUT_OF_FUEL: &str = "Stepwell.OutOfFuel";
    /// The call asked for more memory than its limit.
    pub const OUT_OF_MEMORY: &str = "Stepwell.OutOfMemory";
    /// The call asked the host for more things than its limit.
    pub const OUT_OF_HOST_CALLS: &str = "Stepwell.OutOfHostCalls";
    /// The call took longer than its limit.
    pub const TIMEOUT: &str = "States.Timeout";
    /// Whoever made the call stopped it.
    pub const CANCELLED: &str = "Stepwell.Cancelled";
    /// The output is larger than its limit.
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// The guest trapped; the cause has the backtrace.
    pub const TRAP: &str = "Stepwell.Trap";
    /// The call failed after it had been refused something it was not granted.
    pub const PERMISSION_DENIED: &str = "Stepwell.PermissionDenied";
    /// The output is not JSON.
    pub const INVALID_OUTPUT: &str = "Stepwell.InvalidOutput";
    /// The plugin has no task of that name.
    pub const UNKNOWN_TASK: &str = "Stepwell.UnknownTask";
    /// The host itself failed.
    pub const HOST_ERROR: &str = "Stepwell.HostError";
    /// A command exited with a status other than 0; the cause has the end of its stderr.
    pub const COMMAND_FAILED: &str = "Stepwell.CommandFailed";
    /// A plugin's failure that has no name of its own.
    pub const TASK_FAILED: &str = "States.TaskFailed";
}

impl Failure {
    /// Most bytes of an error name, as in AWS's API.
    pub const MAX_ERROR: usize = 256;
    /// Most bytes of a cause, as in AWS's API.
    pub const MAX_CAUSE: usize = 32_768;

    pub(crate) fn new(error: &str, cause: impl Into<String>) -> Self {
        let error = if error.is_empty() { names::TASK_FAILED } else { error };
        Self {
            error: cut(Cow::Borrowed(error), Self::MAX_ERROR),
            cause: cut(Cow::Owned(cause.into()), Self::MAX_CAUSE),
            retry_after: None,
        }
    }
}

/// `text`, shortened to at most `most` bytes at the boundary of a character.
fn cut(text: Cow<'_, str>, most: usize) -> String {
    if text.len() <= most {
        return text.into_owned();
    }
    const MARK: &str = "...";
    let end = text.floor_char_boundary(most - MARK.len());
    format!("{}{MARK}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cause_is_cut_between_characters() {
        let failure = Failure::new("E", "é".repeat(20_000));
        assert!(failure.cause.len() <= Failure::MAX_CAUSE);
        assert!(failure.cause.ends_with("é..."));
    }

    #[test]
    fn a_failure_without_a_name_is_a_failed_task() {
        assert_eq!(Failure::new("", "why").error, "States.TaskFailed");
    }
}
