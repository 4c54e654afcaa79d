use serde_json::json;

use crate::driver::Host;

#[test]
fn hands_its_input_on() {
    let host = Host::state(json!({ "Type": "Pass", "End": true }), r#"{ "a": 1 }"#);
    assert_eq!(host.history(), ["PassStateEntered<0", "PassStateExited<2", "ExecutionSucceeded<3"]);
    assert_eq!(host.output(), r#"{"a":1}"#);
}

#[test]
fn keeps_the_text_of_the_input_until_the_first_state_is_left() {
    let host = Host::state(json!({ "Type": "Pass", "End": true }), r#"{ "a": 1 }"#);
    assert_eq!(host.details(1)["input"], r#"{ "a": 1 }"#);
    assert_eq!(host.details(2)["input"], r#"{ "a": 1 }"#);
    assert_eq!(host.details(3)["output"], r#"{"a":1}"#);
}

#[test]
fn puts_its_result_into_the_input() {
    let state = json!({ "Type": "Pass", "Result": [1], "ResultPath": "$.b.c", "End": true });
    assert_eq!(Host::state(state, r#"{"a":1}"#).output(), r#"{"a":1,"b":{"c":[1]}}"#);
}

#[test]
fn paths_that_are_null_stand_for_an_empty_object() {
    let state = json!({ "Type": "Pass", "InputPath": null, "End": true });
    assert_eq!(Host::state(state, r#"{"a":1}"#).output(), "{}");
    let state = json!({ "Type": "Pass", "OutputPath": null, "End": true });
    assert_eq!(Host::state(state, r#"{"a":1}"#).output(), "{}");
    let state = json!({ "Type": "Pass", "Result": 1, "ResultPath": null, "End": true });
    assert_eq!(Host::state(state, r#"{"a":1}"#).output(), r#"{"a":1}"#);
}

#[test]
fn all_fields_in_their_order() {
    let state = json!({
        "Type": "Pass", "InputPath": "$.in", "Parameters": { "x.$": "$.a" },
        "ResultPath": "$.out", "OutputPath": "$.out", "End": true,
    });
    assert_eq!(Host::state(state, r#"{"in":{"a":1}}"#).output(), r#"{"x":1}"#);
}

#[test]
fn ten_states_are_one_step() {
    let mut states = serde_json::Map::new();
    for index in 0..10 {
        states.insert(
            format!("S{index}"),
            match index {
                9 => json!({ "Type": "Pass", "End": true }),
                _ => json!({ "Type": "Pass", "Next": format!("S{}", index + 1) }),
            },
        );
    }
    let host = Host::start(&json!({ "StartAt": "S0", "States": states }), "{}");
    assert_eq!(host.events.len(), 22);
    assert_eq!(host.output(), "{}");
}

#[test]
fn a_path_that_selects_nothing_ends_the_execution() {
    let state = json!({ "Type": "Pass", "InputPath": "$.a", "End": true });
    let host = Host::state(state, "{}");
    assert_eq!(
        host.failure(),
        (
            "States.Runtime",
            "An error occurred while executing the state 'S' (entered at the event id #2). \
             Invalid path '$.a' : No results for path: $['a']"
        )
    );
    assert_eq!(host.history(), ["PassStateEntered<0", "ExecutionFailed<2"]);
}

/// Parts of the context object are looked up where they lie; all of it is made only for who asks
/// for all of it. Both must say the same.
#[test]
fn parts_of_the_context_object_are_those_of_the_whole() {
    let input = r#"{"a":[1,{"b":2}],"n":"x"}"#;
    let paths = [
        "$$.Execution.Input.a[1].b",
        "$$['Execution']['Input']['n']",
        "$$.Execution.Input.a[*]",
        "$$.Execution.Input.a[?(@.b == $.Execution.Input.a[1].b)].b",
        "$$.Execution.Input.a.length()",
        "$$.Execution.Name",
        "$$.State.Name",
        "$$..b",
    ];
    let template: serde_json::Map<_, _> =
        paths.iter().enumerate().map(|(at, path)| (format!("{at}.$"), json!(path))).collect();
    let state = json!({ "Type": "Pass", "Parameters": template, "End": true });
    assert_eq!(
        Host::state(state, input).output(),
        r#"{"0":2,"1":"x","2":[1,{"b":2}],"3":[2],"4":2,"5":"run","6":"S","7":[2]}"#
    );
    let whole = json!({ "Type": "Pass", "Parameters": { "c.$": "$$" }, "OutputPath": "$.c.Execution.Input", "End": true });
    assert_eq!(Host::state(whole, input).output(), input);

    let expressions = json!([
        "{% $states.context.Execution.Input.a[1].b %}",
        "{% $states.context.Execution.Name %}",
        "{% $states.context.State.Name %}",
        "{% $states.context.Execution.(Input.n & Name) %}",
        "{% $states.context.**.b %}",
        "{% $exists($states.context.Nothing) %}",
    ]);
    let state =
        json!({ "Type": "Pass", "QueryLanguage": "JSONata", "Output": expressions, "End": true });
    assert_eq!(Host::state(state, input).output(), r#"[2,"run","S","xrun",2,false]"#);
}

#[test]
fn what_is_missing_in_the_context_object_is_told_with_its_whole_path() {
    let start = |path: &str| {
        let state = json!({ "Type": "Pass", "InputPath": path, "End": true });
        Host::state(state, r#"{"a":1}"#).failure().1.to_owned()
    };
    assert!(start("$$.Execution.Input.b.c").ends_with(
        "Invalid path '$$.Execution.Input.b.c' : Missing property in path \
         $['Execution']['Input']['b']"
    ));
    assert!(start("$$.Execution.Input.b").ends_with(
        "Invalid path '$$.Execution.Input.b' : No results for path: \
         $['Execution']['Input']['b']"
    ));
}
