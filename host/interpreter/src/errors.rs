//! The predefined errors, and what `ErrorEquals` matches.

use std::fmt;

use serde_json::Value;
use stepwell_asl::{data::MAX_NESTING, definition::Name, expression};

use crate::Failure;

/// Matches every error that can be caught.
pub(crate) const ALL: &str = "States.ALL";
/// A task, or a whole execution, took longer than `TimeoutSeconds`.
pub(crate) const TIMEOUT: &str = "States.Timeout";
/// A task was silent for longer than `HeartbeatSeconds`.
pub(crate) const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
/// As a matcher: any error but a timeout.
pub(crate) const TASK_FAILED: &str = "States.TaskFailed";
/// As a matcher: any error of a Parallel state's branch.
pub(crate) const BRANCH_FAILED: &str = "States.BranchFailed";
/// The definition asks for what the data do not allow. Ends the execution.
pub(crate) const RUNTIME: &str = "States.Runtime";
/// A payload is larger than [`MAX_PAYLOAD`].
pub(crate) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
/// No rule of a Choice holds, and it has no default.
pub(crate) const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
/// `ResultPath` cannot be applied to the state's input.
pub(crate) const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
/// A JSONata expression failed, or has a value of the wrong type.
pub(crate) const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
/// A distributed Map's items cannot be read.
pub(crate) const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
/// More iterations of a Map failed than are tolerated.
pub(crate) const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str =
    "States.ExceedToleratedFailureThreshold";
/// The results of a Map cannot be written.
pub(crate) const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";

/// The most bytes of UTF-8 that a state's input, output or result may have.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// How many bytes of data the events of one step may have before what can wait for the next step
/// does.
pub const MAX_STEP: usize = 4 * 1024 * 1024;

/// The most events of one history; the last of them is the execution's end.
pub const MAX_EVENTS: u64 = 25_000;

/// Whether one of `ErrorEquals` matches what a state raises.
///
/// `States.Runtime` is matched by nothing.
pub(crate) fn matches(error_equals: &[String], raised: &Raised) -> bool {
    let error = raised.failure.error.as_deref();
    if error == Some(RUNTIME) {
        return false;
    }
    error_equals.iter().any(|matcher| match matcher.as_str() {
        ALL => true,
        TASK_FAILED => error != Some(TIMEOUT),
        HEARTBEAT_TIMEOUT => raised.missed_heartbeat || error == Some(HEARTBEAT_TIMEOUT),
        BRANCH_FAILED => raised.child == Some(Child::Branch) || error == Some(BRANCH_FAILED),
        name => error == Some(name),
    })
}

/// What a state raises while it is executed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raised {
    pub(crate) failure: Failure,
    /// Whether, and with which `location`, an EvaluationFailed event tells of it.
    pub(crate) evaluation: Option<Option<String>>,
    /// Whether it passes every retrier and catcher by.
    pub(crate) fatal: bool,
    /// What of the state failed, if not the state itself.
    pub(crate) child: Option<Child>,
    /// Whether a heartbeat was missed: AWS calls this `States.Timeout` in events and outputs, and
    /// lets `States.HeartbeatTimeout` match it too.
    pub(crate) missed_heartbeat: bool,
}

/// What a state has below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    /// Of a Parallel state.
    Branch,
    /// Of a Map state.
    Iteration,
}

impl From<Failure> for Raised {
    fn from(failure: Failure) -> Self {
        Self { failure, evaluation: None, fatal: false, child: None, missed_heartbeat: false }
    }
}

/// The state that an error is told of: AWS puts both at the beginning of the cause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) state: &'a Name,
    /// The id of its StateEntered event; none where a state is tested, of which no cause says.
    pub(crate) entered: Option<u64>,
}

