//! `arn:aws:states:::ecs:runTask`: a WASI command, run to its end.

use serde_json::{Value, json};
use stepwell_asl::{StateMachine, definition::Type};
use stepwell_engine::{Clock, Engine};
use stepwell_interpreter::Outcome;
use stepwell_sandbox::{Grants, Limits, grants::Spec};
use stepwell_tasks::Plugins;
use tokio::time::Duration;

use crate::support::{
    Report, definition_text, engine, follow, payments, plugins, run_as, running, start,
};

const RESOURCE: &str = "arn:aws:states:::ecs:runTask.sync";

/// Parameters as they are written for AWS.
fn parameters(command: Value) -> Value {
    json!({
        "LaunchType": "FARGATE",
        "Cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/reports",
        "TaskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/wasi-echo:7",
        "NetworkConfiguration": { "AwsvpcConfiguration": { "Subnets": ["subnet-1"] } },
        "Overrides": { "ContainerOverrides": [{
            "Name": "report",
            "Command": command,
            "Environment": [
                { "Name": "ORDER", "Value.$": "$.order" },
                { "Name": "URL", "Value": "https://elsewhere.example" },
            ],
        }] },
    })
}

async fn run(command: Value) -> Report {
    let environment = [("URL".to_owned(), "https://granted.example".to_owned())];
    let spec = Spec { environment: environment.into(), ..Spec::default() };
    let engine = engine(Grants::open(spec).unwrap(), Limits::default()).await;
    let fields = json!({ "Parameters": parameters(command) });
    follow(start(&engine, RESOURCE, fields, json!({ "order": "A-1" }))).await
}

#[tokio::test]
async fn a_command_is_run_to_its_end_and_told_of_as_aws_tells() {
    let report = run(json!(["--month", "11"])).await;
    let task = report.output();
    for (field, value) in [
        ("LastStatus", json!("STOPPED")),
        ("DesiredStatus", json!("STOPPED")),
        ("StopCode", json!("EssentialContainerExited")),
        ("StoppedReason", json!("Essential container in task exited")),
        ("LaunchType", json!("FARGATE")),
        ("Group", json!("family:wasi-echo")),
        ("StartedBy", json!("AWS Step Functions")),
    ] {
        assert_eq!(task[field], value, "{field}");
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert_eq!(
        text(&task["TaskDefinitionArn"]),
        "arn:aws:ecs:us-east-1:000000000000:task-definition/wasi-echo:7"
    );
    assert_eq!(text(&task["ClusterArn"]), "arn:aws:ecs:us-east-1:000000000000:cluster/reports");
    let arn = text(&task["TaskArn"]);
    let id = arn.strip_prefix("arn:aws:ecs:us-east-1:000000000000:task/reports/").unwrap();
    assert_eq!(id.len(), 32);
    let [container] = &task["Containers"].as_array().unwrap()[..] else { panic!("{task}") };
    assert_eq!(container["Name"], "report");
    assert_eq!(container["ExitCode"], 0);
    assert_eq!(container["TaskArn"], task["TaskArn"]);
    assert_eq!(container.get("Reason"), None);
    let (began, ended) = (task["StartedAt"].as_i64().unwrap(), task["StoppedAt"].as_i64().unwrap());
    assert!(began <= ended && began > 1_600_000_000_000, "{began} {ended}");
    assert_eq!(
        task["Overrides"]["ContainerOverrides"][0],
        json!({
            "Command": ["--month", "11"],
            "Environment": [
                { "Name": "ORDER", "Value": "A-1" },
                { "Name": "URL", "Value": "https://elsewhere.example" },
            ],
            "Name": "report",
        })
    );
    // What it wrote is in the attempt's log; what the operator grants has the last word.
    let log = &report.attempts[0].log;
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines[..3], ["--month", "11", "ORDER=A-1"]);
    assert!(lines.contains(&"URL=https://granted.example"), "{log}");
    assert!(lines.contains(&"STEPWELL_STATE_NAME=Call"), "{log}");
    assert_eq!(lines.last(), Some(&"\"\""));
    assert!(report.only_usage().fuel > 0);
}

#[tokio::test]
async fn a_command_that_fails_is_a_task_that_failed() {
    let report = run(json!(["fail", "no orders in November"])).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "States.TaskFailed");
    let task: Value = serde_json::from_str(cause).unwrap();
    assert_eq!(task["StopCode"], "EssentialContainerExited");
    assert_eq!(task["Containers"][0]["ExitCode"], 1);
    assert_eq!(task["Containers"][0]["Reason"], "no orders in November");
    assert_eq!(report.attempts[0].log, "no orders in November\n");
}

