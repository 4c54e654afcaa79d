//! The text of every finding, with its place and what to do about it.

use stepwell_asl::{Diagnostic, StateMachine, definition::Type};

/// The findings about a definition, in a form that can be read.
fn told(text: &str) -> String {
    let findings = match StateMachine::parse(text) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    };
    findings.iter().map(|finding| one(text, finding)).collect::<Vec<_>>().join("\n")
}

/// `SEVERITY CODE location `text`: message | help`.
fn one(text: &str, finding: &Diagnostic) -> String {
    let json =
        |name: serde_json::Result<serde_json::Value>| name.unwrap().as_str().unwrap().to_owned();
    format!(
        "{} {} {} `{}`: {} | {}",
        json(serde_json::to_value(finding.severity)),
        json(serde_json::to_value(finding.code)),
        finding.location.as_deref().unwrap_or("-"),
        finding.span.clone().map_or("", |span| &text[span]),
        finding.message,
        finding.help.as_deref().unwrap_or("-"),
    )
}

#[track_caller]
fn assert_told(text: &str, expected: &str) {
    let lines =
        |text: &str| text.trim().lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let actual = told(text);
    assert_eq!(lines(&actual), lines(expected), "{text}\n{actual}");
}

#[test]
fn tells_ten_mistakes_at_once() {
    assert_told(
        r#"{
  "Comment": "Charges an order",
  "StartAt": "Chekc",
  "TimeoutSeconds": 0,
  "States": {
    "Check": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.total", "NumericGreaterThn": 100, "Next": "Charge" }],
      "Default": "Done"
    },
    "Charge": {
      "Type": "Task",
      "Resource": "arn:aws:lamda:us-east-1:123456789012:function:charge",
      "Parameters": { "amount.$": "total" },
      "Retry": [{ "ErrorEquals": ["Payments.Declined"], "MaxAttempts": -1 }],
      "ResultPth": "$.receipt",
      "Next": "Wiat"
    },
    "Wait": { "Type": "Wait", "Timestamp": "tomorrow", "Next": "Done" },
    "Done": { "Type": "Succed" }
  }
}"#,
        r#"
        ERROR MISSING_TRANSITION_TARGET /StartAt `"Chekc"`: Missing 'StartAt' target: Chekc | Did you mean "Check"?
        ERROR SCHEMA_VALIDATION_FAILED /TimeoutSeconds `0`: Value must be between 1 and 99999999 | 0 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/Check/Choices[0]/NumericGreaterThn `"NumericGreaterThn"`: Field 'NumericGreaterThn' is not supported | Did you mean "NumericGreaterThan"?
        ERROR SCHEMA_VALIDATION_FAILED /States/Charge/Resource `"arn:aws:lamda:us-east-1:123456789012:function:charge"`: Value is not a valid resource ARN | "arn:aws:lamda:us-east-1:123456789012:function:charge" is none of the forms: wasm:PLUGIN/TASK[@VERSION][?fuel=N&memory=SIZE], arn:aws:lambda:REGION:ACCOUNT:function:NAME, arn:aws:states:::SERVICE:ACTION[.sync|.sync:2|.waitForTaskToken], arn:aws:states:REGION:ACCOUNT:activity:NAME.
        ERROR SCHEMA_VALIDATION_FAILED /States/Charge/Parameters/amount.$ `"total"`: The value for the field 'amount.$' must be a valid JSONPath or a valid intrinsic function call | Begin with $ (the input), $$ (the context object), a $variable, or States. (an intrinsic function).
        ERROR SCHEMA_VALIDATION_FAILED /States/Charge/Retry[0]/MaxAttempts `-1`: Value must be between 0 and 99999999 | -1 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/Charge/ResultPth `"ResultPth"`: Field 'ResultPth' is not supported | Did you mean "ResultPath"?
        ERROR MISSING_TRANSITION_TARGET /States/Charge/Next `"Wiat"`: Missing 'Next' target: Wiat | Did you mean "Wait"?
        ERROR SCHEMA_VALIDATION_FAILED /States/Wait/Timestamp `"tomorrow"`: String does not match RFC3339 timestamp | Write it as 2026-03-14T01:59:00Z, with the T, and with the Z or an offset.
        ERROR SCHEMA_VALIDATION_FAILED /States/Done/Type `"Succed"`: Value must be one of [Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map] | Did you mean "Succeed"?
        "#,
    );
}

