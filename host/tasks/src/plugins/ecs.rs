//! WASI commands as AWS's states see containers: `ecs:runTask`.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html>

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_engine::{Attempt, Reporter, TaskEnd};
use stepwell_interpreter::Failure;
use stepwell_sandbox::{CallInfo, Invocation, Limits, Program, Ran};
use uuid::Uuid;

use super::{Installed, call_info, calls, failed, usage};

/// What ECS says of a request that it cannot carry out.
pub(super) const CLIENT_EXCEPTION: &str = "ECS.ClientException";

/// What it says of one that makes no sense.
const INVALID_PARAMETER: &str = "ECS.InvalidParameterException";

/// Most characters of a container's `Reason`.
const REASON: usize = 255;

/// The name in what `TaskDefinition` allows: a family, with or without a revision, or an ARN.
pub(super) fn family(name: &str) -> &str {
    let after = name.split_once("task-definition/").map_or(name, |(_, rest)| rest);
    after.split(':').next().unwrap_or(after)
}

/// What ECS says where there is no such task definition.
pub(super) fn not_found() -> Failure {
    said(CLIENT_EXCEPTION, "TaskDefinition not found.")
}

fn said(error: &str, message: &str) -> Failure {
    let code = error.strip_prefix("ECS.").unwrap_or(error);
    let request_id = Uuid::new_v4();
    Failure::new(
        error,
        format!(
            "{message} (Service: AmazonECS; Status Code: 400; Error Code: {code}; Request ID: \
             {request_id}; Proxy: null)"
        ),
    )
}

/// RunTask's request, as far as it means something here.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    cluster: Option<String>,
    task_definition: String,
    count: Option<u32>,
    launch_type: Option<String>,
    group: Option<String>,
    #[serde(deserialize_with = "or_default")]
    overrides: Overrides,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Overrides {
    #[serde(deserialize_with = "or_default")]
    container_overrides: Vec<ContainerOverride>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerOverride {
    name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    command: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    environment: Vec<Variable>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Variable {
    name: String,
    value: String,
}

/// Null is as good as nothing, as everywhere in AWS's requests.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Request {
    fn read(parameters: &Value) -> Result<Self, String> {
        let request = serde_path_to_error::deserialize::<_, Self>(parameters)
            .map_err(|error| format!("{}: {}", error.path(), error.inner()))?;
        if request.count.is_some_and(|count| count != 1) {
            return Err("Count must be 1: a state runs one task.".to_owned());
        }
        if request.overrides.container_overrides.len() > 1 {
            return Err("ContainerOverrides has several containers, and a task has one.".to_owned());
        }
        Ok(request)
    }

    fn container(&self) -> Option<&ContainerOverride> {
        self.overrides.container_overrides.first()
    }

    fn container_name(&self) -> &str {
        let given = self.container().and_then(|container| container.name.as_deref());
        given.unwrap_or_else(|| family(&self.task_definition))
    }

    /// What the command is begun with.
    fn program(&self) -> Result<Program, String> {
        let Some(container) = self.container() else { return Ok(Program::default()) };
        if container.command.iter().any(|argument| argument.contains('\0')) {
            return Err("Command has an argument with NUL in it.".to_owned());
        }
        let mut environment = BTreeMap::new();
        for Variable { name, value } in &container.environment {
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                return Err(format!(
                    "Environment: {name:?} is no name of a variable, or its value has NUL in it."
                ));
            }
            if name.starts_with(CallInfo::VARIABLES) {
                return Err(format!("Environment: {name} is the host's to set."));
            }
            environment.insert(name.clone(), value.clone());
        }
        Ok(Program { arguments: container.command.clone(), environment })
    }
}

/// Runs a command to its end.
pub(super) async fn run(
    installed: Installed,
    limits: Limits,
    attempt: Attempt,
    reporter: Reporter,
) -> TaskEnd {
    let parameters = attempt.task.input.value();
    let prepared = Request::read(parameters).and_then(|request| {
        let program = request.program()?;
        Ok((request, program))
    });
    let (request, program) = match prepared {
        Ok(prepared) => prepared,
        Err(problem) => {
            let failure = said(INVALID_PARAMETER, &problem);
            return TaskEnd::without_usage(Err(failure));
        }
    };
    let invocation = Invocation {
        task: stepwell_sandbox::COMMAND_TASK,
        // As of a container, its stdin is at its end.
        input: "",
        call: call_info(&attempt, &limits),
        limits: &limits,
        grants: &installed.grants,
        heartbeat: None,
        stop: attempt.stop.clone(),
    };
    reporter.started();
    let ran = installed.plugin.run_program(invocation, program).await;
    let log = ran.log.text();
    let result = match ran.result {
        Ok(status) => {
            let task = task(&request, &attempt, &ran, status, &log);
            match (status, attempt.task.resource.waits_for_token()) {
                (0, false) => Ok(Json::from(task)),
                (0, true) => Ok(Json::from(json!({ "Failures": [], "Tasks": [task] }))),
                _ => Err(Failure::new("States.TaskFailed", task.to_string())),
            }
        }
        Err(failure) => Err(failed(failure)),
    };
    TaskEnd { result, usage: Some(usage(&ran.usage)), log, calls: calls(ran.calls) }
}