#[tokio::test]
async fn what_is_no_task_definition_is_told_as_ecs_does() {
    let fields = json!({
        "Parameters": { "TaskDefinition": "wasi-eco" },
        "Catch": [{ "ErrorEquals": ["ECS.ClientException"], "Next": "Caught" }],
    });
    let report = run_as(RESOURCE, fields, json!({})).await;
    let cause = report.output()["Cause"].as_str().unwrap().to_owned();
    let begin = "TaskDefinition not found. (Service: AmazonECS; Status Code: 400; Error Code: \
                 ClientException; Request ID: ";
    assert!(cause.starts_with(begin), "{cause}");

    let report =
        run_as(RESOURCE, json!({ "Parameters": { "TaskDefinition": "hostile" } }), json!({}));
    let report = report.await;
    let (error, cause) = report.failure();
    assert_eq!(error, "ECS.ClientException");
    let begin = "the plugin `hostile` is no WASI command, and ecs:runTask runs nothing else: call \
                 its tasks by `wasm:hostile/TASK`, with `";
    assert!(cause.starts_with(begin), "{cause}");

    let overrides = json!({ "ContainerOverrides": [{ "Environment": [
        { "Name": "STEPWELL_TENANT", "Value": "1" },
    ] }] });
    let fields = json!({ "Parameters": { "TaskDefinition": "wasi-echo", "Overrides": overrides } });
    let report = run_as(RESOURCE, fields, json!({})).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "ECS.InvalidParameterException");
    assert!(
        cause
            .starts_with("Environment: STEPWELL_TENANT is the host's to set. (Service: AmazonECS;"),
        "{cause}"
    );

    let report = run_as(RESOURCE, json!({ "Parameters": {} }), json!({})).await;
    assert_eq!(
        report.failure(),
        (
            "Stepwell.InvalidParameters",
            "`TaskDefinition` is missing from the parameters of ecs:runTask, or is no string"
        )
    );
}

#[tokio::test]
async fn a_command_is_stopped_by_limits_by_the_state_and_with_its_execution() {
    let spin = || {
        let overrides = json!({ "ContainerOverrides": [{ "Command": ["spin"] }] });
        json!({ "TaskDefinition": "wasi-echo", "Overrides": overrides })
    };
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let limited = engine(Grants::none(), limits).await;
    let report =
        follow(start(&limited, RESOURCE, json!({ "Parameters": spin() }), json!({}))).await;
    assert_eq!(report.failure().0, "Stepwell.OutOfFuel");

    let limits = || Limits { fuel: u64::MAX, time: Duration::from_millis(50), ..Limits::default() };
    let late = engine(Grants::none(), limits()).await;
    let report = follow(start(&late, RESOURCE, json!({ "Parameters": spin() }), json!({}))).await;
    assert_eq!(report.failure().0, "States.Timeout");

    let limits = Limits { fuel: u64::MAX, ..Limits::default() };
    let unlimited = plugins(Grants::none(), limits).await;
    let unlimited = Engine::new(std::sync::Arc::new(unlimited), Clock::system());
    let mut execution = start(&unlimited, RESOURCE, json!({ "Parameters": spin() }), json!({}));
    running(&mut execution).await;
    execution.stop(None, None);
    let report = follow(execution).await;
    assert!(matches!(report.outcome, Outcome::Aborted(_)), "{:?}", report.outcome);
}

#[tokio::test]
async fn a_command_gets_the_token_and_runtask_answers() {
    let overrides = json!({ "ContainerOverrides": [{
        "Command": ["token"],
        "Environment": [{ "Name": "TOKEN", "Value.$": "$$.Task.Token" }],
    }] });
    let fields = json!({
        "Parameters": { "TaskDefinition": "wasi-echo", "Overrides": overrides },
    });
    let resource = "arn:aws:states:::ecs:runTask.waitForTaskToken";
    let report = run_as(resource, fields, json!({})).await;
    // What a host hands in with TaskSubmitted, and goes on to wait.
    let answer = report.output();
    assert_eq!(answer["Failures"], json!([]));
    assert_eq!(answer["Tasks"][0]["StoppedReason"], "Essential container in task exited");
    let log = &report.attempts[0].log;
    let line = |name: &str| {
        log.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    assert!(!line("TOKEN=").is_empty());
    assert_eq!(line("TOKEN="), line("STEPWELL_TASK_TOKEN="));
}

/// What validation finds: `CODE: message | help`.
fn findings(plugins: &Plugins, resource: &str, task_definition: &str) -> Vec<String> {
    let fields = json!({ "Parameters": { "TaskDefinition": task_definition } });
    let text = definition_text(resource, fields);
    let findings = match StateMachine::parse_with(Type::Standard, &text, plugins) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    };
    let show = |it: &stepwell_asl::Diagnostic| {
        format!("{}: {} | {}", it.code, it.message, it.help.as_deref().unwrap_or("-"))
    };
    findings.iter().map(show).collect()
}

#[tokio::test]
async fn validation_finds_what_will_not_run() {
    let plugins = plugins(Grants::none(), Limits::default()).await;
    assert!(findings(&plugins, RESOURCE, "wasi-echo:3").is_empty());
    assert_eq!(
        findings(&plugins, RESOURCE, "wasi-eco"),
        ["UNKNOWN_PLUGIN: There is no plugin 'wasi-eco' | Did you mean \"wasi-echo\"? There are: \
          hostile, wasi-echo."]
    );
    assert_eq!(
        findings(&plugins, "arn:aws:states:::ecs:runTask", "wasi-echo"),
        ["UNKNOWN_TASK: ecs:runTask is run to its end here, and not begun and left alone | Write \
          arn:aws:states:::ecs:runTask.sync, or .waitForTaskToken."]
    );
    assert_eq!(
        findings(&payments().await, RESOURCE, "payments"),
        [
            "UNKNOWN_TASK: The plugin 'payments' is no WASI command | ecs:runTask runs nothing else. \
          This one has: charge, refund. Name one as wasm:payments/TASK."
        ]
    );
    let fields = json!({ "Parameters": { "TaskDefinition": "wasi-echo" } });
    let report = run_as("arn:aws:states:::ecs:runTask", fields, json!({})).await;
    assert_eq!(
        report.failure(),
        (
            "Stepwell.UnsupportedPattern",
            "ecs:runTask is run to its end here, and not begun and left alone: write \
             `arn:aws:states:::ecs:runTask.sync`, or `.waitForTaskToken`"
        )
    );
}