#[test]
fn asks_for_required_fields() {
    assert_told(
        r#"{}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED / `{`: These fields are required: [States, StartAt] | Add them.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A"}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED / `{`: These fields are required: [States] | Add the field "States".
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States `{}`: Value cannot be empty | Add at least one state.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Next": "B"}, "B": {"Type": "Task", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: These fields are required: [Type] | Add the field "Type".
        ERROR SCHEMA_VALIDATION_FAILED /States/B `"B"`: These fields are required: [Resource] | Add the field "Resource".
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass"}, "B": {"Type": "Parallel", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Exactly one of these fields is required: [Next, End] | Add one of them.
        ERROR SCHEMA_VALIDATION_FAILED /States/B `"B"`: These fields are required: [Branches] | Add the field "Branches".
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Exactly one of these fields is required: [ItemProcessor, Iterator] | Add one of them.
        "#,
    );
}

#[test]
fn refuses_what_is_no_object() {
    assert_told(
        r#" "#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED - ``: Definition must be a valid JSON object | Begin with { "StartAt": ..., "States": { ... } }.
        "#,
    );
    assert_told(
        r#"[]"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED - ``: Definition must be a valid JSON object | Begin with { "StartAt": ..., "States": { ... } }.
        "#,
    );
    assert_told(
        r#""text""#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED - ``: Definition must be a valid JSON object | Begin with { "StartAt": ..., "States": { ... } }.
        "#,
    );
}

#[test]
fn tells_syntax_errors_as_jackson_does() {
    assert_told(
        r#"not a definition"#,
        r#"
        ERROR INVALID_JSON_DESCRIPTION [Source: (String)"not a definition"; line: 1, column: 4] `not`: Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
        at [Source: (String)"not a definition"; line: 1, column: 4] | Definitions are strict JSON: no comments, no trailing commas.
        "#,
    );
    assert_told(
        r#"{"StartAt": tru}"#,
        r#"
        ERROR INVALID_JSON_DESCRIPTION [Source: (String)"{"StartAt": tru}"; line: 1, column: 16] `tru`: Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
        at [Source: (String)"{"StartAt": tru}"; line: 1, column: 16] | Definitions are strict JSON: no comments, no trailing commas.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A",}"#,
        r#"
        ERROR INVALID_JSON_DESCRIPTION [Source: (String)"{"StartAt": "A",}"; line: 1, column: 18] `}`: trailing comma
        at [Source: (String)"{"StartAt": "A",}"; line: 1, column: 18] | Definitions are strict JSON: no comments, no trailing commas.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A" // comment
}"#,
        r#"
        ERROR INVALID_JSON_DESCRIPTION [Source: (String)"{"StartAt": "A" // comment
        }"; line: 1, column: 18] `/`: expected `,` or `}`
        at [Source: (String)"{"StartAt": "A" // comment
        }"; line: 1, column: 18] | Definitions are strict JSON: no comments, no trailing commas.
        "#,
    );
    assert_told(
        r#"{"StartAt": "#,
        r#"
        ERROR INVALID_JSON_DESCRIPTION [Source: (String)"{"StartAt": "; line: 1, column: 13] ` `: EOF while parsing a value
        at [Source: (String)"{"StartAt": "; line: 1, column: 13] | Definitions are strict JSON: no comments, no trailing commas.
        "#,
    );
}

#[test]
fn refuses_duplicate_keys() {
    assert_told(
        r#"{"StartAt": "A", "StartAt": "A", "States": {"A": {"Type": "Fail"}, "A": {"Type": "Fail"}}}"#,
        r#"
        ERROR INVALID_JSON_DESCRIPTION /StartAt `"StartAt"`: Duplicate field 'StartAt' | Remove one of the two.
        ERROR INVALID_JSON_DESCRIPTION /States/A `"A"`: Duplicate field 'A' | Remove one of the two.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": [{"b": 1, "b.$": "$.b"}], "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Parameters[0]/b.$ `"b.$"`: Duplicate field 'b' | It is there with and without the ".$" of a path. Remove one of the two.
        "#,
    );
}

