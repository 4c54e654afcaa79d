//! Definitions of all kinds of states in both query languages, and data for them.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::driver::START;

/// Most lead somewhere in any data, so that executions come far.
const PATHS: &[&str] = &[
    "$",
    "$$",
    "$..a",
    "$..[?(@.a)]",
    "$$.Execution.Input.a",
    "$$.Execution.Input.l",
    "$$.State.EnteredTime",
    "$.a",
];
const PLACES: &[&str] = &["$", "$", "$.a", "$.b.c", "$.l[1]"];
pub(super) const ERRORS: &[&str] = &["E", "States.ALL", "States.Timeout", "States.TaskFailed"];

/// Most have a value in any data. Some fail: by themselves, or where they are looked at.
const EXPRESSIONS: &[&str] = &[
    "{% $states.input %}",
    "{% $states.input %}",
    "{% $states.input.a %}",
    "{% $states.input.l[0] %}",
    "{% $states.context.Execution.Input.a %}",
    "{% $states.context %}",
    "{% $states.context.State.Name %}",
    "{% $states.context.Map.Item.Value %}",
    "{% $count($states.input.**) %}",
    "{% $string($states.input) & 'x' %}",
    "{% $states.input.l.{'a': a, 'b': $} %}",
    "{% [1..3].($ * 2) %}",
    "{% $random() %}",
    "{% $uuid() & $now() %}",
    "{% ($f := function($n) { $n > 0 ? $f($n - 1) : 'end' }; $f(9)) %}",
    "{% $states.input.a + 1 %}",
    "{% $error('thrown') %}",
    "{% $parse('{') %}",
    "{% 3 %}",
    "{% true %}",
];

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(texts).prop_map(Value::from)
}

pub(super) fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c\u{e9}]{0,3}".prop_map(Value::from),
        Just(START.into()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&["a", "b", "c", "l"][..]), inner), 0..4)
                .prop_map(|members| members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()),
        ]
    })
}

fn template() -> impl Strategy<Value = Value> {
    const CALLS: &[&str] = &["States.UUID()", "States.MathAdd($.a, 1)", "States.Format('{}', $)"];
    (data(), one_of(PATHS), one_of(CALLS))
        .prop_map(|(data, path, call)| json!({ "d": data, "a.$": path, "l.$": call }))
}

fn expressions() -> impl Strategy<Value = Value> {
    prop_oneof![
        one_of(EXPRESSIONS),
        (data(), one_of(EXPRESSIONS))
            .prop_map(|(data, expression)| json!({ "d": data, "l": [expression, 1] })),
    ]
}

