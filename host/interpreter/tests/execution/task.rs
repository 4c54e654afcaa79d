use serde_json::json;
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, MAX_PAYLOAD, Occurrence, Setting, Timestamp, Usage, activities, token::Token,
};

use crate::driver::{Host, START, identity, key};

#[test]
fn runs_a_plugin() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:payments/charge", "Parameters": { "amount.$": "$.a" },
        "TimeoutSeconds": 30, "HeartbeatSeconds": 10, "End": true,
    });
    let mut host = Host::state(state, r#"{"a":5}"#);
    assert_eq!(host.history(), ["TaskStateEntered<0", "TaskScheduled<2"]);
    assert_eq!(
        host.details(3),
        json!({
            "resourceType": "wasm", "resource": "payments/charge", "region": "eu-west-1",
            "parameters": r#"{"amount":5}"#, "timeoutInSeconds": 30, "heartbeatInSeconds": 10,
        })
    );
    let run = host.task().clone();
    assert_eq!(run.input.text(), r#"{"amount":5}"#);
    assert_eq!(run.attempt, 0);
    let deadline: Timestamp = "2026-11-22T12:00:30Z".parse().unwrap();
    assert_eq!(run.deadline, Some(deadline));
    host.on(Occurrence::TaskStarted { task: run.task, worker_name: None });
    host.succeed(run.task, r#"{ "id": 7 }"#);
    assert_eq!(host.output(), r#"{"id":7}"#);
    assert_eq!(
        host.history(),
        [
            "TaskStateEntered<0",
            "TaskScheduled<2",
            "TaskStarted<3",
            "TaskSucceeded<4",
            "TaskStateExited<5",
            "ExecutionSucceeded<6"
        ]
    );
}

#[test]
fn a_lambda_function_has_events_of_its_own() {
    let arn = "arn:aws:lambda:eu-west-1:1:function:f";
    let state = json!({ "Type": "Task", "Resource": arn, "End": true });
    let mut host = Host::state(state, "{}");
    let task = host.task().task;
    host.succeed(task, "1");
    assert_eq!(
        host.history(),
        [
            "TaskStateEntered<0",
            "LambdaFunctionScheduled<2",
            "LambdaFunctionStarted<3",
            "LambdaFunctionSucceeded<4",
            "TaskStateExited<5",
            "ExecutionSucceeded<6"
        ]
    );
    assert_eq!(host.details(3)["resource"], arn);
}

#[test]
fn an_activity_has_too() {
    let arn = "arn:aws:states:eu-west-1:1:activity:a";
    let state = json!({ "Type": "Task", "Resource": arn, "HeartbeatSeconds": 5, "End": true });
    let mut host = Host::state(state, "{}");
    host.fire();
    assert_eq!(
        host.history(),
        ["TaskStateEntered<0", "ActivityScheduled<2", "ActivityTimedOut<3", "ExecutionFailed<4"]
    );
}

#[test]
fn records_what_an_attempt_used() {
    let state = json!({ "Type": "Task", "Resource": "wasm:p/t", "End": true });
    let mut host = Host::state(state, "{}");
    let task = host.task().task;
    host.tasks.clear();
    let used = Usage { fuel: 12, peak_memory: 65_536, duration_ms: 3, host_calls: 0 };
    host.on(Occurrence::TaskSucceeded { task, output: Json::empty(), usage: Some(used) });
    assert_eq!(host.events[4].usage, Some(used));
    assert!(!host.details(5).to_string().contains("fuel"));
}

#[test]
fn a_result_that_comes_late_is_ignored() {
    let state = json!({ "Type": "Task", "Resource": "wasm:p/t", "TimeoutSeconds": 1, "Retry": [
        { "ErrorEquals": ["States.Timeout"] }
    ], "End": true });
    let mut host = Host::state(state, "{}");
    let task = host.task().task;
    host.fire();
    assert_eq!(host.history()[2..], ["TaskTimedOut<3"]);
    assert!(host.tasks.is_empty(), "the task was cancelled");
    host.succeed(task, "1");
    host.on(Occurrence::TaskStarted { task, worker_name: None });
    assert_eq!(host.history().len(), 3);
}

#[test]
fn takes_no_longer_than_timeout_seconds() {
    let state =
        json!({ "Type": "Task", "Resource": "wasm:p/t", "TimeoutSecondsPath": "$.s", "End": true });
    let mut host = Host::state(state, r#"{"s":7}"#);
    let task = host.task().task;
    host.on(Occurrence::TaskStarted { task, worker_name: None });
    assert_eq!(host.fire(), 7000);
    assert_eq!(host.failure(), ("States.Timeout", "(none)"));
    assert_eq!(host.history()[2..], ["TaskStarted<3", "TaskTimedOut<4", "ExecutionFailed<5"]);
    assert_eq!(
        host.details(5),
        json!({ "resourceType": "wasm", "resource": "p/t", "error": "States.Timeout" })
    );
}

#[test]
fn is_not_silent_for_longer_than_heartbeat_seconds() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:p/t", "HeartbeatSeconds": 10, "End": true,
    });
    let mut host = Host::state(state, "{}");
    let task = host.task().task;
    host.now += jiff::SignedDuration::from_secs(6);
    host.on(Occurrence::TaskHeartbeat { task });
    assert_eq!(host.fire(), 10_000);
    assert_eq!(host.failure(), ("States.Timeout", "(none)"));
}

#[test]
fn a_missed_heartbeat_can_be_caught_by_its_own_name() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": {
            "Type": "Task", "Resource": "wasm:p/t", "HeartbeatSeconds": 1,
            "Catch": [{ "ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught" }],
            "End": true,
        },
        "Caught": { "Type": "Pass", "OutputPath": "$.Error", "End": true },
    }});
    let mut host = Host::start(&definition, "{}");
    host.fire();
    assert_eq!(host.output(), r#""States.Timeout""#);
}

