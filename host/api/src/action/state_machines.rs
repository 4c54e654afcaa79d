//! Actions on state machines.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{IncludedData, Request, StateMachineType, tags::Tag};
use crate::{
    Error,
    arn::{Arn, Qualified},
    error::Code,
    name::Name,
    time::Time,
};

/// The variables that each state refers to: `variableReferences`.
pub type VariableReferences = BTreeMap<String, Vec<String>>;

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggingConfiguration {
    pub level: Option<LogLevel>,
    #[serde(default)]
    pub include_execution_data: bool,
    pub destinations: Option<Vec<LogDestination>>,
}

/// `LogLevel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    All,
    Error,
    Fatal,
    Off,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_LogDestination.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogDestination {
    pub cloud_watch_logs_log_group: Option<LogGroup>,
}

/// `CloudWatchLogsLogGroup`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    pub log_group_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TracingConfiguration.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TracingConfiguration {
    #[serde(default)]
    pub enabled: bool,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionConfiguration {
    pub kms_key_id: Option<String>,
    pub kms_data_key_reuse_period_seconds: Option<u32>,
    #[serde(rename = "type")]
    pub type_: EncryptionType,
}

/// `EncryptionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EncryptionType {
    AwsOwnedKey,
    CustomerManagedKmsKey,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachine {
    pub name: Name,
    pub definition: String,
    pub role_arn: String,
    #[serde(default)]
    pub r#type: StateMachineType,
    pub logging_configuration: Option<LoggingConfiguration>,
    #[serde(default)]
    pub tags: Vec<Tag>,
    pub tracing_configuration: Option<TracingConfiguration>,
    #[serde(default)]
    pub publish: bool,
    pub version_description: Option<String>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

impl Request for CreateStateMachine {
    fn check(&self) -> Result<(), Error> {
        only_published(self.publish, self.version_description.as_deref())
    }
}

fn only_published(publish: bool, description: Option<&str>) -> Result<(), Error> {
    if description.is_some() && !publish {
        return Err(Error::validation("Version description can only be set when publish is true"));
    }
    Ok(())
}

/// What CreateStateMachine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedStateMachine {
    pub state_machine_arn: Arn<Qualified>,
    pub creation_date: Time,
    pub state_machine_version_arn: Option<Arn<Qualified>>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachine {
    pub state_machine_arn: Arn<Qualified>,
    #[serde(default)]
    pub included_data: IncludedData,
}

impl Request for DescribeStateMachine {}

/// What DescribeStateMachine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedStateMachine {
    pub state_machine_arn: Arn<Qualified>,
    pub name: String,
    pub status: StateMachineStatus,
    pub definition: String,
    pub role_arn: String,
    pub r#type: StateMachineType,
    pub creation_date: Time,
    pub logging_configuration: Option<LoggingConfiguration>,
    pub tracing_configuration: Option<TracingConfiguration>,
    pub label: Option<String>,
    pub revision_id: Option<String>,
    pub description: Option<String>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
    pub variable_references: Option<VariableReferences>,
}

/// `StateMachineStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StateMachineStatus {
    Active,
    Deleting,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachine {
    pub state_machine_arn: Arn<Qualified>,
    pub definition: Option<String>,
    pub role_arn: Option<String>,
    pub logging_configuration: Option<LoggingConfiguration>,
    pub tracing_configuration: Option<TracingConfiguration>,
    #[serde(default)]
    pub publish: bool,
    pub version_description: Option<String>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

impl Request for UpdateStateMachine {
    fn check(&self) -> Result<(), Error> {
        let changes = self.definition.is_some()
            || self.role_arn.is_some()
            || self.logging_configuration.is_some()
            || self.tracing_configuration.is_some()
            || self.encryption_configuration.is_some();
        if !changes {
            return Err(Error::new(
                Code::MissingRequiredParameter,
                "Either the definition, the role ARN, the LoggingConfiguration, or the \
                 TracingConfiguration must be specified",
            ));
        }
        only_published(self.publish, self.version_description.as_deref())
    }
}

/// What UpdateStateMachine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatedStateMachine {
    pub update_date: Time,
    pub revision_id: Option<String>,
    pub state_machine_version_arn: Option<Arn<Qualified>>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachine {
    pub state_machine_arn: Arn<Qualified>,
}

impl Request for DeleteStateMachine {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachines {
    #[serde(default)]
    pub max_results: u32,
    pub next_token: Option<String>,
}

impl Request for ListStateMachines {}

/// What ListStateMachines answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachines {
    pub state_machines: Vec<StateMachineListItem>,
    pub next_token: Option<String>,
}

/// A state machine in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineListItem {
    pub state_machine_arn: Arn<Qualified>,
    pub name: String,
    pub r#type: StateMachineType,
    pub creation_date: Time,
}
