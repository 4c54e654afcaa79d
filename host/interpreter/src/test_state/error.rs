//! Why a state is not tested at all.

use stepwell_asl::{Diagnostic, diagnostic::invalid_definition};

use super::{context, model};

/// A request that AWS refuses. The text is AWS's message.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A field is longer or shorter than the API allows.
    #[error(
        "1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must \
         have length {} than or equal to {bound}",
        if *.at_least { "greater" } else { "less" }
    )]
    Length {
        /// The field.
        field: &'static str,
        /// The length that it may have at most, or must have at least.
        bound: usize,
        /// Whether it is too short.
        at_least: bool,
    },
    /// The definition has errors.
    #[error("{}", invalid_definition(.0))]
    Definition(Vec<Diagnostic>),
    /// There is no such state in the definition.
    #[error("Invalid State Machine Definition: 'State {0} is not found in the definition'")]
    UnknownState(String),
    /// The state's type needs a mock.
    #[error(
        "TestState API does not support Map or Parallel states. Supported state types include: \
         [Task, Wait, Pass, Succeed, Fail, Choice]"
    )]
    NeedsMock,
    /// The task's pattern needs a mock.
    #[error("TestState API does not support {0} when a mock is not specified.")]
    TaskNeedsMock(&'static str),
    /// The state's type takes no mock.
    #[error("State type '{0}' is not supported when a mock is specified")]
    TakesNoMock(&'static str),
    /// A field that is of use with a mock only.
    #[error("TestState does not support {0} when a mock is not specified.")]
    WithoutMock(&'static str),
    /// Nothing is secret in a mock.
    #[error("TestState does not support RevealSecrets when a mock is specified.")]
    RevealSecrets,
    /// A mock with both a result and an error, or with neither.
    #[error("A test mock should have only one of the following fields: [result, errorOutput].")]
    OneMock,
    /// A mocked error without a name.
    #[error("A mocked errorOutput must have the field: [error].")]
    ErrorName,
    /// The mocked result is not JSON.
    #[error("Mocked result must be valid JSON")]
    ResultJson,
    /// The mocked result of a Map or Parallel state is not an array.
    #[error("Mocked result must be an array.")]
    ResultArray,
    /// The mocked result of a Map state with a ResultWriter is not an object.
    #[error("Mocked result must be an object.")]
    ResultObject,
    /// The mocked result of a Parallel state has not one item for each branch.
    #[error("Mocked result must contain the same number of items as number of Parallel branches.")]
    ResultBranches,
    /// The mocked result is not what the service's API returns.
    #[error("Mock result schema validation error: {0}")]
    ResultSchema(#[from] model::Mismatch),
    /// More iterations are said to fail than there are.
    #[error(
        "Map iteration failure count must be less than or equal to the number of Map iterations"
    )]
    FailureCount,
    /// The state that is said to cause the error is not within the tested one.
    #[error("State '{0}' in errorCausedByState is not a state within the tested Map or Parallel.")]
    CausedBy(String),
    /// The given context object is none.
    #[error("Invalid Context object provided: {0}")]
    Context(#[from] context::Error),
    /// The variables are not a JSON object.
    #[error("Variables must be a valid JSON object")]
    Variables,
    /// The input is not JSON.
    #[error("Invalid State Machine Execution Input: '{0}'")]
    Input(String),
}

impl Error {
    /// The name of AWS's exception.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Definition(_)
            | Self::UnknownState(_)
            | Self::NeedsMock
            | Self::TaskNeedsMock(_) => "InvalidDefinition",
            Self::Input(_) => "InvalidExecutionInput",
            _ => "ValidationException",
        }
    }
}