/// Fields that a state has or has not.
fn some_of(
    fields: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> impl Strategy<Value = Vec<(String, Value)>> {
    let field = |(name, value): (&'static str, BoxedStrategy<Value>)| {
        prop::option::weighted(0.15, value.prop_map(move |value| (name.to_owned(), value)))
    };
    let fields: Vec<_> = fields.into_iter().map(field).collect();
    fields.prop_map(|fields| fields.into_iter().flatten().collect())
}

fn retry() -> impl Strategy<Value = Value> {
    let number = prop_oneof![Just(json!(0)), Just(json!(1)), Just(json!(3))];
    (one_of(ERRORS), number).prop_map(|(error, attempts)| {
        json!([{ "ErrorEquals": [error], "MaxAttempts": attempts, "JitterStrategy": "FULL" }])
    })
}

fn jsonata_io() -> Vec<(&'static str, BoxedStrategy<Value>)> {
    let catch = (one_of(ERRORS), one_of(EXPRESSIONS)).prop_map(|(error, output)| {
        json!([{ "ErrorEquals": [error], "Output": ["{% $states.errorOutput %}", output],
                 "Next": "NEXT" }])
    });
    let assign = one_of(EXPRESSIONS).prop_map(|expression| json!({ "VARIABLE": expression }));
    vec![
        ("Output", expressions().boxed()),
        ("Output", Just(json!({ "r": "{% $states.result %}" })).boxed()),
        ("Assign", assign.boxed()),
        ("Retry", retry().boxed()),
        ("Catch", catch.boxed()),
    ]
}

fn io() -> Vec<(&'static str, BoxedStrategy<Value>)> {
    let catch = (one_of(ERRORS), one_of(PLACES)).prop_map(
        |(error, place)| json!([{ "ErrorEquals": [error], "ResultPath": place, "Next": "NEXT" }]),
    );
    vec![
        ("InputPath", one_of(PATHS).boxed()),
        ("OutputPath", one_of(PATHS).boxed()),
        ("ResultPath", one_of(PLACES).boxed()),
        ("ResultSelector", template().boxed()),
        ("Assign", one_of(PATHS).prop_map(|path| json!({ "VARIABLE.$": path })).boxed()),
        ("Retry", retry().boxed()),
        ("Catch", catch.boxed()),
    ]
}

fn state(kind: Value, fields: Vec<(String, Value)>) -> Value {
    let mut state = kind;
    for (name, value) in fields {
        state[name] = value;
    }
    state
}

/// Those of a state that can neither be retried nor caught.
fn without_errors(
    fields: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> impl Strategy<Value = Vec<(String, Value)>> {
    let errors = ["Retry", "Catch", "ResultSelector"];
    some_of(fields.into_iter().filter(|(name, _)| !errors.contains(name)).collect())
}

const RESOURCES: &[&str] = &[
    "wasm:p/t",
    "arn:aws:lambda:us-east-1:1:function:f",
    "arn:aws:states:us-east-1:1:activity:a",
    "arn:aws:states:::s:a.waitForTaskToken",
];

/// A JSONPath state without states in it.
fn json_path_leaf() -> impl Strategy<Value = Value> {
    let pass = (data(), without_errors(io()))
        .prop_map(|(result, fields)| state(json!({ "Type": "Pass", "Result": result }), fields));
    let wait = prop_oneof![
        4 => (0..9_u64).prop_map(|seconds| json!({ "Type": "Wait", "Seconds": seconds })),
        1 => one_of(PATHS).prop_map(|path| json!({ "Type": "Wait", "SecondsPath": path })),
        2 => one_of(PATHS).prop_map(|path| json!({ "Type": "Wait", "TimestampPath": path })),
    ];
    let operator = prop::sample::select(
        &[
            ("NumericLessThan", "7"),
            ("NumericGreaterThanEqualsPath", "\"$.b\""),
            ("StringMatches", "\"*a*\""),
            ("StringLessThanPath", "\"$.b\""),
            ("BooleanEquals", "true"),
            ("TimestampEquals", "\"2026-11-22T12:00:00Z\""),
            ("IsPresent", "true"),
            ("IsTimestamp", "false"),
        ][..],
    );
    let comparison = (one_of(PATHS), operator).prop_map(|(path, (operator, operand))| {
        let operand: Value = serde_json::from_str(operand).unwrap();
        json!({ "Variable": path, operator: operand })
    });
    let choice = (prop::collection::vec(comparison, 3), 0..4).prop_map(|(tests, form)| {
        let mut rule = match form {
            0 => json!({ "And": tests }),
            1 => json!({ "Or": tests }),
            2 => json!({ "Not": tests[0] }),
            _ => tests[0].clone(),
        };
        rule["Next"] = "NEXT".into();
        json!({ "Type": "Choice", "Choices": [rule], "Default": "NEXT" })
    });
    let fail = prop_oneof![
        one_of(ERRORS).prop_map(|error| json!({ "Type": "Fail", "Error": error })),
        one_of(PATHS).prop_map(|path| json!({ "Type": "Fail", "CausePath": path })),
    ];
    let mut fields = io();
    fields.push(("Parameters", template().boxed()));
    fields.push(("TimeoutSeconds", Just(json!(5)).boxed()));
    fields.push(("HeartbeatSeconds", Just(json!(2)).boxed()));
    let task = (prop::sample::select(RESOURCES), some_of(fields)).prop_map(|(resource, fields)| {
        state(json!({ "Type": "Task", "Resource": resource }), fields)
    });
    prop_oneof![6 => pass, 2 => wait, 2 => choice, 1 => fail, 8 => task]
}

/// A JSONata state without states in it.
fn jsonata_leaf() -> impl Strategy<Value = Value> {
    let pass =
        without_errors(jsonata_io()).prop_map(|fields| state(json!({ "Type": "Pass" }), fields));
    let wait = prop_oneof![
        2 => Just(json!({ "Type": "Wait", "Seconds": "{% 3 %}" })),
        1 => Just(json!({ "Type": "Wait", "Timestamp": "{% $now() %}" })),
        1 => one_of(EXPRESSIONS).prop_map(|seconds| json!({ "Type": "Wait", "Seconds": seconds })),
    ];
    let test = prop_oneof![
        2 => Just(json!("{% $exists($states.input.a) %}")),
        1 => one_of(EXPRESSIONS),
    ];
    let choice = (test, expressions()).prop_map(|(condition, output)| {
        json!({ "Type": "Choice", "Choices": [
            { "Condition": condition, "Output": output, "Next": "NEXT" },
        ], "Default": "NEXT" })
    });
    let fail = one_of(EXPRESSIONS)
        .prop_map(|cause| json!({ "Type": "Fail", "Error": "{% 'E' %}", "Cause": cause }));
    let mut fields = jsonata_io();
    fields.push(("Arguments", expressions().boxed()));
    fields
        .push(("TimeoutSeconds", prop_oneof![Just("{% 5 %}".into()), one_of(EXPRESSIONS)].boxed()));
    fields.push(("HeartbeatSeconds", Just(json!("{% 2 %}")).boxed()));
    let task = (prop::sample::select(RESOURCES), some_of(fields)).prop_map(|(resource, fields)| {
        state(json!({ "Type": "Task", "Resource": resource }), fields)
    });
    prop_oneof![6 => pass, 2 => wait, 2 => choice, 1 => fail, 8 => task].prop_map(in_jsonata)
}

fn in_jsonata(mut state: Value) -> Value {
    state["QueryLanguage"] = "JSONata".into();
    state
}

/// A workflow in which each state leads to the next, with names that [`name`] gives.
fn workflow() -> impl Strategy<Value = Vec<Value>> {
    let leaf = prop_oneof![json_path_leaf(), jsonata_leaf()].boxed();
    let nested = leaf.prop_recursive(2, 12, 3, |inner| {
        let workflow = prop::collection::vec(inner.clone(), 1..3);
        let branches = prop::collection::vec(workflow.clone(), 1..3);
        let parallel =
            |(branches, fields)| state(json!({ "Type": "Parallel", "Branches": branches }), fields);
        let parallels = prop_oneof![
            (branches.clone(), some_of(io())).prop_map(parallel),
            (branches, some_of(jsonata_io())).prop_map(parallel).prop_map(in_jsonata),
        ];
        let numbers = || {
            vec![
                ("MaxConcurrency", (0..3_u64).prop_map(Value::from).boxed()),
                ("ToleratedFailureCount", (0..2_u64).prop_map(Value::from).boxed()),
                ("ToleratedFailurePercentage", (0..99_u64).prop_map(Value::from).boxed()),
            ]
        };
        let mut fields = [io(), numbers()].concat();
        fields.push(("ItemSelector", template().boxed()));
        let json_path_map = (workflow.clone(), some_of(fields)).prop_map(|(processor, fields)| {
            let mut map = json!({ "Type": "Map", "ItemProcessor": processor });
            map["ItemsPath"] = "$$.Execution.Input.l".into();
            state(map, fields)
        });
        let mut fields = [jsonata_io(), numbers()].concat();
        fields.push(("ItemSelector", expressions().boxed()));
        let jsonata_map = (workflow, some_of(fields)).prop_map(|(processor, fields)| {
            let mut map = json!({ "Type": "Map", "ItemProcessor": processor });
            map["Items"] = "{% $states.context.Execution.Input.l %}".into();
            in_jsonata(state(map, fields))
        });
        prop_oneof![2 => inner, 1 => parallels, 1 => json_path_map, 1 => jsonata_map]
    });
    prop::collection::vec(nested, 1..4)
}

/// A whole definition, which ends after at most five minutes.
pub(super) fn definition() -> impl Strategy<Value = Value> {
    workflow().prop_map(|states| {
        let mut definition = name(states, &mut 0);
        definition["TimeoutSeconds"] = 300.into();
        definition
    })
}

/// Names the states of a workflow and of those within it.
fn name(states: Vec<Value>, count: &mut usize) -> Value {
    let start = format!("S{count}");
    let mut assigned = None;
    let mut named = serde_json::Map::new();
    for mut state in states {
        let own = format!("S{count}");
        *count += 1;
        let inner = |workflow: &mut Value, count: &mut usize| {
            if let Value::Array(states) = workflow.take() {
                *workflow = name(states, count);
            }
        };
        for branch in state.get_mut("Branches").and_then(Value::as_array_mut).into_iter().flatten()
        {
            inner(branch, count);
        }
        if let Some(processor) = state.get_mut("ItemProcessor") {
            inner(processor, count);
        }
        // No workflow may assign what one around it does.
        if let Some(Value::Object(assign)) = state.get_mut("Assign") {
            let own = |(name, value): (String, Value)| {
                assigned.get_or_insert(format!("v{count}"));
                (name.replace("VARIABLE", &format!("v{count}")), value)
            };
            *assign = std::mem::take(assign).into_iter().map(own).collect();
        }
        let next = format!("S{count}");
        for field in ["Catch", "Choices"] {
            for part in state.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
                part["Next"] = next.clone().into();
            }
        }
        let fails = state["Type"] == "Fail";
        if state["Type"] == "Choice" {
            state["Default"] = next.into();
        } else if !fails {
            state["Next"] = next.into();
        }
        named.insert(own, state);
        if fails {
            return json!({ "StartAt": start, "States": named });
        }
    }
    // It fails where the state that assigns was passed by.
    let last = match assigned {
        Some(variable) => {
            let read = json!({ "n.$": format!("${variable}"), "d.$": "$" });
            json!({ "Type": "Pass", "Parameters": read, "End": true })
        }
        None => json!({ "Type": "Succeed" }),
    };
    named.insert(format!("S{count}"), last);
    *count += 1;
    json!({ "StartAt": start, "States": named })
}