#[test]
fn checks_the_version_and_the_names_of_states() {
    assert_told(
        r#"{"Version": "2.0", "StartAt": "", "States": {"": {"Type": "Fail"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /Version `"2.0"`: Value is not a supported version | "1.0" is the only version there is.
        ERROR SCHEMA_VALIDATION_FAILED /States/ `""`: State name '' must have 1 to 80 characters | Choose a name of that length. A Comment can say more.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": 5}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `5`: Expected value of type Object | This is a number.
        "#,
    );
}

#[test]
fn checks_transitions() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}"#,
        r#"
        ERROR MISSING_END_STATE - `{`: Workflow has no terminal state | Add "End": true to the last state, or a Succeed or Fail state.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "Next": "A"}}}"#,
        r#"
        ERROR MISSING_TRANSITION_TARGET /States/B `"B"`: State "B" is not reachable. | Let a state name it as Next, or remove it.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": false}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/End `false`: Value must be true | Write "End": true, or name the state that is Next.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [Next, End] | Remove Next or End.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Catch": [{"ErrorEquals": ["X"], "Next": "Handle"}], "End": true}}}"#,
        r#"
        ERROR MISSING_TRANSITION_TARGET /States/A/Catch[0]/Next `"Handle"`: Missing 'Next' target: Handle | A transition stays within its workflow: name one of the states beside it.
        "#,
    );
}

#[test]
fn keeps_transitions_within_their_workflow() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "Last"}}}], "Next": "Last"}, "Last": {"Type": "Succeed"}}}"#,
        r#"
        ERROR MISSING_END_STATE /States/A/Branches[0] `{`: Workflow has no terminal state | Add "End": true to the last state, or a Succeed or Fail state.
        ERROR MISSING_TRANSITION_TARGET /States/A/Branches[0]/States/B/Next `"Last"`: Missing 'Next' target: Last | A transition stays within its workflow: name one of the states beside it.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "B"}}}, "End": true}}}"#,
        r#"
        ERROR MISSING_END_STATE /States/A/ItemProcessor `"ItemProcessor"`: Workflow has no terminal state | Add "End": true to the last state, or a Succeed or Fail state.
        "#,
    );
}

#[test]
fn wants_names_to_be_unique_in_the_machine() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Fail"}}}, {"StartAt": "B", "States": {"B": {"Type": "Fail"}}}]}}}"#,
        r#"
        ERROR DUPLICATE_STATE_NAME /States/A/Branches[1]/States/B `"B"`: Duplicate State name: B | Names are unique in the whole machine, branches and item processors included.
        "#,
    );
}

#[test]
fn keeps_the_query_languages_apart() {
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine | Remove it here, or set JSONata in the states that want it and not for the machine.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "InputPath": "$.a", "Parameters": {}, "ResultSelector": {}, "ResultPath": "$", "OutputPath": "$", "TimeoutSecondsPath": "$.b", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/InputPath `"InputPath"`: Field 'InputPath' is not supported | JSONata states read $states.input in their expressions instead.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Parameters `"Parameters"`: Field 'Parameters' is not supported | A JSONata state has Arguments (a Map has ItemSelector).
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultSelector `"ResultSelector"`: Field 'ResultSelector' is not supported | A JSONata state has Output.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultPath `"ResultPath"`: Field 'ResultPath' is not supported | A JSONata state has Output, or keeps the result with Assign.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/OutputPath `"OutputPath"`: Field 'OutputPath' is not supported | A JSONata state has Output.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/TimeoutSecondsPath `"TimeoutSecondsPath"`: Field 'TimeoutSecondsPath' is not supported | A JSONata state has the field without "Path", with an expression between {% and %}.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Arguments": {}, "Output": "{% 1 %}", "Next": "M"}, "M": {"Type": "Map", "Items": [], "ItemProcessor": {"StartAt": "B", "QueryLanguage": "JSONata", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Arguments `"Arguments"`: Field 'Arguments' is not supported | A JSONPath state has Parameters; or set "QueryLanguage": "JSONata".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Output `"Output"`: Field 'Output' is not supported | A JSONPath state has ResultSelector, ResultPath and OutputPath; or set "QueryLanguage": "JSONata".
        ERROR SCHEMA_VALIDATION_FAILED /States/M/Items `"Items"`: Field 'Items' is not supported | A JSONPath state has ItemsPath; or set "QueryLanguage": "JSONata".
        ERROR SCHEMA_VALIDATION_FAILED /States/M/ItemProcessor/QueryLanguage `"QueryLanguage"`: Field 'QueryLanguage' is not supported | Known here: Comment, ProcessorConfig, States, StartAt.
        "#,
    );
}

