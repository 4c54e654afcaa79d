use serde_json::{Value, json};

use crate::driver::Host;

fn choose(choices: Value, default: bool, input: &str) -> Host {
    let mut choice = json!({ "Type": "Choice", "Choices": choices });
    if default {
        choice["Default"] = "No".into();
    }
    Host::start(
        &json!({ "StartAt": "S", "States": {
            "S": choice,
            "Yes": { "Type": "Pass", "Result": "yes", "End": true },
            "No": { "Type": "Pass", "Result": "no", "End": true },
        }}),
        input,
    )
}

#[test]
fn the_first_rule_that_holds_decides() {
    let rules = json!([
        { "Variable": "$.a", "NumericGreaterThan": 5, "Next": "No" },
        { "Variable": "$.a", "NumericEquals": 5.0, "Next": "Yes" },
    ]);
    let host = choose(rules, true, r#"{"a":5}"#);
    assert_eq!(host.output(), r#""yes""#);
    assert_eq!(host.history()[..2], ["ChoiceStateEntered<0", "ChoiceStateExited<2"]);
}

#[test]
fn a_value_of_another_type_does_not_compare() {
    let rules = json!([{ "Variable": "$.a", "StringEquals": "5", "Next": "Yes" }]);
    assert_eq!(choose(rules, true, r#"{"a":5}"#).output(), r#""no""#);
}

#[test]
fn conditions_combine() {
    let rules = json!([{ "And": [
        { "Not": { "Variable": "$.a", "IsPresent": true } },
        { "Or": [
            { "Variable": "$.b", "IsNull": true },
            { "Variable": "$.b", "StringMatches": "x*z" },
        ]},
    ], "Next": "Yes" }]);
    assert_eq!(choose(rules.clone(), true, r#"{"b":"xyz"}"#).output(), r#""yes""#);
    assert_eq!(choose(rules, true, r#"{"a":1,"b":null}"#).output(), r#""no""#);
}

#[test]
fn without_a_match_and_a_default_the_execution_fails() {
    let rules = json!([{ "Variable": "$.a", "IsPresent": true, "Next": "Yes" },
                       { "Variable": "$.b", "IsPresent": true, "Next": "No" }]);
    let host = choose(rules, false, "{}");
    let (error, cause) = host.failure();
    assert_eq!(error, "States.NoChoiceMatched");
    assert!(cause.starts_with("An error occurred while executing the state 'S'"), "{cause}");
}

#[test]
fn a_variable_that_is_not_there_ends_the_execution() {
    let rules = json!([{ "Variable": "$.a", "NumericEquals": 1, "Next": "Yes" }]);
    assert_eq!(
        choose(rules, true, "{}").failure(),
        (
            "States.Runtime",
            "An error occurred while executing the state 'S' (entered at the event id #2). \
             Invalid path '$.a': The choice state's condition path references an invalid value."
        )
    );
}
