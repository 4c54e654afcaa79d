//! Tasks that are known when a definition is validated: calls of others, and arguments that they
//! do not take.

use serde_json::{Value, json};
use stepwell_asl::{
    StateMachine,
    definition::Type,
    diagnostic::Code,
    resource::Resource,
    tasks::{Call, Problem, Task, Tasks},
};

/// `wasm:pay/charge` with a schema, and the same as the function `charge`.
struct Known(Value);

impl Tasks for Known {
    fn find(&self, call: &Call<'_>) -> Result<Task<'_>, Problem> {
        let known = match call.resource {
            Resource::Wasm(wasm) => &*wasm.task == "charge",
            _ if call.resource.callee_argument().is_some() => match call.callee {
                None => return Ok(Task::default()),
                Some(name) => name == "charge",
            },
            _ => return Ok(Task::default()),
        };
        let problem = |code, message: String| Problem { code, message, help: "Look.".to_owned() };
        if !known {
            return Err(problem(Code::UnknownTask, format!("No task for {}", call.state)));
        }
        let heavy = matches!(call.resource, Resource::Wasm(wasm) if wasm.fuel.is_some());
        let warning = heavy.then(|| problem(Code::LimitNotGranted, "Too much".to_owned()));
        Ok(Task { input_schema: Some(&self.0), warning })
    }
}

#[track_caller]
fn assert_told(schema: Value, text: &str, expected: &str) {
    let findings = match StateMachine::parse_with(Type::Standard, text, &Known(schema)) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    };
    let actual: Vec<_> = findings.iter().map(|it| super::one(text, it)).collect();
    let expected: Vec<_> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(actual, expected);
}

/// A machine with one task, in JSONPath.
fn task(resource: &str, fields: &str) -> String {
    format!(
        r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "{resource}", {fields} "End": true}}}}}}"#
    )
}

fn charge(fields: &str) -> String {
    task("wasm:pay/charge", fields)
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "order": { "type": "string", "pattern": "^ORD-[0-9]+$" },
            "amount": { "$ref": "#/$defs/amount" },
            "card": { "oneOf": [
                { "const": "tok_approved", "description": "Takes it." },
                { "enum": ["tok_declined", "tok_spin"] },
            ] },
            "tags": { "type": "array", "items": { "type": "string" }, "maxItems": 2 },
        },
        "required": ["order", "amount"],
        "additionalProperties": false,
        "$defs": { "amount": {
            "type": "object",
            "properties": { "cents": { "type": "integer", "minimum": 1 } },
            "required": ["cents"],
        } },
    })
}

#[test]
fn tells_what_the_schema_does_not_allow() {
    assert_told(
        schema(),
        &charge(
            r#""Parameters": {"order": "42", "amount": {"cents": 0.5}, "card": "tok_spinn",
               "tags.$": "$.t", "tag": 1, "other.$": "$.x"},"#,
        ),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters/order `"42"`: The value does not match "^ORD-[0-9]+$" | The task's input schema asks for it at /properties/order/pattern.
        ERROR INVALID_ARGUMENTS /States/A/Parameters/amount/cents `0.5`: The value is not of type "integer" | The task's input schema asks for it at /$defs/amount/properties/cents/type.
        ERROR INVALID_ARGUMENTS /States/A/Parameters/amount/cents `0.5`: The value is less than the minimum of 1 | The task's input schema asks for it at /$defs/amount/properties/cents/minimum.
        ERROR INVALID_ARGUMENTS /States/A/Parameters/card `"tok_spinn"`: Value must be one of [tok_approved, tok_declined, tok_spin] | Did you mean "tok_spin"?
        ERROR INVALID_ARGUMENTS /States/A/Parameters/tag `"tag"`: Field 'tag' is not supported | Did you mean "tags"?
        ERROR INVALID_ARGUMENTS /States/A/Parameters/other.$ `"other.$"`: Field 'other' is not supported | The task takes: order, amount, card, tags.
        "#,
    );
    assert_told(
        schema(),
        &charge(r#""Parameters": {"amount": {}, "tags": ["a", 1, "c"]},"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters `"Parameters"`: The field 'order' is required but was missing | The task's input schema asks for it at /required.
        ERROR INVALID_ARGUMENTS /States/A/Parameters/amount `"amount"`: The field 'cents' is required but was missing | The task's input schema asks for it at /$defs/amount/required.
        ERROR INVALID_ARGUMENTS /States/A/Parameters/tags `["a", 1, "c"]`: The value has more than 2 items | The task's input schema asks for it at /properties/tags/maxItems.
        ERROR INVALID_ARGUMENTS /States/A/Parameters/tags[1] `1`: The value is not of type "string" | The task's input schema asks for it at /properties/tags/items/type.
        "#,
    );
}

