//! The text of every finding, with its place and what to do about it.

use stepwell_asl::{Diagnostic, StateMachine, definition::Type};

mod fields;
mod flow;
mod tasks;

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