impl Place<'_> {
    fn cause(self, text: impl fmt::Display) -> String {
        match self.entered {
            Some(entered) => format!(
                "An error occurred while executing the state '{}' (entered at the event id \
                 #{entered}). {text}",
                self.state
            ),
            None => text.to_string(),
        }
    }

    /// An error with a cause that begins with the state.
    pub(crate) fn raise(self, error: &str, text: impl fmt::Display) -> Raised {
        Failure::new(error, self.cause(text)).into()
    }

    /// An error of JSONata, of which an EvaluationFailed event tells.
    pub(crate) fn raise_evaluation(
        self,
        text: impl fmt::Display,
        location: Option<&str>,
    ) -> Raised {
        Raised {
            evaluation: Some(location.map(ToOwned::to_owned)),
            ..self.raise(QUERY_EVALUATION_ERROR, text)
        }
    }

    /// A JSONata expression has a value of a type that its field does not take.
    pub(crate) fn unexpected_type(
        self,
        expression: &str,
        field: &str,
        expected: &'static str,
        value: &Value,
    ) -> Raised {
        self.expression(&expression::Error::UnexpectedType {
            expression: expression.to_owned(),
            field: field.to_owned(),
            expected,
            actual: expression::type_name(value),
            value: value.to_string(),
        })
    }

    /// An expression has no value.
    pub(crate) fn expression(self, error: &expression::Error) -> Raised {
        Raised {
            evaluation: error.location().map(|location| Some(location.to_owned())),
            ..Failure::new(error.name(), self.cause(error)).into()
        }
    }
}

/// A time is up: AWS gives no cause.
pub(crate) fn timeout() -> Failure {
    Failure { error: Some(TIMEOUT.to_owned()), ..Failure::default() }
}

/// More iterations of a Map have failed than may.
pub(crate) fn exceed_tolerated_failure_threshold() -> Failure {
    Failure::new(
        EXCEED_TOLERATED_FAILURE_THRESHOLD,
        "The specified tolerated failure threshold was exceeded",
    )
}

/// A payload is too large. `name` is the state's, or what its task runs.
pub(crate) fn data_limit_exceeded(name: &str) -> Failure {
    Failure::new(
        DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{name}' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        ),
    )
}

/// AWS documents no such limit, but deeper data could not be read again.
pub(crate) fn nests_too_deep(name: &str) -> Failure {
    Failure::new(
        DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{name}' returned a result that is nested more than {MAX_NESTING} \
             levels deep."
        ),
    )
}

/// See [`nests_too_deep`].
pub(crate) fn input_nests_too_deep() -> Failure {
    Failure::new(
        DATA_LIMIT_EXCEEDED,
        format!("The execution's input is nested more than {MAX_NESTING} levels deep."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(matcher: &str, error: &str) -> bool {
        matches(&[matcher.to_owned()], &Failure::new(error, "").into())
    }

    #[test]
    fn all_matches_everything_but_runtime() {
        assert!(matched(ALL, "Custom"));
        assert!(matched(ALL, TIMEOUT));
        assert!(matches(&[ALL.to_owned()], &Failure::default().into()));
        assert!(!matched(ALL, RUNTIME));
        assert!(!matched(RUNTIME, RUNTIME));
    }

    #[test]
    fn task_failed_matches_everything_but_a_timeout() {
        assert!(matched(TASK_FAILED, "Custom"));
        assert!(!matched(TASK_FAILED, TIMEOUT));
        assert!(!matched(TASK_FAILED, RUNTIME));
    }

    #[test]
    fn a_missed_heartbeat_is_a_timeout_with_a_name_of_its_own() {
        let missed = Raised { missed_heartbeat: true, ..Failure::new(TIMEOUT, "").into() };
        assert!(matches(&[HEARTBEAT_TIMEOUT.to_owned()], &missed));
        assert!(matches(&[TIMEOUT.to_owned()], &missed));
        assert!(!matched(HEARTBEAT_TIMEOUT, TIMEOUT));
    }

    #[test]
    fn a_failed_branch_has_its_own_error_and_a_name_for_all() {
        let of = |child| Raised { child: Some(child), ..Failure::new("Custom", "").into() };
        let branch_failed = [BRANCH_FAILED.to_owned()];
        assert!(matches(&branch_failed, &of(Child::Branch)));
        assert!(matches(&["Custom".to_owned()], &of(Child::Branch)));
        assert!(!matches(&branch_failed, &of(Child::Iteration)));
        assert!(!matched(BRANCH_FAILED, "Custom"));
    }

    #[test]
    fn other_names_match_themselves() {
        assert!(matched("Custom", "Custom"));
        assert!(!matched("Custom", "Custom2"));
    }
}