/// The task as DescribeTasks tells of one that has stopped.
fn task(request: &Request, attempt: &Attempt, ran: &Ran, status: i32, log: &str) -> Value {
    // arn:aws:states:REGION:...
    let region = attempt.identity.state_machine_arn.split(':').nth(3).unwrap_or_default();
    let arn = |rest: String| format!("arn:aws:ecs:{region}:{}:{rest}", attempt.tenant);
    let cluster = request.cluster.as_deref().unwrap_or("default");
    let cluster = cluster.rsplit('/').next().unwrap_or(cluster);
    let id = Uuid::new_v4().simple();
    let task_arn = arn(format!("task/{cluster}/{id}"));
    let family = family(&request.task_definition);
    let revision = request.task_definition.rsplit(':').next();
    let revision = revision.and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
    let name = request.container_name();
    let began = attempt.at;
    let took = SignedDuration::try_from(ran.usage.duration).unwrap_or_default();
    let ended = began.checked_add(took).unwrap_or(began);
    let mut container = json!({
        "ContainerArn": arn(format!("container/{cluster}/{id}/{}", Uuid::new_v4())),
        "ExitCode": status,
        "LastStatus": "STOPPED",
        "Name": name,
        "NetworkBindings": [],
        "NetworkInterfaces": [],
        "TaskArn": task_arn,
    });
    let last = log.lines().rev().map(str::trim).find(|line| !line.is_empty());
    if let Some(last) = last.filter(|_| status != 0) {
        container["Reason"] = last.chars().take(REASON).collect::<String>().into();
    }
    let overrides = match request.container() {
        None => Value::Array(Vec::new()),
        Some(container) => {
            let variable =
                |Variable { name, value }: &Variable| json!({ "Name": name, "Value": value });
            let environment: Vec<_> = container.environment.iter().map(variable).collect();
            json!([{ "Command": container.command, "Environment": environment, "Name": name }])
        }
    };
    json!({
        "Attachments": [],
        "ClusterArn": arn(format!("cluster/{cluster}")),
        "Containers": [container],
        "CreatedAt": milliseconds(began),
        "DesiredStatus": "STOPPED",
        "ExecutionStoppedAt": milliseconds(ended),
        "Group": request.group.clone().unwrap_or_else(|| format!("family:{family}")),
        "LastStatus": "STOPPED",
        "LaunchType": request.launch_type.as_deref().unwrap_or("EC2"),
        "Overrides": { "ContainerOverrides": overrides, "InferenceAcceleratorOverrides": [] },
        "StartedAt": milliseconds(began),
        "StartedBy": "AWS Step Functions",
        "StopCode": "EssentialContainerExited",
        "StoppedAt": milliseconds(ended),
        "StoppedReason": "Essential container in task exited",
        "StoppingAt": milliseconds(ended),
        "Tags": [],
        "TaskArn": task_arn,
        "TaskDefinitionArn": arn(format!("task-definition/{family}:{revision}")),
        "Version": 1,
    })
}

/// Since 1970, as AWS's integrations write times.
fn milliseconds(at: Timestamp) -> i64 {
    at.as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_taken_from_whatever_names_it() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/report:7";
        for name in [arn, "report:7", "report"] {
            assert_eq!(family(name), "report");
        }
    }

    #[test]
    fn a_request_that_cannot_be_carried_out_is_told_why() {
        let why = |parameters: Value| {
            Request::read(&parameters).and_then(|request| request.program()).unwrap_err()
        };
        assert_eq!(why(json!({ "Count": 2 })), "Count must be 1: a state runs one task.");
        let overrides = |all: Value| json!({ "Overrides": { "ContainerOverrides": all } });
        assert_eq!(
            why(overrides(json!([{}, {}]))),
            "ContainerOverrides has several containers, and a task has one."
        );
        assert_eq!(
            why(overrides(json!([{ "Command": "ls" }]))),
            "Overrides.ContainerOverrides[0].Command: invalid type: string \"ls\", expected a \
             sequence"
        );
        assert_eq!(
            why(overrides(json!([{ "Command": ["a\0b"] }]))),
            "Command has an argument with NUL in it."
        );
        let variable =
            |name: &str| overrides(json!([{ "Environment": [{ "Name": name, "Value": "x" }] }]));
        assert_eq!(
            why(variable("A=B")),
            "Environment: \"A=B\" is no name of a variable, or its value has NUL in it."
        );
        assert_eq!(
            why(variable("STEPWELL_TENANT")),
            "Environment: STEPWELL_TENANT is the host's to set."
        );
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let parameters = json!({
            "TaskDefinition": "report",
            "Count": null,
            "Overrides": { "ContainerOverrides": [{ "Command": null, "Environment": null }] },
        });
        let request = Request::read(&parameters).unwrap();
        assert_eq!(request.program().unwrap(), Program::default());
        assert_eq!(request.container_name(), "report");
        let request = Request::read(&json!({ "Overrides": null })).unwrap();
        assert_eq!(request.overrides, Overrides::default());
    }
}