#[test]
fn checks_fields_of_their_type() {
    assert_told(
        r#"{"Comment": 1, "StartAt": [], "TimeoutSeconds": "1", "States": {"A": {"Type": "Pass", "End": "yes"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /Comment `1`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /StartAt `[]`: Expected value of type String | This is an array.
        ERROR SCHEMA_VALIDATION_FAILED /TimeoutSeconds `"1"`: Expected value of type Integer | This is a string.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/End `"yes"`: Expected value of type Boolean | This is a string.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": {}, "Retry": null, "Catch": "x", "Assign": 1, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Branches `{}`: Expected value of type Array | This is an object.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry `null`: Expected value of type Array | This is null.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch `"x"`: Expected value of type Array | This is a string.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Assign `1`: Expected value of type Object | This is a number.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": 1, "Cause": "a", "CausePath": "$.b"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [Cause, CausePath] | Remove Cause or CausePath.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Error `1`: Expected value of type String | This is a number.
        "#,
    );
}

#[test]
fn checks_retriers_and_catchers() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Retry": [
  {"ErrorEquals": []},
  {"ErrorEquals": ["States.ALL", "X"]},
  {"ErrorEquals": ["States.ALL"]},
  {"ErrorEquals": ["States.TimeOut"], "IntervalSeconds": 0, "MaxAttempts": 100000000, "BackoffRate": 0.5},
  {"ErrorEquals": [1], "IntervalSeconds": 10, "MaxDelaySeconds": 10, "JitterStrategy": "full"},
  {"MaxDelaySeconds": 31622400}
], "Catch": [{"ErrorEquals": ["X"], "Next": 5, "ResultPath": 5, "Output": 1}], "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[0]/ErrorEquals `[]`: Value cannot be empty | Put at least one element into the array.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[1]/ErrorEquals `["States.ALL", "X"]`: 'States.ALL' must appear alone in 'ErrorEquals' | It stands for all errors. Remove the other names.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[2]/ErrorEquals `["States.ALL"]`: 'States.ALL' must appear in the last element | It matches all errors, so what follows is never reached. Move it to the end.
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/ErrorEquals[0] `"States.TimeOut"`: There is no error 'States.TimeOut' | Did you mean "States.Timeout"?
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/IntervalSeconds `0`: Value must be between 1 and 99999999 | 0 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/MaxAttempts `100000000`: Value must be between 0 and 99999999 | 100000000 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/BackoffRate `0.5`: Value must be greater than or equal to 1 | 0.5 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[4]/ErrorEquals[0] `1`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[4]/MaxDelaySeconds `10`: 'MaxDelaySeconds' must be greater than 'IntervalSeconds' | The first delay is 10 s. Choose more than that.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[4]/JitterStrategy `"full"`: Value must be one of [FULL, NONE] | Did you mean "FULL"?
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[5] `{`: These fields are required: [ErrorEquals] | Add the field "ErrorEquals".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[5]/MaxDelaySeconds `31622400`: Value must be between 1 and 31622399 | 31622400 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch[0]/Next `5`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch[0]/ResultPath `5`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch[0]/Output `"Output"`: Field 'Output' is not supported | A JSONPath state has ResultSelector, ResultPath and OutputPath; or set "QueryLanguage": "JSONata".
        "#,
    );
}

