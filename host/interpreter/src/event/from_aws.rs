//! Events as clients have them, read again: what [`Event::to_aws`] wrote.

use jiff::Timestamp;
use serde_json::{Map, Value};
use stepwell_asl::{Json, definition::Name};

use super::{Details, Event, ResourceName, Scheduled, StateType, TaskScheduled};
use crate::{Calls, Failure};

/// What is no event of AWS's API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is missing in an event of type {type_name:?}, or is none")]
pub struct NotAnEvent {
    /// The member.
    pub what: &'static str,
    /// `type`, where there is one.
    pub type_name: String,
}

impl Event {
    /// Reads an event as `GetExecutionHistory` gives it, with its time in either form. What is not
    /// there, because the request left out data, is empty.
    ///
    /// # Errors
    /// Where it is none.
    pub fn from_aws(event: &Value) -> Result<Self, NotAnEvent> {
        let type_name = event["type"].as_str().unwrap_or_default();
        let missing = |what| NotAnEvent { what, type_name: type_name.to_owned() };
        Ok(Self {
            id: event["id"].as_u64().ok_or_else(|| missing("id"))?,
            previous_event_id: event["previousEventId"].as_u64().unwrap_or_default(),
            timestamp: timestamp(&event["timestamp"]).ok_or_else(|| missing("timestamp"))?,
            details: details(type_name, event).ok_or_else(|| missing("type"))?,
            usage: None,
            log: String::new(),
            calls: Calls::default(),
        })
    }
}

fn timestamp(time: &Value) -> Option<Timestamp> {
    match time {
        Value::String(text) => text.parse().ok(),
        // Milliseconds are far below 2^53.
        time => Timestamp::from_millisecond((time.as_f64()? * 1000.0).round() as i64).ok(),
    }
}

/// The members of an event's details.
struct Members<'a>(Option<&'a Map<String, Value>>);

impl Members<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0?.get(name)?.as_str()
    }

    fn string(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    fn name(&self) -> Name {
        self.text("name").unwrap_or_default().into()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.0?.get(name)?.as_u64()
    }

    fn json(&self, name: &str) -> Json {
        let json = self.text(name).and_then(|text| Json::parse(text).ok());
        json.unwrap_or_else(Json::empty)
    }

    fn failure(&self) -> Failure {
        let text = |name| self.text(name).map(str::to_owned);
        Failure { error: text("error"), cause: text("cause"), retry_after: None }
    }

    fn resource(&self) -> ResourceName {
        ResourceName {
            resource_type: self.string("resourceType"),
            resource: self.string("resource"),
        }
    }

    fn role(&self) -> Option<String> {
        self.0?.get("taskCredentials")?["roleArn"].as_str().map(str::to_owned)
    }

    fn scheduled(&self) -> Box<Scheduled> {
        Box::new(Scheduled {
            resource: self.string("resource"),
            input: self.json("input"),
            timeout_in_seconds: self.number("timeoutInSeconds"),
            heartbeat_in_seconds: self.number("heartbeatInSeconds"),
            credentials_role_arn: self.role(),
        })
    }

    fn task_scheduled(&self) -> Box<TaskScheduled> {
        Box::new(TaskScheduled {
            name: self.resource(),
            region: self.string("region"),
            parameters: self.json("parameters"),
            timeout_in_seconds: self.number("timeoutInSeconds"),
            heartbeat_in_seconds: self.number("heartbeatInSeconds"),
            credentials_role_arn: self.role(),
        })
    }

    fn assigned_variables(&self) -> Vec<(String, Json)> {
        let assigned = self.0.and_then(|members| members.get("assignedVariables")?.as_object());
        let variable = |(name, text): (&String, &Value)| {
            Some((name.clone(), Json::parse(text.as_str()?).ok()?))
        };
        assigned.into_iter().flatten().filter_map(variable).collect()
    }
}

