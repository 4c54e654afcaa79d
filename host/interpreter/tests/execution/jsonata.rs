use serde_json::{Value, json};

use crate::driver::Host;

fn start(mut definition: Value, input: &str) -> Host {
    definition["QueryLanguage"] = "JSONata".into();
    Host::start(&definition, input)
}

fn state(state: Value, input: &str) -> Host {
    start(json!({ "StartAt": "S", "States": { "S": state } }), input)
}

#[test]
fn arguments_and_output() {
    let mut host = state(
        json!({
            "Type": "Task", "Resource": "wasm:p/t",
            "Arguments": { "sum": "{% $sum($states.input.items) %}" },
            "TimeoutSeconds": "{% $states.input.items[0] %}",
            "Output": { "result": "{% $states.result.r %}", "input": "{% $states.input %}" },
            "End": true,
        }),
        r#"{"items":[5,6]}"#,
    );
    assert_eq!(host.task().input.text(), r#"{"sum":11}"#);
    assert_eq!(host.details(3)["timeoutInSeconds"], 5);
    host.succeed(host.task().task, r#"{"r":1}"#);
    assert_eq!(host.output(), r#"{"result":1,"input":{"items":[5,6]}}"#);
}

#[test]
fn conditions_of_a_choice() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": { "Type": "Choice", "Choices": [{
            "Condition": "{% $states.input.a > 1 %}", "Next": "Yes",
            "Output": "{% $states.input.a %}", "Assign": { "seen": true },
        }], "Default": "No" },
        "Yes": { "Type": "Pass", "Output": ["{% $states.input %}", "{% $seen %}"], "End": true },
        "No": { "Type": "Pass", "End": true },
    }});
    assert_eq!(start(definition.clone(), r#"{"a":2}"#).output(), "[2,true]");
    assert_eq!(start(definition, r#"{"a":1}"#).output(), r#"{"a":1}"#);
}

#[test]
fn a_condition_must_be_a_boolean() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": { "Type": "Choice", "Choices": [
            { "Condition": "{% $states.input.a %}", "Next": "N" },
        ], "Default": "N" },
        "N": { "Type": "Pass", "End": true },
    }});
    assert_eq!(
        start(definition, r#"{"a":2}"#).failure(),
        (
            "States.QueryEvaluationError",
            "An error occurred while executing the state 'S' (entered at the event id #2). The \
             JSONata expression '$states.input.a' specified for the field 'Choices[0]/Condition' \
             returned an unexpected result type. Expected 'boolean', but was 'number' for value: 2"
        )
    );
}

#[test]
fn what_is_undefined_is_told_by_an_event() {
    let host =
        state(json!({ "Type": "Pass", "Output": { "x": "{% $none %}" }, "End": true }), "{}");
    assert_eq!(
        host.history(),
        // It does not follow from the state's entry: AWS records both at once.
        ["PassStateEntered<0", "EvaluationFailed<0", "ExecutionFailed<3"]
    );
    assert_eq!(
        host.details(3),
        json!({
            "error": "States.QueryEvaluationError",
            "cause": "An error occurred while executing the state 'S' (entered at the event id \
                      #2). The JSONata expression '$none' specified for the field 'Output/x' \
                      returned nothing (undefined).",
            "location": "Output/x",
            "state": "S",
        })
    );
}

#[test]
fn it_can_be_caught() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": {
            "Type": "Task", "Resource": "wasm:p/t", "Output": "{% $none %}",
            "Catch": [{
                "ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught",
                "Output": "{% $states.errorOutput.Error %}",
            }],
            "End": true,
        },
        "Caught": { "Type": "Pass", "End": true },
    }});
    let mut host = start(definition, "{}");
    host.succeed(host.task().task, "1");
    assert_eq!(host.output(), r#""States.QueryEvaluationError""#);
    assert_eq!(
        host.history()[3..6],
        ["TaskSucceeded<4", "EvaluationFailed<5", "TaskStateExited<6"]
    );
}

#[test]
fn items_of_a_map() {
    let map = |items: Value| {
        json!({
            "Type": "Map", "Items": items,
            "ItemSelector": { "k": "{% $states.context.Map.Item %}" },
            "ItemProcessor": { "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } },
            "End": true,
        })
    };
    let host = state(map(json!({ "a": "{% 1 + 1 %}" })), "{}");
    assert_eq!(host.output(), r#"[{"k":{"Index":0,"Value":2,"Source":"STATE_DATA","Key":"a"}}]"#);
    let host = state(map(json!("{% 5 %}")), "{}");
    assert!(host.failure().1.ends_with(
        "The JSONata expression '5' specified for the field 'Items' returned an unexpected result \
         type. Expected 'array', but was 'number' for value: 5"
    ));
    assert_eq!(
        host.history()[1..],
        ["EvaluationFailed<0", "MapStateFailed<3", "ExecutionFailed<4"]
    );
}

#[test]
fn random_numbers_are_those_of_the_execution() {
    let draw = || {
        let host = state(
            json!({ "Type": "Pass", "Output": "{% [$uuid(), $random()] %}", "End": true }),
            "{}",
        );
        host.output().to_owned()
    };
    assert_eq!(draw(), draw());
}
