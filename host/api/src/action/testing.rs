//! Actions that test definitions and need nothing that is kept.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize, Serializer};
use stepwell_asl::{
    Diagnostic,
    diagnostic::{Severity, Validation},
};
pub use stepwell_interpreter::test_state::{Answer as TestedState, Request as TestState};

use super::{Request, StateMachineType};

impl Request for TestState {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateStateMachineDefinition {
    pub definition: String,
    #[serde(default)]
    pub r#type: StateMachineType,
    #[serde(default)]
    pub severity: LeastSeverity,
    #[serde(default)]
    pub max_results: usize,
}

impl Request for ValidateStateMachineDefinition {}

/// How severe a finding must be to be told: `ValidateStateMachineDefinitionSeverity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LeastSeverity {
    #[default]
    Error,
    Warning,
}

impl From<LeastSeverity> for Severity {
    fn from(severity: LeastSeverity) -> Self {
        match severity {
            LeastSeverity::Error => Self::Error,
            LeastSeverity::Warning => Self::Warning,
        }
    }
}

/// What ValidateStateMachineDefinition answers: the findings, as far as they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedDefinition {
    pub findings: Vec<Diagnostic>,
    pub severity: LeastSeverity,
    pub max_results: usize,
}

impl Serialize for ValidatedDefinition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { findings, severity, max_results } = self;
        Validation::new(findings, (*severity).into(), *max_results).serialize(serializer)
    }
}