fn details(type_name: &str, event: &Value) -> Option<Details> {
    let members = |key: &str| Members(event[key].as_object());
    if let Some(state) = type_name.strip_suffix("StateEntered") {
        let members = members("stateEnteredEventDetails");
        let (name, input) = (members.name(), members.json("input"));
        return Some(Details::StateEntered { state_type: state_type(state)?, name, input });
    }
    if let Some(state) = type_name.strip_suffix("StateExited") {
        let members = members("stateExitedEventDetails");
        return Some(Details::StateExited {
            state_type: state_type(state)?,
            name: members.name(),
            output: members.json("output"),
            assigned_variables: members.assigned_variables(),
        });
    }
    if let Some(state) = type_name.strip_suffix("StateAborted") {
        return Some(Details::StateAborted { state_type: state_type(state)? });
    }
    let first = type_name.get(..1)?.to_ascii_lowercase();
    let it = members(&format!("{first}{}EventDetails", &type_name[1..]));
    let iteration = || Some((it.name(), it.number("index")?));
    Some(match type_name {
        "ExecutionStarted" => {
            Details::ExecutionStarted { input: it.json("input"), role_arn: it.string("roleArn") }
        }
        "ExecutionSucceeded" => Details::ExecutionSucceeded { output: it.json("output") },
        "ExecutionFailed" => Details::ExecutionFailed(it.failure()),
        "ExecutionTimedOut" => Details::ExecutionTimedOut(it.failure()),
        "ExecutionAborted" => Details::ExecutionAborted(it.failure()),
        "ExecutionRedriven" => {
            Details::ExecutionRedriven { redrive_count: it.number("redriveCount")? }
        }
        "TaskScheduled" => Details::TaskScheduled(it.task_scheduled()),
        "TaskStarted" => Details::TaskStarted(it.resource()),
        "TaskStartFailed" => Details::TaskStartFailed(it.resource(), it.failure()),
        "TaskSubmitted" => Details::TaskSubmitted(it.resource(), it.json("output")),
        "TaskSubmitFailed" => Details::TaskSubmitFailed(it.resource(), it.failure()),
        "TaskSucceeded" => Details::TaskSucceeded(it.resource(), it.json("output")),
        "TaskFailed" => Details::TaskFailed(it.resource(), it.failure()),
        "TaskTimedOut" => Details::TaskTimedOut(it.resource(), it.failure()),
        "LambdaFunctionScheduled" => Details::LambdaFunctionScheduled(it.scheduled()),
        "LambdaFunctionScheduleFailed" => Details::LambdaFunctionScheduleFailed(it.failure()),
        "LambdaFunctionStarted" => Details::LambdaFunctionStarted,
        "LambdaFunctionStartFailed" => Details::LambdaFunctionStartFailed(it.failure()),
        "LambdaFunctionSucceeded" => Details::LambdaFunctionSucceeded { output: it.json("output") },
        "LambdaFunctionFailed" => Details::LambdaFunctionFailed(it.failure()),
        "LambdaFunctionTimedOut" => Details::LambdaFunctionTimedOut(it.failure()),
        "ActivityScheduled" => Details::ActivityScheduled(it.scheduled()),
        "ActivityScheduleFailed" => Details::ActivityScheduleFailed(it.failure()),
        "ActivityStarted" => {
            Details::ActivityStarted { worker_name: it.text("workerName").map(str::to_owned) }
        }
        "ActivitySucceeded" => Details::ActivitySucceeded { output: it.json("output") },
        "ActivityFailed" => Details::ActivityFailed(it.failure()),
        "ActivityTimedOut" => Details::ActivityTimedOut(it.failure()),
        "ParallelStateStarted" => Details::ParallelStateStarted,
        "ParallelStateSucceeded" => Details::ParallelStateSucceeded,
        "ParallelStateFailed" => Details::ParallelStateFailed,
        "MapStateStarted" => Details::MapStateStarted { length: it.number("length")? },
        "MapStateSucceeded" => Details::MapStateSucceeded,
        "MapStateFailed" => Details::MapStateFailed,
        "MapIterationStarted" => {
            iteration().map(|(name, index)| Details::MapIterationStarted { name, index })?
        }
        "MapIterationSucceeded" => {
            iteration().map(|(name, index)| Details::MapIterationSucceeded { name, index })?
        }
        "MapIterationFailed" => {
            iteration().map(|(name, index)| Details::MapIterationFailed { name, index })?
        }
        "MapIterationAborted" => {
            iteration().map(|(name, index)| Details::MapIterationAborted { name, index })?
        }
        "MapRunStarted" => Details::MapRunStarted { map_run_arn: it.string("mapRunArn") },
        "MapRunSucceeded" => Details::MapRunSucceeded,
        "MapRunFailed" => Details::MapRunFailed(it.failure()),
        "MapRunAborted" => Details::MapRunAborted,
        "MapRunRedriven" => Details::MapRunRedriven {
            map_run_arn: it.string("mapRunArn"),
            redrive_count: it.number("redriveCount")?,
        },
        "EvaluationFailed" => Details::EvaluationFailed {
            failure: it.failure(),
            location: it.text("location").map(str::to_owned),
            state: it.string("state").into(),
        },
        _ => return None,
    })
}