#[test]
fn a_token_stands_for_the_task() {
    let state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": { "token.$": "$$.Task.Token" }, "End": true,
    });
    let mut host = Host::state(state, "{}");
    let run = host.task().clone();
    let token = run.task_token.unwrap();
    assert_eq!(run.input.value()["token"], token);
    let read = Token::parse(&token).unwrap();
    assert!(read.verify(&key()));
    let task = run.task;
    assert_eq!(
        (read.execution_arn.as_str(), read.started_at.to_string().as_str(), read.task),
        ("arn:aws:states:eu-west-1:1:execution:machine:run", START, task)
    );
    host.on(Occurrence::TaskSubmitted { task, output: Json::empty() });
    host.succeed(task, "2");
    assert_eq!(host.output(), "2");
    assert_eq!(
        host.history()[1..5],
        ["TaskScheduled<2", "TaskStarted<3", "TaskSubmitted<4", "TaskSucceeded<5"]
    );
    assert_eq!(host.details(3)["resource"], "sendMessage.waitForTaskToken");
}

#[test]
fn a_request_that_was_sent_is_not_sent_again() {
    let state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": { "StateMachineArn": "arn" }, "End": true,
    });
    let mut host = Host::state(state, "{}");
    let task = host.task().task;
    let standing = |host: &Host| match &host.pending()[..] {
        [Effect::RunTask(run)] => (run.started, run.submitted),
        pending => panic!("{pending:?}"),
    };
    assert_eq!(standing(&host), (false, false));
    host.on(Occurrence::TaskStarted { task, worker_name: None });
    assert_eq!(standing(&host), (true, false));
    for _ in 0..2 {
        let output = Json::parse(r#"{ "ExecutionArn": "arn" }"#).unwrap();
        host.on(Occurrence::TaskSubmitted { task, output });
        assert_eq!(standing(&host), (true, true));
    }
    host.succeed(task, "2");
    assert_eq!(
        host.history()[1..5],
        ["TaskScheduled<2", "TaskStarted<3", "TaskSubmitted<4", "TaskSucceeded<5"]
    );
    let names = json!({ "resourceType": "states", "resource": "startExecution.sync:2" });
    for (id, output) in [(4, None), (5, Some(r#"{"ExecutionArn":"arn"}"#)), (6, Some("2"))] {
        let mut expected = names.clone();
        if let Some(output) = output {
            expected["output"] = output.into();
            expected["outputDetails"] = json!({ "truncated": false });
        }
        assert_eq!(host.details(id), expected);
    }
}

#[test]
fn the_answer_to_a_request_is_no_larger_than_other_data() {
    let state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "End": true,
    });
    let mut host = Host::state(state, "{}");
    let task = host.task().task;
    let output = serde_json::Value::from("a".repeat(MAX_PAYLOAD)).into();
    host.on(Occurrence::TaskSubmitted { task, output });
    assert!(host.tasks.is_empty(), "it was cancelled");
    assert_eq!(host.history()[2..4], ["TaskStarted<3", "TaskFailed<4"]);
    assert_eq!(host.failure().0, "States.DataLimitExceeded");
}

