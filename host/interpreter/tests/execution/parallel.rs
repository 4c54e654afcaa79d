use serde_json::{Value, json};

use crate::driver::Host;

fn branch(name: &str, state: Value) -> Value {
    json!({ "StartAt": name, "States": { name: state } })
}

fn task(name: &str) -> Value {
    let resource = format!("wasm:p/{name}");
    branch(
        name,
        json!({
            "Type": "Task", "Resource": resource, "Parameters": name, "End": true,
        }),
    )
}

#[test]
fn branches_take_turns_and_end_in_an_array() {
    let state = json!({ "Type": "Parallel", "Branches": [
        branch("A", json!({ "Type": "Pass", "Result": 1, "End": true })),
        branch("B", json!({ "Type": "Pass", "Result": 2, "End": true })),
    ], "End": true });
    let host = Host::state(state, "{}");
    assert_eq!(host.output(), "[1,2]");
    assert_eq!(
        host.history(),
        [
            "ParallelStateEntered<0",
            "ParallelStateStarted<2",
            "PassStateEntered<3",
            "PassStateExited<4",
            "PassStateEntered<3",
            "PassStateExited<6",
            "ParallelStateSucceeded<7",
            "ParallelStateExited<7",
            "ExecutionSucceeded<9"
        ]
    );
}

#[test]
fn results_stand_in_the_order_of_the_definition() {
    let state = json!({ "Type": "Parallel", "Branches": [task("A"), task("B")], "End": true });
    let mut host = Host::state(state, "{}");
    host.succeed(host.task_of(r#""B""#), "2");
    host.succeed(host.task_of(r#""A""#), "1");
    assert_eq!(host.output(), "[1,2]");
}

#[test]
fn a_branch_that_fails_takes_the_others_down() {
    let wait = branch("W", json!({ "Type": "Wait", "Seconds": 60, "End": true }));
    let state = json!({
        "Type": "Parallel", "Branches": [task("A"), task("B"), wait], "End": true,
    });
    let mut host = Host::state(state, "{}");
    host.fail(host.task_of(r#""A""#), "E");
    assert_eq!(host.failure(), ("E", "why"));
    let failed = host.events.iter().position(|it| it.details.type_name() == "TaskFailed").unwrap();
    assert_eq!(
        host.history()[failed..],
        [
            "TaskStateAborted<11",
            "TaskStateAborted<11",
            "WaitStateAborted<11",
            "ParallelStateFailed<11",
            "ExecutionFailed<15"
        ]
        .map(|event| event
            .replace("<11", &format!("<{}", failed + 1))
            .replace("<15", &format!("<{}", failed + 5)))
    );
}

#[test]
fn is_retried_as_a_whole() {
    let state = json!({ "Type": "Parallel", "Branches": [
        branch("F", json!({ "Type": "Fail", "Error": "E" })),
    ], "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }], "End": true });
    let mut host = Host::state(state, "{}");
    host.fire();
    assert_eq!(host.failure().0, "E");
    assert_eq!(
        host.history(),
        [
            "ParallelStateEntered<0",
            "ParallelStateStarted<2",
            "FailStateEntered<3",
            "ParallelStateStarted<4",
            "FailStateEntered<5",
            "ParallelStateFailed<6",
            "ExecutionFailed<7"
        ]
    );
}

#[test]
fn nested_branches_are_aborted_too() {
    let inner = branch("P", json!({ "Type": "Parallel", "Branches": [task("B")], "End": true }));
    let state = json!({ "Type": "Parallel", "Branches": [task("A"), inner], "End": true });
    let mut host = Host::state(state, "{}");
    host.fail(host.task_of(r#""A""#), "E");
    assert!(host.history().iter().any(|event| event.starts_with("ParallelStateAborted")));
    assert_eq!(host.failure().0, "E");
}

#[test]
fn a_catcher_may_call_the_error_of_any_branch_branch_failed() {
    let state = json!({
        "Type": "Parallel",
        "Branches": [branch("A", json!({ "Type": "Fail", "Error": "E", "Cause": "c" }))],
        "Catch": [{ "ErrorEquals": ["States.BranchFailed"], "Next": "T" }],
        "End": true,
    });
    let states = json!({ "S": state, "T": { "Type": "Succeed" } });
    let host = Host::start(&json!({ "StartAt": "S", "States": states }), "{}");
    assert_eq!(host.output(), r#"{"Error":"E","Cause":"c"}"#);
}
