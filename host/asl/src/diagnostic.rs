//! What is wrong with a definition, and where.

mod answer;
mod repr;

use std::{fmt, ops::Range};

use serde::Serialize;

pub(crate) use answer::INVALID_LABEL;
pub use answer::{Entry, MAX_RESULTS, Outcome, Validation, invalid_definition, refusal};
pub(crate) use repr::repr;

/// One finding. A definition with an [`Severity::Error`] among its findings is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Whether it stops the definition from being used.
    pub severity: Severity,
    /// AWS's code, or one of Stepwell's own where AWS finds nothing.
    pub code: Code,
    /// What is wrong, in AWS's words where AWS has a message for it.
    pub message: String,
    /// Where, as AWS gives it: `/States/Charge/Retry[0]/MaxAttempts`; in text that is no JSON
    /// `[Source: (String)"..."; line: 1, column: 4]`; none for the whole text.
    pub location: Option<String>,
    /// Where, in bytes of the text.
    pub span: Option<Range<usize>>,
    /// What to do about it.
    pub help: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// The definition works, but hardly as meant.
    Warning,
    /// The definition is refused.
    Error,
}

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Not JSON, or an object with the same key twice.
    InvalidJsonDescription,
    /// A field that is missing, unknown, or of the wrong type or value.
    SchemaValidationFailed,
    /// A `Next`, `Default` or `StartAt` that names no state of its workflow, or a state that
    /// nothing leads to.
    MissingTransitionTarget,
    /// A workflow that cannot end.
    MissingEndState,
    /// Two states of one name.
    DuplicateStateName,
    /// Stepwell's own: states that only lead to each other.
    EndlessLoop,
    /// Stepwell's own: a retrier, a catcher or a choice rule that another one leaves nothing to.
    NeverReached,
    /// Stepwell's own: a Resource that names no plugin that is installed.
    UnknownPlugin,
    /// Stepwell's own: a Resource that names no task of its plugin.
    UnknownTask,
    /// Stepwell's own: a Resource that pins another version of its plugin.
    VersionMismatch,
    /// Stepwell's own: a Resource that only a host with an API can run.
    NeedsHost,
    /// Stepwell's own: a limit in a Resource that is above what its plugin may use.
    LimitNotGranted,
    /// Stepwell's own: arguments that the task's JSON Schema does not allow.
    InvalidArguments,
}

impl Code {
    /// The code as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Self::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Self::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Self::MissingEndState => "MISSING_END_STATE",
            Self::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Self::EndlessLoop => "ENDLESS_LOOP",
            Self::NeverReached => "NEVER_REACHED",
            Self::UnknownPlugin => "UNKNOWN_PLUGIN",
            Self::UnknownTask => "UNKNOWN_TASK",
            Self::VersionMismatch => "VERSION_MISMATCH",
            Self::NeedsHost => "NEEDS_HOST",
            Self::LimitNotGranted => "LIMIT_NOT_GRANTED",
            Self::InvalidArguments => "INVALID_ARGUMENTS",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