#[test]
fn checks_tasks() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a", "TimeoutSeconds": 100000000, "HeartbeatSeconds": 0, "Credentials": {}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Resource `"wasm:a"`: Value is not a valid resource ARN | "a" does not name a task. Write wasm:PLUGIN/TASK, such as wasm:payments/charge.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/TimeoutSeconds `100000000`: Value must be between 1 and 99999999 | 100000000 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/HeartbeatSeconds `0`: Value must be between 1 and 99999999 | 0 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Credentials `"Credentials"`: The field 'RoleArn' is required but was missing | Add the field "RoleArn", or remove "Credentials".
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "HeartbeatSecondsPath": "$.h", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [HeartbeatSeconds, HeartbeatSecondsPath] | Remove HeartbeatSeconds or HeartbeatSecondsPath.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/HeartbeatSeconds `5`: 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds' | The task times out after 5 s. Choose less than that.
        "#,
    );
}

#[test]
fn checks_waits() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.a", "Next": "C"}, "C": {"Type": "Wait", "Seconds": 1.5, "Next": "D"}, "D": {"Type": "Wait", "Seconds": -1, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Exactly one of these fields is required: [Seconds, Timestamp, SecondsPath, TimestampPath] | Add one of them.
        ERROR SCHEMA_VALIDATION_FAILED /States/B `"B"`: Only one of these fields is allowed: [Seconds, Timestamp, SecondsPath, TimestampPath] | Remove Seconds or SecondsPath.
        ERROR SCHEMA_VALIDATION_FAILED /States/C/Seconds `1.5`: Expected value of type Integer | Give a whole number.
        ERROR SCHEMA_VALIDATION_FAILED /States/D/Seconds `-1`: Value must be between 0 and 99999999 | -1 is out of range.
        "#,
    );
}

#[test]
fn checks_choices() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [], "Default": "B"}, "B": {"Type": "Succeed"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices `[]`: Value cannot be empty | Put at least one element into the array.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Choice", "Choices": [
  {"Variable": "$.a", "Next": "B"},
  {"Variable": "$.a", "StringEquals": "a", "IsNull": true, "Next": "B"},
  {"Variable": "$.a", "StringEquals": 1},
  {"NumericEquals": "1", "Next": "B"},
  {"Variable": "$.a", "TimestampEquals": "now", "Next": "B"},
  {"Variable": "$.a", "And": [{"Variable": "$.a", "IsNull": 1, "Next": "B"}], "Next": "B"},
  {"Or": [], "Next": "B"}
]}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0] `{`: A choice rule requires one comparison operator | Add one, such as "StringEquals", or And, Or, Not.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[1] `{`: A choice rule allows only one comparison operator | Combine several with "And": [{...}, {...}].
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[2] `{`: These fields are required: [Next] | Add the field "Next".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[2]/StringEquals `1`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[3] `{`: These fields are required: [Variable] | Add the field "Variable".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[3]/NumericEquals `"1"`: Expected value of type Number | This is a string.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[4]/TimestampEquals `"now"`: String does not match RFC3339 timestamp | Write it as 2026-03-14T01:59:00Z, with the T, and with the Z or an offset.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[5]/Variable `"Variable"`: Field 'Variable' is not supported | The rules in And have Variables of their own.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[5]/And[0]/IsNull `1`: Expected value of type Boolean | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[5]/And[0]/Next `"Next"`: Field 'Next' is not supported | Remove it.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[6]/Or `[]`: Value cannot be empty | Put at least one element into the array.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}, {"Condition": "true", "Next": "B"}]}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0] `{`: These fields are required: [Condition] | Add the field "Condition".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0]/Variable `"Variable"`: Field 'Variable' is not supported | A rule of a JSONata state has a Condition.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0]/IsNull `"IsNull"`: Field 'IsNull' is not supported | Known here: Comment, Next, Assign, Condition, Output.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[1]/Condition `"true"`: JSONata expression must start with '{%' and end with '%}' | Put the whole expression between {% and %}, with nothing before or after them.
        "#,
    );
}

