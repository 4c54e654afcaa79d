//! History events, as `GetExecutionHistory` gives them.

mod from_aws;
mod outline;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stepwell_asl::{Json, definition::Name};

use crate::{Calls, Failure, Usage};
pub use from_aws::NotAnEvent;
pub use outline::Outline;

/// One event of an execution's history.
///
/// Its derived serialisation is for storing it; [`Event::to_aws`] is what AWS's API shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts from 1.
    pub id: u64,
    /// The event that led to this one; 0 for none.
    pub previous_event_id: u64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub details: Details,
    /// What the attempt used, where a task has ended. Stepwell's own: [`Event::to_aws`] leaves it
    /// out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the attempt logged, where a task has ended. Stepwell's own, too.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
    /// What the attempt did that reaches outside, where a task has ended. Stepwell's own, too.
    #[serde(default, skip_serializing_if = "Calls::is_empty")]
    pub calls: Calls,
}

/// `Type` of a state, as the names of events begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum StateType {
    Pass,
    Task,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

impl StateType {
    /// As `Type` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Task => "Task",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
        }
    }
}

/// The two names of what a task runs, as the `Task...` events give them: `sqs` and `sendMessage`,
/// `wasm` and `payments/charge`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ResourceName {
    /// `resourceType`.
    pub resource_type: String,
    /// `resource`.
    pub resource: String,
}

/// `type` of an event with its details. The `...StateEntered`, `...StateExited` and
/// `...StateAborted` types are one variant each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of AWS's event details, under their names")]
pub enum Details {
    ExecutionStarted {
        input: Json,
        role_arn: String,
    },
    ExecutionSucceeded {
        output: Json,
    },
    ExecutionFailed(Failure),
    ExecutionTimedOut(Failure),
    ExecutionAborted(Failure),
    ExecutionRedriven {
        redrive_count: u64,
    },

    StateEntered {
        state_type: StateType,
        name: Name,
        input: Json,
    },
    StateExited {
        state_type: StateType,
        name: Name,
        output: Json,
        assigned_variables: Vec<(String, Json)>,
    },
    /// Of Task, Wait, Parallel and Map states.
    StateAborted {
        state_type: StateType,
    },

    TaskScheduled(Box<TaskScheduled>),
    TaskStarted(ResourceName),
    TaskStartFailed(ResourceName, Failure),
    TaskSubmitted(ResourceName, Json),
    TaskSubmitFailed(ResourceName, Failure),
    TaskSucceeded(ResourceName, Json),
    TaskFailed(ResourceName, Failure),
    TaskTimedOut(ResourceName, Failure),

    LambdaFunctionScheduled(Box<Scheduled>),
    LambdaFunctionScheduleFailed(Failure),
    LambdaFunctionStarted,
    LambdaFunctionStartFailed(Failure),
    LambdaFunctionSucceeded {
        output: Json,
    },
    LambdaFunctionFailed(Failure),
    LambdaFunctionTimedOut(Failure),

    ActivityScheduled(Box<Scheduled>),
    ActivityScheduleFailed(Failure),
    ActivityStarted {
        worker_name: Option<String>,
    },
    ActivitySucceeded {
        output: Json,
    },
    ActivityFailed(Failure),
    ActivityTimedOut(Failure),

    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,

    MapStateStarted {
        length: u64,
    },
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted {
        name: Name,
        index: u64,
    },
    MapIterationSucceeded {
        name: Name,
        index: u64,
    },
    MapIterationFailed {
        name: Name,
        index: u64,
    },
    MapIterationAborted {
        name: Name,
        index: u64,
    },

    MapRunStarted {
        map_run_arn: String,
    },
    MapRunSucceeded,
    MapRunFailed(Failure),
    MapRunAborted,
    MapRunRedriven {
        map_run_arn: String,
        redrive_count: u64,
    },

    EvaluationFailed {
        failure: Failure,
        location: Option<String>,
        state: Name,
    },
}

