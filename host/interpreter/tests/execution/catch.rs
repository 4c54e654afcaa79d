use serde_json::{Value, json};

use crate::driver::Host;

fn start(catch: Value, input: &str) -> Host {
    Host::start(
        &json!({ "StartAt": "S", "States": {
            "S": { "Type": "Task", "Resource": "wasm:p/t", "Catch": catch, "End": true },
            "Caught": { "Type": "Pass", "End": true },
        }}),
        input,
    )
}

#[test]
fn goes_on_with_the_error_output() {
    let mut host = start(
        json!([
            { "ErrorEquals": ["Other"], "Next": "Caught" },
            { "ErrorEquals": ["States.TaskFailed"], "Next": "Caught" },
        ]),
        "{}",
    );
    let task = host.task().task;
    host.fail(task, "E");
    assert_eq!(host.output(), r#"{"Error":"E","Cause":"why"}"#);
    assert_eq!(
        host.history()[3..],
        [
            "TaskFailed<4",
            "TaskStateExited<5",
            "PassStateEntered<6",
            "PassStateExited<7",
            "ExecutionSucceeded<8"
        ]
    );
}

#[test]
fn places_it_in_the_input() {
    let catch = json!([{ "ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "Caught" }]);
    let mut host = start(catch, r#"{"a":1}"#);
    let task = host.task().task;
    host.fail(task, "E");
    assert_eq!(host.output(), r#"{"a":1,"error":{"Error":"E","Cause":"why"}}"#);
}

#[test]
fn a_timeout_is_no_failed_task() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": { "Type": "Task", "Resource": "wasm:p/t", "TimeoutSeconds": 1, "Catch": [
            { "ErrorEquals": ["States.TaskFailed"], "Next": "Caught" },
        ], "End": true },
        "Caught": { "Type": "Pass", "End": true },
    }});
    let mut host = Host::start(&definition, "{}");
    host.fire();
    assert_eq!(host.failure().0, "States.Timeout");
}

#[test]
fn sets_variables() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": { "Type": "Task", "Resource": "wasm:p/t", "Catch": [
            { "ErrorEquals": ["E"], "Assign": { "error.$": "$.Error" }, "Next": "Caught" },
        ], "End": true },
        "Caught": { "Type": "Pass", "Parameters": { "was.$": "$error" }, "End": true },
    }});
    let mut host = Host::start(&definition, "{}");
    let task = host.task().task;
    host.fail(task, "E");
    assert_eq!(host.output(), r#"{"was":"E"}"#);
}