#[test]
fn checks_maps() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "MaxConcurrency": -1, "ToleratedFailurePercentage": 101, "ToleratedFailureCount": 1.5, "ItemSelector": {}, "Parameters": {}, "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [ItemSelector, Parameters] | Remove ItemSelector or Parameters.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/MaxConcurrency `-1`: Value must be greater than or equal to 0 | -1 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ToleratedFailurePercentage `101`: Value must be between 0 and 100 | 101 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ToleratedFailureCount `1.5`: Expected value of type Integer | Give a whole number.
        WARNING SCHEMA_VALIDATION_FAILED /States/A/ItemProcessor/ProcessorConfig/ExecutionType `"STANDARD"`: 'ExecutionType' has no effect | Only a Map whose Mode is DISTRIBUTED has one. Remove it.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Map", "Items": 5, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Items `5`: 'Items' must be an array, an object or a JSONata expression | Put the expression between {% and %}.
        "#,
    );
}

#[test]
fn refuses_distributed_maps() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "Label": "a b", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "XML", "MaxItems": 100000001}}, "ItemBatcher": {"MaxInputBytesPerBatch": 262145}, "ResultWriter": {}, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Label `"a b"`: Label contains invalid character: ' ' | Use letters, digits, - and _ in "a b".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/ReaderConfig/InputType `"XML"`: Value must be one of [CSV, JSON, JSONL, PARQUET, MANIFEST] | "XML" is none of them.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/ReaderConfig/MaxItems `100000001`: Value must be between 0 and 100000000 | 100000001 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemBatcher/MaxInputBytesPerBatch `262145`: Value must be between 0 and 262144 | 262145 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultWriter `"ResultWriter"`: These fields are required: [Resource] | Add the field "Resource".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemProcessor/ProcessorConfig `"ProcessorConfig"`: The field 'ExecutionType' is required but was missing | Add "ExecutionType": "STANDARD" or "EXPRESS".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemProcessor/ProcessorConfig/Mode `"Mode"`: Distributed Map is not supported by this version of Stepwell | Use an inline Map: "Mode": "INLINE", without ItemReader, ItemBatcher, ResultWriter and Label.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Iterator/ProcessorConfig/Mode `"Mode"`: Distributed Map is not supported by this version of Stepwell | Use an inline Map: "Mode": "INLINE", without ItemReader, ItemBatcher, ResultWriter and Label.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Iterator/ProcessorConfig/Mode `"Mode"`: Distributed Map is not supported by this version of Stepwell | Use an inline Map: "Mode": "INLINE", without ItemReader, ItemBatcher, ResultWriter and Label.
        "#,
    );
}

#[test]
fn checks_the_names_of_variables() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"a.b": 1, "x": 2, "": 3, "2.$": "$.x"}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Assign/a.b `"a.b"`: Invalid variable name: 'a.b' | A name begins with a letter and goes on with letters, digits and underscores.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Assign/ `""`: Invalid variable name: '' | A name begins with a letter and goes on with letters, digits and underscores.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Assign/2.$ `"2.$"`: Invalid variable name: '2' | A name begins with a letter and goes on with letters, digits and underscores.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"states": 1}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Assign/states `"states"`: Invalid variable name: 'states' | $states is what JSONata expressions find the state's input in. Choose another name.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Assign": {"v": 1}, "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Assign": {"v.$": "$"}, "End": true}}}], "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Branches[0]/States/B/Assign/v.$ `"v.$"`: Variable 'v' is assigned in an outer scope | A branch or item processor reads outer variables, and has names of its own for those that it assigns.
        "#,
    );
}

#[test]
fn checks_expressions() {
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": {"a": "{% 1"}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Output/a `"{% 1"`: JSONata expression must start with '{%' and end with '%}' | Put the whole expression between {% and %}, with nothing before or after them.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": 1, "b.$": "b"}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Parameters/a.$ `1`: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call | Give a path such as "$.order.id", or remove the ".$" from the key.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Parameters/b.$ `"b"`: The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call | Begin with $ (the input), $$ (the context object), a $variable, or States. (an intrinsic function).
        "#,
    );
}

