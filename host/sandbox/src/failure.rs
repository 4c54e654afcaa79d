//! How a call fails, in the terms of Retry and Catch.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

/// Why a call gave no output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error name, which Retry and Catch match: the plugin's own, or one of [`names`].
    pub error: String,
    /// What happened, for people. At most [`Failure::MAX_CAUSE`] characters.
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
    /// Most characters of an error name, as in AWS's API.
    pub const MAX_ERROR: usize = 256;
    /// Most characters of a cause, as in AWS's API.
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

/// `text`, shortened to at most `most` characters.
fn cut(text: Cow<'_, str>, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.into_owned();
    }
    const MARK: &str = "...";
    text.chars().take(most - MARK.len()).chain(MARK.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_what_is_not_is_whole() {
        let whole = "é".repeat(Failure::MAX_CAUSE);
        assert_eq!(Failure::new("E", whole.clone()).cause, whole);
        let cut = Failure::new(&"é".repeat(Failure::MAX_ERROR + 1), whole + "é");
        assert_eq!(cut.cause.chars().count(), Failure::MAX_CAUSE);
        assert_eq!(cut.error.chars().count(), Failure::MAX_ERROR);
        assert!(cut.cause.ends_with("é...") && cut.error.ends_with("é..."));
    }

    #[test]
    fn a_failure_without_a_name_is_a_failed_task() {
        assert_eq!(Failure::new("", "why").error, "States.TaskFailed");
    }
}