#[test]
fn what_is_computed_is_no_finding() {
    for fields in [
        "",
        r#""Parameters": {"order.$": "$.o", "amount.$": "$.a", "card.$": "$.c"},"#,
        r#""Parameters": {"order": "ORD-1", "amount": {"cents.$": "$.c"}, "tags": [{"a.$": "$.b"}]},"#,
    ] {
        let expected = if fields.contains("tags\"") {
            r#"ERROR INVALID_ARGUMENTS /States/A/Parameters/tags[0] `{"a.$": "$.b"}`: The value is not of type "string" | The task's input schema asks for it at /properties/tags/items/type."#
        } else {
            ""
        };
        assert_told(schema(), &charge(fields), expected);
    }
    let jsonata = |arguments: &str| {
        charge(&format!(r#""QueryLanguage": "JSONata", "Arguments": {arguments},"#))
    };
    for arguments in [
        r#""{% $states.input %}""#,
        r#"{"order": "{% $o %}", "amount": {"cents": "{% 1 %}"}, "tags": ["{% $a %}", "b"]}"#,
    ] {
        assert_told(schema(), &jsonata(arguments), "");
    }
    assert_told(
        schema(),
        &jsonata(r#"{"order": "{% $o %}", "amount.$": "$.a"}"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Arguments `"Arguments"`: The field 'amount' is required but was missing | The task's input schema asks for it at /required.
        ERROR INVALID_ARGUMENTS /States/A/Arguments/amount.$ `"amount.$"`: Field 'amount.$' is not supported | Did you mean "amount"?
        "#,
    );
}

#[test]
fn what_depends_on_a_computed_part_is_no_finding() {
    let arguments = r#""Parameters": {"kind.$": "$.k", "size": 1},"#;
    for schema in [
        json!({
            "if": { "properties": { "kind": { "const": null } } },
            "then": { "required": ["more"] },
            "else": { "required": ["less"] },
        }),
        json!({
            "anyOf": [{ "properties": { "kind": { "const": 1 }, "size": true } }, true],
            "unevaluatedProperties": false,
        }),
        json!({ "anyOf": [{ "properties": { "kind": { "const": 1 } } }, { "required": ["more"] }] }),
        json!({ "not": { "properties": { "kind": { "const": null } } } }),
        json!({ "const": { "kind": null, "size": 2 } }),
    ] {
        assert_told(schema, &charge(arguments), "");
    }
    // The same holds whatever the kind is.
    assert_told(
        json!({ "anyOf": [{ "required": ["more"] }, { "properties": { "size": { "const": 2 } } }] }),
        &charge(arguments),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters `{"kind.$": "$.k", "size": 1}`: The value is not valid under any of the schemas listed in the 'anyOf' keyword | The task's input schema asks for it at /anyOf.
        "#,
    );
}

#[test]
fn the_payload_is_what_a_function_is_given() {
    let invoke = |fields: &str| task("arn:aws:states:::lambda:invoke", fields);
    assert_told(
        schema(),
        &invoke(
            r#""Parameters": {"FunctionName": "charge", "Payload": {"order": 1, "amount.$": "$.a"}},"#,
        ),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters/Payload/order `1`: The value is not of type "string" | The task's input schema asks for it at /properties/order/type.
        "#,
    );
    // Without a payload it is given an empty object.
    assert_told(
        schema(),
        &invoke(r#""Parameters": {"FunctionName": "charge"},"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters `"Parameters"`: The field 'order' is required but was missing | The task's input schema asks for it at /required.
        ERROR INVALID_ARGUMENTS /States/A/Parameters `"Parameters"`: The field 'amount' is required but was missing | The task's input schema asks for it at /required.
        "#,
    );
    for fields in [
        "",
        r#""Parameters": {"FunctionName.$": "$.f", "Payload": {"order": 1}},"#,
        r#""Parameters": {"FunctionName": "charge", "Payload.$": "$"},"#,
        r#""QueryLanguage": "JSONata", "Arguments": "{% $a %}","#,
        r#""QueryLanguage": "JSONata", "Arguments": {"FunctionName": "{% $f %}"},"#,
        r#""QueryLanguage": "JSONata", "Arguments": {"FunctionName": "charge", "Payload": "{% $p %}"},"#,
    ] {
        assert_told(schema(), &invoke(fields), "");
    }
    assert_told(
        schema(),
        &invoke(r#""Parameters": {"Payload": {}},"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters `"Parameters"`: The field 'FunctionName' is required but was missing | Give the name or the ARN of the function that is invoked.
        "#,
    );
    assert_told(
        schema(),
        &invoke(r#""Parameters": {"FunctionName": 7},"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters/FunctionName `7`: Expected value of type String | Give the name or the ARN of a function.
        "#,
    );
    assert_told(
        schema(),
        &invoke(r#""Parameters": {"FunctionName": "chrge"},"#),
        r#"
        ERROR UNKNOWN_TASK /States/A/Resource `"arn:aws:states:::lambda:invoke"`: No task for A | Look.
        "#,
    );
}

#[test]
fn the_task_definition_is_what_ecs_runs() {
    let run = |fields: &str| task("arn:aws:states:::ecs:runTask.sync", fields);
    for fields in ["", r#""Parameters": {"TaskDefinition.$": "$.t"},"#] {
        assert_told(schema(), &run(fields), "");
    }
    assert_told(json!(true), &run(r#""Parameters": {"TaskDefinition": "charge"},"#), "");
    assert_told(
        schema(),
        &run(r#""Parameters": {"LaunchType": "FARGATE"},"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters `"Parameters"`: The field 'TaskDefinition' is required but was missing | Give the name or the ARN of the task definition that is run.
        "#,
    );
    assert_told(
        schema(),
        &run(r#""Parameters": {"TaskDefinition": []},"#),
        r#"
        ERROR INVALID_ARGUMENTS /States/A/Parameters/TaskDefinition `[]`: Expected value of type String | Give the name or the ARN of a task definition.
        "#,
    );
    assert_told(
        schema(),
        &run(r#""Parameters": {"TaskDefinition": "chrge"},"#),
        r#"
        ERROR UNKNOWN_TASK /States/A/Resource `"arn:aws:states:::ecs:runTask.sync"`: No task for A | Look.
        "#,
    );
}

#[test]
fn calls_of_other_tasks_are_told_with_everything_else() {
    assert_told(
        json!(true),
        r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "Nowhere", "Branches": [{"StartAt": "B", "States":
            {"B": {"Type": "Task", "Resource": "wasm:pay/refund", "End": true}}}]}, "C":
            {"Type": "Task", "Resource": "wasm:pay/charge?fuel=1", "End": true}}}"#,
        r#"
        ERROR MISSING_TRANSITION_TARGET /States/P/Next `"Nowhere"`: Missing 'Next' target: Nowhere | A transition stays within its workflow: name one of the states beside it.
        ERROR UNKNOWN_TASK /States/P/Branches[0]/States/B/Resource `"wasm:pay/refund"`: No task for B | Look.
        WARNING LIMIT_NOT_GRANTED /States/C/Resource `"wasm:pay/charge?fuel=1"`: Too much | Look.
        "#,
    );
}

#[test]
fn a_schema_that_cannot_be_used_is_told() {
    assert_told(
        json!({ "$ref": "#/$defs/nowhere" }),
        &charge(r#""Parameters": {},"#),
        r#"
        WARNING INVALID_ARGUMENTS /States/A/Resource `"wasm:pay/charge"`: The input schema of the task cannot be used: Pointer '/$defs/nowhere' does not exist | The arguments are not checked. The plugin's author can mend it.
        "#,
    );
    // What a task takes is not fetched from anywhere.
    assert_told(
        json!({ "$ref": "https://a.example/" }),
        &charge(r#""Parameters": {},"#),
        r#"
        WARNING INVALID_ARGUMENTS /States/A/Resource `"wasm:pay/charge"`: The input schema of the task cannot be used: Resource 'https://a.example/' is not present in a registry and retrieving it failed: not fetched | The arguments are not checked. The plugin's author can mend it.
        "#,
    );
}