#[test]
fn warns_of_what_is_hardly_meant() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": "$.b", "b": "{% 1 %}"}, "End": true}}}"#,
        r#"
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Parameters/a `"$.b"`: The path '$.b' is plain text here | For the value that it selects, let the key end in ".$".
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Parameters/b `"{% 1 %}"`: A JSONata expression is plain text where the query language is JSONPath | Set "QueryLanguage": "JSONata" in the state or for the whole machine.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": " {% 1 %}", "End": true}}}"#,
        r#"
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Output `" {% 1 %}"`: A JSONata expression with white space before it is plain text | Let the text begin with {%.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Retry": [{"ErrorEquals": ["States.TimeOut", "States.Nonsense"]}], "End": true}}}"#,
        r#"
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Retry[0]/ErrorEquals[0] `"States.TimeOut"`: There is no error 'States.TimeOut' | Did you mean "States.Timeout"?
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Retry[0]/ErrorEquals[1] `"States.Nonsense"`: There is no error 'States.Nonsense' | Names that begin with "States." are reserved.
        "#,
    );
}

#[test]
fn knows_what_an_express_workflow_lacks() {
    let findings = |resource: &str| {
        let text = format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "{resource}", "End": true}}}}}}"#
        );
        assert!(StateMachine::parse(&text).is_ok(), "{text}");
        StateMachine::parse_as(Type::Express, &text)
            .err()
            .map(|findings| findings.iter().map(|it| one(&text, it)).collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(findings("arn:aws:states:::sqs:sendMessage"), None);
    assert_eq!(findings("wasm:a/b"), None);
    assert_eq!(
        findings("arn:aws:states:us-east-1:123456789012:activity:approve").as_deref(),
        Some(
            "ERROR SCHEMA_VALIDATION_FAILED /States/A/Resource \
             `\"arn:aws:states:us-east-1:123456789012:activity:approve\"`: Express state machine \
             does not support Activity ARN | Use a Standard workflow."
        )
    );
    for pattern in [".sync", ".sync:2", ".waitForTaskToken"] {
        let told = findings(&format!("arn:aws:states:::sqs:sendMessage{pattern}")).unwrap();
        let expected =
            format!("Express state machine does not support '{pattern}' service integration  | ");
        assert!(told.contains(&expected), "{told}");
    }
}

/// What is wrong within an expression is said by its language, and shown where it is.
#[test]
fn points_into_expressions() {
    let template = "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic \
                    function call";
    for (field, message) in [
        (r#""InputPath": "bug$.a""#, "Value is not a valid JSONPath"),
        (r#""ResultPath": "$.a[*]""#, "Value is not a Reference Path"),
        (r#""ResultPath": "$..a""#, "Value is not a Reference Path"),
        (r#""Parameters": {"a.$": "$.a["}"#, template),
        (r#""Parameters": {"a.$": "States.Nonsense($.a)"}"#, template),
        (r#""Parameters": {"a.$": "States.Format('{}', $.a"}"#, template),
    ] {
        let text = format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", {field}, "End": true}}}}}}"#
        );
        let findings = StateMachine::parse(&text).err().unwrap_or_default();
        assert_eq!(findings.len(), 1, "{text}");
        assert_eq!(findings[0].message, message, "{text}");
        let value = field.rsplit("\": ").next().unwrap().trim_end_matches('}');
        let place = text.find(value).unwrap();
        let span = findings[0].span.clone().unwrap();
        assert!(place <= span.start && span.end <= place + value.len(), "{text} {span:?}");
        let help = findings[0].help.as_deref().unwrap();
        assert!(help.len() > 10, "{help}");
    }
}

#[test]
fn of_names_equally_near_the_first_is_suggested() {
    let names: Vec<_> = ('a'..='z').map(|letter| format!("State{letter}")).collect();
    let states: serde_json::Map<_, _> =
        names.iter().map(|name| (name.clone(), serde_json::json!({ "Type": "Succeed" }))).collect();
    let text = serde_json::json!({ "StartAt": "State1", "States": states }).to_string();
    let findings = StateMachine::parse(&text).unwrap_err();
    assert_eq!(findings[0].help.as_deref(), Some("Did you mean \"Statea\"?"));
}
