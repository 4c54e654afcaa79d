//! Actions on executions.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use stepwell_interpreter::{
    Usage,
    event::{Event, Timestamps},
};

use super::{ExecutionStatus, IncludedData, Request, state_machines};
use crate::{
    Error,
    arn::{Arn, Execution, MapRun, Qualified},
    name::Name,
    time::Time,
};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartExecution {
    pub state_machine_arn: Arn<Qualified>,
    pub name: Option<Name>,
    pub input: Option<String>,
    pub trace_header: Option<String>,
}

impl Request for StartExecution {}

/// What StartExecution answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedExecution {
    pub execution_arn: Arn<Execution>,
    pub start_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartSyncExecution {
    pub state_machine_arn: Arn<Qualified>,
    pub name: Option<Name>,
    pub input: Option<String>,
    pub trace_header: Option<String>,
    #[serde(default)]
    pub included_data: IncludedData,
}

impl Request for StartSyncExecution {}

/// What StartSyncExecution answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncExecution {
    pub execution_arn: Arn<Execution>,
    pub state_machine_arn: Arn<Qualified>,
    pub name: String,
    pub start_date: Time,
    pub stop_date: Time,
    pub status: ExecutionStatus,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub input: Option<String>,
    pub input_details: Option<DataDetails>,
    pub output: Option<String>,
    pub output_details: Option<DataDetails>,
    pub trace_header: Option<String>,
    pub billing_details: BillingDetails,
}

/// What an Express execution has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BillingDetails {
    #[serde(rename = "billedMemoryUsedInMB")]
    pub billed_memory_used_in_mb: u64,
    #[serde(rename = "billedDurationInMilliseconds")]
    pub billed_duration_in_milliseconds: u64,
}

/// Whether data are there in whole: `CloudWatchEventsExecutionDataDetails`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DataDetails {
    pub included: bool,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeExecution {
    pub execution_arn: Arn<Execution>,
    #[serde(default)]
    pub included_data: IncludedData,
}

impl Request for DescribeExecution {}

/// What DescribeExecution answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedExecution {
    pub execution_arn: Arn<Execution>,
    pub state_machine_arn: Arn<Qualified>,
    pub name: String,
    pub status: ExecutionStatus,
    pub start_date: Time,
    pub stop_date: Option<Time>,
    pub input: Option<String>,
    pub input_details: Option<DataDetails>,
    pub output: Option<String>,
    pub output_details: Option<DataDetails>,
    pub trace_header: Option<String>,
    pub map_run_arn: Option<Arn<MapRun>>,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub state_machine_version_arn: Option<Arn<Qualified>>,
    pub state_machine_alias_arn: Option<Arn<Qualified>>,
    pub redrive_count: Option<u64>,
    pub redrive_date: Option<Time>,
    pub redrive_status: Option<RedriveStatus>,
    pub redrive_status_reason: Option<String>,
}

/// Whether an execution can be redriven: `ExecutionRedriveStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RedriveStatus {
    Redrivable,
    NotRedrivable,
    RedrivableByMapRun,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineForExecution {
    pub execution_arn: Arn<Execution>,
    #[serde(default)]
    pub included_data: IncludedData,
}

impl Request for DescribeStateMachineForExecution {}

/// What DescribeStateMachineForExecution answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineForExecution {
    pub state_machine_arn: Arn<Qualified>,
    pub name: String,
    pub definition: String,
    pub role_arn: String,
    pub update_date: Time,
    pub logging_configuration: Option<state_machines::LoggingConfiguration>,
    pub tracing_configuration: Option<state_machines::TracingConfiguration>,
    pub map_run_arn: Option<Arn<MapRun>>,
    pub label: Option<String>,
    pub revision_id: Option<String>,
    pub encryption_configuration: Option<state_machines::EncryptionConfiguration>,
    pub variable_references: Option<state_machines::VariableReferences>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetExecutionHistory {
    pub execution_arn: Arn<Execution>,
    #[serde(default)]
    pub max_results: u32,
    #[serde(default)]
    pub reverse_order: bool,
    pub next_token: Option<String>,
    #[serde(default = "yes")]
    pub include_execution_data: bool,
}