const ACTIVITY: &str = "arn:aws:states:eu-west-1:1:activity:a";

#[test]
fn an_activity_has_a_worker() {
    let state = json!({ "Type": "Task", "Resource": ACTIVITY, "End": true });
    let mut host = Host::state(state, "{}");
    let run = host.task().clone();
    let token = Token::parse(&run.task_token.unwrap()).unwrap();
    assert!(token.verify(&key()));
    assert_eq!(token.task, run.task);
    host.on(Occurrence::TaskStarted { task: run.task, worker_name: Some("w".into()) });
    host.succeed(run.task, "1");
    assert_eq!(
        host.history()[1..4],
        ["ActivityScheduled<2", "ActivityStarted<3", "ActivitySucceeded<4"]
    );
    assert_eq!(host.details(4), json!({ "workerName": "w" }));
}

#[test]
fn an_activity_that_is_gone_ends_the_execution() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": {
            "Type": "Task", "Resource": ACTIVITY, "End": true,
            "Retry": [{ "ErrorEquals": ["States.ALL"] }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "S" }],
        },
    }});
    let machine = StateMachine::parse(&definition.to_string()).unwrap().machine;
    let missing_activities: Vec<_> = activities(&machine).cloned().collect();
    assert_eq!(missing_activities, [ACTIVITY.into()]);
    let setting = Setting { machine: &machine, missing_activities: &missing_activities };
    let at = START.parse().unwrap();
    let (execution, step) = Execution::start(setting, identity(), &key(), Json::empty(), at);
    let types: Vec<_> = step.events.iter().map(|event| event.details.type_name()).collect();
    assert_eq!(types, ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
    assert_eq!(step.events[2].previous_event_id, 2);
    let failure = json!({
        "error": "States.Runtime",
        "cause": format!(
            "An error occurred while executing the state 'S' (entered at the event id #2). The \
             activity {ACTIVITY} does not exist."
        ),
    });
    let outcome = serde_json::to_value(execution.outcome()).unwrap();
    assert_eq!(outcome, json!({ "Failed": failure }));
}

#[test]
fn selects_and_places_its_result() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:p/t", "ResultSelector": { "id.$": "$.id" },
        "ResultPath": "$.r", "OutputPath": "$.r", "End": true,
    });
    let mut host = Host::state(state, r#"{"a":1}"#);
    let task = host.task().task;
    host.succeed(task, r#"{"id":1,"more":2}"#);
    assert_eq!(host.output(), r#"{"id":1}"#);
}

#[test]
fn the_context_object_tells_of_execution_and_state() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:p/t", "Parameters": { "c.$": "$$" }, "End": true,
    });
    let host = Host::state(state, r#"{"a":1}"#);
    let time = START.replace('Z', ".000Z");
    assert_eq!(
        host.task().input.value()["c"],
        json!({
            "Execution": {
                "Id": "arn:aws:states:eu-west-1:1:execution:machine:run",
                "Input": { "a": 1 },
                "StartTime": time,
                "Name": "run",
                "RoleArn": "arn:aws:iam::1:role/role",
                "RedriveCount": 0,
            },
            "StateMachine": {
                "Id": "arn:aws:states:eu-west-1:1:stateMachine:machine",
                "Name": "machine",
            },
            "State": { "Name": "S", "EnteredTime": time, "RetryCount": 0 },
        })
    );
}

#[test]
fn takes_some_time_at_least() {
    for field in ["TimeoutSeconds", "HeartbeatSeconds"] {
        for seconds in [0, -1, 100_000_000] {
            let mut state = json!({ "Type": "Task", "Resource": "wasm:p/t", "End": true });
            state[format!("{field}Path")] = "$.s".into();
            let host = Host::state(state, &json!({ "s": seconds }).to_string());
            let (error, cause) = host.failure();
            assert_eq!(error, "States.Runtime");
            let expected = format!("{field} must be from 1 to 99999999, but is {seconds}.");
            assert!(cause.ends_with(&expected), "{cause}");
        }
    }
}