fn state_type(name: &str) -> Option<StateType> {
    use StateType::{Choice, Fail, Map, Parallel, Pass, Succeed, Task, Wait};
    [Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map]
        .into_iter()
        .find(|state_type| state_type.as_str() == name)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Timestamps;

    /// One of each type.
    pub(in crate::event) fn all() -> Vec<Details> {
        let json = || Json::parse(r#"{"a":1}"#).unwrap();
        let failure = || Failure::new("Down", "for a while");
        let unnamed = Failure::default;
        let resource = || ResourceName { resource_type: "sqs".into(), resource: "send".into() };
        let scheduled = Scheduled {
            resource: "arn".into(),
            input: json(),
            timeout_in_seconds: Some(5),
            heartbeat_in_seconds: None,
            credentials_role_arn: Some("role".into()),
        };
        let task = TaskScheduled {
            name: resource(),
            region: "us-east-1".into(),
            parameters: json(),
            timeout_in_seconds: None,
            heartbeat_in_seconds: Some(2),
            credentials_role_arn: None,
        };
        let (name, index) = (Name::from("Each"), 3);
        let (map_run_arn, redrive_count) = ("arn".to_owned(), 2);
        let state_type = StateType::Map;
        let variables = vec![("v".to_owned(), json())];
        vec![
            Details::ExecutionStarted { input: json(), role_arn: "role".into() },
            Details::ExecutionSucceeded { output: json() },
            Details::ExecutionFailed(failure()),
            Details::ExecutionTimedOut(unnamed()),
            Details::ExecutionAborted(failure()),
            Details::ExecutionRedriven { redrive_count },
            Details::StateEntered { state_type, name: name.clone(), input: json() },
            Details::StateExited {
                state_type,
                name: name.clone(),
                output: json(),
                assigned_variables: variables,
            },
            Details::StateAborted { state_type },
            Details::TaskScheduled(task.into()),
            Details::TaskStarted(resource()),
            Details::TaskStartFailed(resource(), failure()),
            Details::TaskSubmitted(resource(), json()),
            Details::TaskSubmitFailed(resource(), failure()),
            Details::TaskSucceeded(resource(), json()),
            Details::TaskFailed(resource(), failure()),
            Details::TaskTimedOut(resource(), failure()),
            Details::LambdaFunctionScheduled(scheduled.clone().into()),
            Details::LambdaFunctionScheduleFailed(failure()),
            Details::LambdaFunctionStarted,
            Details::LambdaFunctionStartFailed(failure()),
            Details::LambdaFunctionSucceeded { output: json() },
            Details::LambdaFunctionFailed(failure()),
            Details::LambdaFunctionTimedOut(failure()),
            Details::ActivityScheduled(scheduled.into()),
            Details::ActivityScheduleFailed(failure()),
            Details::ActivityStarted { worker_name: Some("w".into()) },
            Details::ActivitySucceeded { output: json() },
            Details::ActivityFailed(failure()),
            Details::ActivityTimedOut(failure()),
            Details::ParallelStateStarted,
            Details::ParallelStateSucceeded,
            Details::ParallelStateFailed,
            Details::MapStateStarted { length: 4 },
            Details::MapStateSucceeded,
            Details::MapStateFailed,
            Details::MapIterationStarted { name: name.clone(), index },
            Details::MapIterationSucceeded { name: name.clone(), index },
            Details::MapIterationFailed { name: name.clone(), index },
            Details::MapIterationAborted { name: name.clone(), index },
            Details::MapRunStarted { map_run_arn: map_run_arn.clone() },
            Details::MapRunSucceeded,
            Details::MapRunFailed(failure()),
            Details::MapRunAborted,
            Details::MapRunRedriven { map_run_arn, redrive_count },
            Details::EvaluationFailed { failure: failure(), location: None, state: name },
        ]
    }

    #[test]
    fn what_was_written_is_read_again() {
        for (id, details) in (1..).zip(all()) {
            let timestamp = "2026-11-22T12:00:00.123Z".parse().unwrap();
            let (previous_event_id, usage) = (id - 1, None);
            let (log, calls) = (String::new(), Calls::default());
            let event = Event { id, previous_event_id, timestamp, details, usage, log, calls };
            for timestamps in [Timestamps::Epoch, Timestamps::Iso8601] {
                assert_eq!(Event::from_aws(&event.to_aws(timestamps)), Ok(event.clone()));
            }
        }
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for (event, what) in [
            (json!({ "id": 1, "timestamp": 0, "type": "Somewhere" }), "type"),
            (json!({ "id": 1, "timestamp": 0, "type": "OtherStateEntered" }), "type"),
            (json!({ "id": 1, "timestamp": "then", "type": "TaskStarted" }), "timestamp"),
            (json!({ "timestamp": 0, "type": "TaskStarted" }), "id"),
            (json!([]), "id"),
        ] {
            assert_eq!(Event::from_aws(&event).unwrap_err().what, what);
        }
    }
}