fn yes() -> bool {
    true
}

impl Request for GetExecutionHistory {}

/// What GetExecutionHistory answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionHistory {
    pub events: Vec<HistoryEvent>,
    pub next_token: Option<String>,
}

/// An event of an execution, with the data of its states or without. One that ends an attempt of a
/// task has a member that is Stepwell's own, `stepwell`, with what the attempt used, logged and
/// called of the host.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    pub event: Event,
    /// `includeExecutionData`.
    pub with_data: bool,
}

impl Serialize for HistoryEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event = self.event.to_aws(Timestamps::Epoch);
        if !self.with_data
            && let Some(members) = event.as_object_mut()
        {
            for details in members.values_mut().filter_map(Value::as_object_mut) {
                details.retain(|name, _| !is_data(name));
            }
        }
        // A member that they do not know AWS's clients pass over.
        if let Some(Usage { fuel, peak_memory, duration_ms, host_calls }) = self.event.usage {
            event["stepwell"] = json!({
                "usage": {
                    "fuel": fuel,
                    "peakMemory": peak_memory,
                    "durationMs": duration_ms,
                    "hostCalls": host_calls,
                },
            });
            let Event { log, calls, .. } = &self.event;
            if self.with_data && !log.is_empty() {
                event["stepwell"]["log"] = log.as_str().into();
            }
            // Paths and keys are data, too.
            if self.with_data && !calls.is_empty() {
                event["stepwell"]["calls"] = json!(calls.first);
                if calls.more > 0 {
                    event["stepwell"]["moreCalls"] = calls.more.into();
                }
            }
        }
        event.serialize(serializer)
    }
}

/// Whether a member of an event's details is what states work on.
fn is_data(name: &str) -> bool {
    matches!(name, "input" | "output" | "parameters" | "assignedVariables")
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListExecutions {
    pub state_machine_arn: Option<Arn<Qualified>>,
    pub status_filter: Option<ExecutionStatus>,
    #[serde(default)]
    pub max_results: u32,
    pub next_token: Option<String>,
    pub map_run_arn: Option<Arn<MapRun>>,
    pub redrive_filter: Option<RedriveFilter>,
}

impl Request for ListExecutions {
    fn check(&self) -> Result<(), Error> {
        if self.state_machine_arn.is_some() == self.map_run_arn.is_some() {
            return Err(Error::validation(
                "Must specify exactly one of stateMachineArn and mapRunArn",
            ));
        }
        if self.status_filter == Some(ExecutionStatus::PendingRedrive) && self.map_run_arn.is_none()
        {
            return Err(Error::validation(
                "The status filter PENDING_REDRIVE can only be used with mapRunArn",
            ));
        }
        Ok(())
    }
}

/// `redriveFilter`: `ExecutionRedriveFilter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RedriveFilter {
    Redriven,
    NotRedriven,
}

/// What ListExecutions answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Executions {
    pub executions: Vec<ExecutionListItem>,
    pub next_token: Option<String>,
}

/// An execution in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionListItem {
    pub execution_arn: Arn<Execution>,
    pub state_machine_arn: Arn<Qualified>,
    pub name: String,
    pub status: ExecutionStatus,
    pub start_date: Time,
    pub stop_date: Option<Time>,
    pub map_run_arn: Option<Arn<MapRun>>,
    pub item_count: Option<u64>,
    pub state_machine_version_arn: Option<Arn<Qualified>>,
    pub state_machine_alias_arn: Option<Arn<Qualified>>,
    pub redrive_count: Option<u64>,
    pub redrive_date: Option<Time>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopExecution {
    pub execution_arn: Arn<Execution>,
    pub error: Option<String>,
    pub cause: Option<String>,
}

impl Request for StopExecution {}

/// What StopExecution answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppedExecution {
    pub stop_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedriveExecution {
    pub execution_arn: Arn<Execution>,
    pub client_token: Option<String>,
}

impl Request for RedriveExecution {}

/// What RedriveExecution answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedrivenExecution {
    pub redrive_date: Time,
}