/// What was scheduled, in `Task...` events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskScheduled {
    /// What runs.
    pub name: ResourceName,
    /// The region of the state machine's ARN.
    pub region: String,
    /// The task's input.
    pub parameters: Json,
    /// `TimeoutSeconds`.
    pub timeout_in_seconds: Option<u64>,
    /// `HeartbeatSeconds`.
    pub heartbeat_in_seconds: Option<u64>,
    /// `RoleArn` of `Credentials`.
    pub credentials_role_arn: Option<String>,
}

/// What was scheduled: a Lambda function or an activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The ARN.
    pub resource: String,
    /// The task's input.
    pub input: Json,
    /// `TimeoutSeconds`.
    pub timeout_in_seconds: Option<u64>,
    /// `HeartbeatSeconds`; activities only.
    pub heartbeat_in_seconds: Option<u64>,
    /// `RoleArn` of `Credentials`; Lambda functions only.
    pub credentials_role_arn: Option<String>,
}

/// How [`Event::to_aws`] writes a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// Seconds since 1970 with milliseconds, as the JSON protocol has them.
    Epoch,
    /// `2023-11-21T06:27:31.545Z`, as the AWS CLI shows them.
    Iso8601,
}

impl Event {
    /// The event as `GetExecutionHistory` gives it.
    pub fn to_aws(&self, timestamps: Timestamps) -> Value {
        let mut event = Map::new();
        event.insert("timestamp".into(), timestamp(self.timestamp, timestamps));
        event.insert("type".into(), self.details.type_name().into());
        event.insert("id".into(), self.id.into());
        event.insert("previousEventId".into(), self.previous_event_id.into());
        if let Some((key, details)) = self.details.to_aws() {
            event.insert(key, Value::Object(details));
        }
        Value::Object(event)
    }
}

impl Event {
    /// How many bytes the data of states have that it tells, and what a task logged and called.
    pub fn data_len(&self) -> usize {
        let data = match &self.details {
            Details::ExecutionStarted { input, .. } | Details::StateEntered { input, .. } => {
                input.text().len()
            }
            Details::ExecutionSucceeded { output }
            | Details::LambdaFunctionSucceeded { output }
            | Details::ActivitySucceeded { output }
            | Details::TaskSubmitted(_, output)
            | Details::TaskSucceeded(_, output) => output.text().len(),
            Details::StateExited { output, assigned_variables, .. } => {
                let variables = assigned_variables.iter().map(|(_, value)| value.text().len());
                output.text().len() + variables.sum::<usize>()
            }
            Details::TaskScheduled(scheduled) => scheduled.parameters.text().len(),
            Details::LambdaFunctionScheduled(scheduled) | Details::ActivityScheduled(scheduled) => {
                scheduled.input.text().len()
            }
            _ => 0,
        };
        data + self.log.len() + self.calls.text_len()
    }
}

