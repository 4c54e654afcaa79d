//! The actions of the API, their requests and their answers, as types.

pub mod activities;
pub mod aliases;
pub mod executions;
pub mod map_runs;
pub mod state_machines;
pub mod tags;
pub mod tasks;
pub mod testing;
pub mod versions;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use stepwell_asl::definition::Type;

use crate::{
    constraint,
    error::{Error, Refusal},
};

/// A request's members, parsed. [`parse`] makes one of a body.
pub trait Request: DeserializeOwned + Send {
    /// Which members go together, as far as the request alone tells.
    ///
    /// # Errors
    /// AWS's refusal.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Parses the body of a request of an action.
///
/// # Errors
/// SerializationException for what is no JSON, or has members of other types than the service model;
/// ValidationException for members that break its constraints; InvalidArn, InvalidName and others
/// for what is refused beyond the model.
pub fn parse<R: Request>(action: &str, body: &[u8]) -> Result<R, Error> {
    // Clients send nothing where an action has no members to send.
    let body = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| constraint::serialization(format!("The body is not JSON: {error}")))?;
    let value = constraint::check(action, value)?;
    let request: R = serde_json::from_value(value).map_err(|error| Refusal::from_serde(&error))?;
    request.check()?;
    Ok(request)
}

/// The answer of an action that tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Empty {}

/// `ExecutionStatus`, and `SyncExecutionStatus`, which has three of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum ExecutionStatus {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
    PendingRedrive,
}

/// `StateMachineType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum StateMachineType {
    #[default]
    Standard,
    Express,
}

impl From<StateMachineType> for Type {
    fn from(type_: StateMachineType) -> Self {
        match type_ {
            StateMachineType::Standard => Self::Standard,
            StateMachineType::Express => Self::Express,
        }
    }
}

/// Whether an answer has data, or only what describes them: `IncludedData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum IncludedData {
    #[default]
    AllData,
    MetadataOnly,
}

#[cfg(test)]
mod tests;
