//! Arguments against a task's schema: what is told holds whatever the computed parts become.

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell_asl::{
    Diagnostic, StateMachine,
    definition::Type,
    tasks::{Call, Problem, Task, Tasks},
};

/// A task that takes what this schema allows, under every name.
struct Takes(Value);

impl Tasks for Takes {
    fn find(&self, _: &Call<'_>) -> Result<Task<'_>, Problem> {
        Ok(Task { input_schema: Some(&self.0), warning: None })
    }
}

/// What stands for a computed part in the strategies.
const UNKNOWN: &str = "{% $unknown %}";

fn findings(schema: &Value, arguments: &Value) -> Vec<Diagnostic> {
    let text = json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": { "A": {
        "Type": "Task", "Resource": "wasm:a/b", "Arguments": arguments, "End": true,
    } } })
    .to_string();
    match StateMachine::parse_with(Type::Standard, &text, &Takes(schema.clone())) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    }
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "then", "a/b"]).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..4_i64).prop_map(Value::from),
        Just(json!(1.5)),
        prop::sample::select(vec!["", "a", "bb", "ccc"]).prop_map(Value::from),
    ]
}

fn value(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn keyword() -> impl Strategy<Value = Value> {
    let types = ["null", "boolean", "integer", "number", "string", "array", "object"];
    prop_oneof![
        prop::sample::select(types.to_vec()).prop_map(|it| json!({ "type": it })),
        value(scalar()).prop_map(|it| json!({ "const": it })),
        prop::collection::vec(value(scalar()), 1..3).prop_map(|it| json!({ "enum": it })),
        (-2..3).prop_map(|it| json!({ "minimum": it })),
        (-2..3).prop_map(|it| json!({ "exclusiveMaximum": it })),
        (0..3).prop_map(|it| json!({ "minLength": it })),
        (0..3).prop_map(|it| json!({ "maxLength": it })),
        Just(json!({ "pattern": "^[ab]*$" })),
        (0..3).prop_map(|it| json!({ "minItems": it })),
        (0..3).prop_map(|it| json!({ "maxItems": it })),
        (0..3).prop_map(|it| json!({ "minProperties": it })),
        (0..3).prop_map(|it| json!({ "maxProperties": it })),
        Just(json!({ "uniqueItems": true })),
        prop::collection::vec(key(), 1..3).prop_map(|mut it| {
            it.sort();
            it.dedup();
            json!({ "required": it })
        }),
        (key(), key()).prop_map(|(a, b)| json!({ "dependentRequired": { a: [b] } })),
        Just(json!({ "$ref": "#/$defs/shared" })),
        any::<bool>().prop_map(Value::from),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let inner = keyword().prop_recursive(3, 24, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..3);
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            (key(), inner.clone()).prop_map(|(k, s)| json!({ "properties": { k: s } })),
            (key(), two()).prop_map(|(k, (s, rest))| {
                json!({ "properties": { k: s }, "additionalProperties": rest })
            }),
            (key(), inner.clone()).prop_map(|(k, s)| {
                json!({ "properties": { k: s }, "additionalProperties": false })
            }),
            inner.clone().prop_map(|s| json!({ "patternProperties": { "^[ab]": s } })),
            inner.clone().prop_map(|s| json!({ "propertyNames": s })),
            (key(), inner.clone()).prop_map(|(k, s)| json!({ "dependentSchemas": { k: s } })),
            (key(), two()).prop_map(|(k, (s, rest))| {
                json!({ "anyOf": [{ "properties": { k: s } }, true], "unevaluatedProperties": rest })
            }),
            (list(), inner.clone()).prop_map(|(first, s)| json!({ "prefixItems": first, "items": s })),
            (list(), inner.clone()).prop_map(|(first, s)| {
                json!({ "anyOf": [{ "prefixItems": first }, true], "unevaluatedItems": s })
            }),
            inner.clone().prop_map(|s| json!({ "contains": s, "minContains": 2 })),
            list().prop_map(|it| json!({ "allOf": it })),
            list().prop_map(|it| json!({ "anyOf": it })),
            list().prop_map(|it| json!({ "oneOf": it })),
            inner.clone().prop_map(|s| json!({ "not": s })),
            (inner.clone(), two()).prop_map(|(condition, (then, otherwise))| {
                json!({ "if": condition, "then": then, "else": otherwise })
            }),
        ]
    });
    (inner, keyword()).prop_map(|(schema, shared)| {
        // A schema that refers to itself and nothing else says nothing.
        let shared = if shared.get("$ref").is_some() { json!(true) } else { shared };
        json!({ "allOf": [schema], "$defs": { "shared": shared } })
    })
}

/// The value with its computed parts replaced, by these in turn.
fn complete(value: &Value, parts: &mut impl Iterator<Item = Value>) -> Value {
    match value {
        Value::String(text) if text == UNKNOWN => parts.next().unwrap(),
        Value::Array(items) => items.iter().map(|item| complete(item, parts)).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, member)| (name.clone(), complete(member, parts))).collect(),
        ),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_told_that_a_completion_disproves(
        schema in schema(),
        template in value(prop_oneof![2 => scalar(), 1 => Just(json!(UNKNOWN))]),
        parts in prop::collection::vec(value(scalar()), 1..5),
    ) {
        let completed = complete(&template, &mut parts.iter().cloned().cycle());
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        if validator.is_valid(&completed) {
            prop_assert_eq!(findings(&schema, &template), vec![], "{} {}", schema, template);
        }
    }

    #[test]
    fn what_is_fixed_is_judged_as_it_is(schema in schema(), arguments in value(scalar())) {
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let told = findings(&schema, &arguments);
        prop_assert_eq!(told.is_empty(), validator.is_valid(&arguments), "{} {}", schema, arguments);
    }
}

#[test]
fn a_schema_that_only_refers_to_itself_ends() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "allOf": [{ "$ref": "#/$defs/b" }] }, "b": { "anyOf": [{ "$ref": "#/$defs/a" }] } } }),
    ] {
        findings(&schema, &json!({ "a": 1 }));
    }
}