/// A time in milliseconds, as AWS records it.
pub(crate) fn iso8601(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn timestamp(time: Timestamp, format: Timestamps) -> Value {
    match format {
        Timestamps::Epoch => {
            let milliseconds = time.as_millisecond();
            if milliseconds % 1000 == 0 {
                (milliseconds / 1000).into()
            } else {
                // A date's milliseconds are far below 2^53, so the division is exact to the digit.
                (milliseconds as f64 / 1000.0).into()
            }
        }
        Timestamps::Iso8601 => iso8601(time).into(),
    }
}

impl Details {
    /// `type`: one of AWS's 62.
    pub fn type_name(&self) -> String {
        let name = match self {
            Self::StateEntered { state_type, .. } => {
                return format!("{}StateEntered", state_type.as_str());
            }
            Self::StateExited { state_type, .. } => {
                return format!("{}StateExited", state_type.as_str());
            }
            Self::StateAborted { state_type } => {
                return format!("{}StateAborted", state_type.as_str());
            }
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed(_) => "ExecutionFailed",
            Self::ExecutionTimedOut(_) => "ExecutionTimedOut",
            Self::ExecutionAborted(_) => "ExecutionAborted",
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
            Self::TaskScheduled(_) => "TaskScheduled",
            Self::TaskStarted(_) => "TaskStarted",
            Self::TaskStartFailed(..) => "TaskStartFailed",
            Self::TaskSubmitted(..) => "TaskSubmitted",
            Self::TaskSubmitFailed(..) => "TaskSubmitFailed",
            Self::TaskSucceeded(..) => "TaskSucceeded",
            Self::TaskFailed(..) => "TaskFailed",
            Self::TaskTimedOut(..) => "TaskTimedOut",
            Self::LambdaFunctionScheduled(_) => "LambdaFunctionScheduled",
            Self::LambdaFunctionScheduleFailed(_) => "LambdaFunctionScheduleFailed",
            Self::LambdaFunctionStarted => "LambdaFunctionStarted",
            Self::LambdaFunctionStartFailed(_) => "LambdaFunctionStartFailed",
            Self::LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            Self::LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            Self::LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            Self::ActivityScheduled(_) => "ActivityScheduled",
            Self::ActivityScheduleFailed(_) => "ActivityScheduleFailed",
            Self::ActivityStarted { .. } => "ActivityStarted",
            Self::ActivitySucceeded { .. } => "ActivitySucceeded",
            Self::ActivityFailed(_) => "ActivityFailed",
            Self::ActivityTimedOut(_) => "ActivityTimedOut",
            Self::ParallelStateStarted => "ParallelStateStarted",
            Self::ParallelStateSucceeded => "ParallelStateSucceeded",
            Self::ParallelStateFailed => "ParallelStateFailed",
            Self::MapStateStarted { .. } => "MapStateStarted",
            Self::MapStateSucceeded => "MapStateSucceeded",
            Self::MapStateFailed => "MapStateFailed",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
            Self::MapRunStarted { .. } => "MapRunStarted",
            Self::MapRunSucceeded => "MapRunSucceeded",
            Self::MapRunFailed(_) => "MapRunFailed",
            Self::MapRunAborted => "MapRunAborted",
            Self::MapRunRedriven { .. } => "MapRunRedriven",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
        };
        name.to_owned()
    }

    /// Whether it is an execution's last event.
    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Self::ExecutionSucceeded { .. }
                | Self::ExecutionFailed(_)
                | Self::ExecutionTimedOut(_)
                | Self::ExecutionAborted(_)
        )
    }

    /// The key and the members of the event's details; none where the type has none.
    fn to_aws(&self) -> Option<(String, Map<String, Value>)> {
        let members = self.members()?;
        let key = match self {
            Self::StateEntered { .. } => "stateEntered".to_owned(),
            Self::StateExited { .. } => "stateExited".to_owned(),
            _ => {
                let name = self.type_name();
                name[..1].to_ascii_lowercase() + &name[1..]
            }
        };
        let Value::Object(members) = members else {
            return None;
        };
        // AWS leaves out what is not there.
        let members = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
        Some((key + "EventDetails", members))
    }

    fn members(&self) -> Option<Value> {
        let details = json!({ "truncated": false });
        Some(match self {
            Self::ExecutionStarted { input, role_arn } => json!({
                "input": input.text(), "inputDetails": details, "roleArn": role_arn,
            }),
            Self::ExecutionSucceeded { output }
            | Self::LambdaFunctionSucceeded { output }
            | Self::ActivitySucceeded { output } => json!({
                "output": output.text(), "outputDetails": details,
            }),
            Self::ExecutionFailed(failure)
            | Self::ExecutionTimedOut(failure)
            | Self::ExecutionAborted(failure)
            | Self::LambdaFunctionScheduleFailed(failure)
            | Self::LambdaFunctionStartFailed(failure)
            | Self::LambdaFunctionFailed(failure)
            | Self::LambdaFunctionTimedOut(failure)
            | Self::ActivityScheduleFailed(failure)
            | Self::ActivityFailed(failure)
            | Self::ActivityTimedOut(failure)
            | Self::MapRunFailed(failure) => json!({
                "error": failure.error, "cause": failure.cause,
            }),
            Self::ExecutionRedriven { redrive_count } => json!({ "redriveCount": redrive_count }),
            Self::StateEntered { name, input, .. } => json!({
                "name": &**name, "input": input.text(), "inputDetails": details,
            }),
            Self::StateExited { name, output, assigned_variables, .. } => {
                let mut members = json!({
                    "name": &**name, "output": output.text(), "outputDetails": details,
                });
                if !assigned_variables.is_empty() {
                    let variables: Map<_, _> = assigned_variables
                        .iter()
                        .map(|(name, value)| (name.clone(), value.text().into()))
                        .collect();
                    members["assignedVariables"] = variables.into();
                    members["assignedVariablesDetails"] = details;
                }
                members
            }
            Self::TaskScheduled(scheduled) => json!({
                "resourceType": scheduled.name.resource_type,
                "resource": scheduled.name.resource,
                "region": scheduled.region,
                "parameters": scheduled.parameters.text(),
                "timeoutInSeconds": scheduled.timeout_in_seconds,
                "heartbeatInSeconds": scheduled.heartbeat_in_seconds,
                "taskCredentials": credentials(scheduled.credentials_role_arn.as_deref()),
            }),
            Self::TaskStarted(name) => json!({
                "resourceType": name.resource_type, "resource": name.resource,
            }),
            Self::TaskSubmitted(name, output) | Self::TaskSucceeded(name, output) => json!({
                "resourceType": name.resource_type, "resource": name.resource,
                "output": output.text(), "outputDetails": details,
            }),
            Self::TaskStartFailed(name, failure)
            | Self::TaskSubmitFailed(name, failure)
            | Self::TaskFailed(name, failure)
            | Self::TaskTimedOut(name, failure) => json!({
                "resourceType": name.resource_type, "resource": name.resource,
                "error": failure.error, "cause": failure.cause,
            }),
            Self::LambdaFunctionScheduled(scheduled) | Self::ActivityScheduled(scheduled) => {
                json!({
                    "resource": scheduled.resource,
                    "input": scheduled.input.text(),
                    "inputDetails": details,
                    "timeoutInSeconds": scheduled.timeout_in_seconds,
                    "heartbeatInSeconds": scheduled.heartbeat_in_seconds,
                    "taskCredentials": credentials(scheduled.credentials_role_arn.as_deref()),
                })
            }
            Self::ActivityStarted { worker_name } => json!({ "workerName": worker_name }),
            Self::MapStateStarted { length } => json!({ "length": length }),
            Self::MapIterationStarted { name, index }
            | Self::MapIterationSucceeded { name, index }
            | Self::MapIterationFailed { name, index }
            | Self::MapIterationAborted { name, index } => json!({
                "name": &**name, "index": index,
            }),
            Self::MapRunStarted { map_run_arn } => json!({ "mapRunArn": map_run_arn }),
            Self::MapRunRedriven { map_run_arn, redrive_count } => json!({
                "mapRunArn": map_run_arn, "redriveCount": redrive_count,
            }),
            Self::EvaluationFailed { failure, location, state } => json!({
                "error": failure.error, "cause": failure.cause,
                "location": location, "state": &**state,
            }),
            Self::StateAborted { .. }
            | Self::LambdaFunctionStarted
            | Self::ParallelStateStarted
            | Self::ParallelStateSucceeded
            | Self::ParallelStateFailed
            | Self::MapStateSucceeded
            | Self::MapStateFailed
            | Self::MapRunSucceeded
            | Self::MapRunAborted => return None,
        })
    }
}

fn credentials(role_arn: Option<&str>) -> Value {
    role_arn.map_or(Value::Null, |role_arn| json!({ "roleArn": role_arn }))
}
