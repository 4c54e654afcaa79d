//! What it says of itself.

use std::{
    hint,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    bindings::exports::stepwell::task::plugin::{Effect, Info, TaskInfo, Wants},
    rule::breaks,
};

pub(crate) fn info() -> Info {
    assert!(!breaks("describe.no-trap"), "a rule is broken");
    while breaks("describe.cheap") {
        hint::black_box(());
    }
    let name = if breaks("describe.name") { "not a name" } else { "broken" };
    Info {
        name: name.to_owned(),
        version: version(),
        summary: summary().to_owned(),
        tasks: tasks(),
        wants: wants(),
    }
}

fn version() -> String {
    if breaks("describe.version") {
        return "one".to_owned();
    }
    let patch = match breaks("describe.stable") {
        true => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos(),
        false => 0,
    };
    format!("0.1.{}", patch % 1_000_000_000)
}

fn summary() -> &'static str {
    match breaks("describe.summaries") {
        true => "Keeps the contract,\nor not.",
        false => "Keeps the contract, or breaks one rule of it.",
    }
}

fn tasks() -> Vec<TaskInfo> {
    if breaks("describe.tasks") {
        return Vec::new();
    }
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    let mut input = json!({
        "type": "object",
        "required": ["text"],
        "properties": { "text": text },
        "additionalProperties": false,
    });
    let mut output = json!({
        "type": "object",
        "required": ["text"],
        "properties": { "text": { "type": "string" } },
    });
    for (rule, schema) in [("schema.input.valid", &mut input), ("schema.output.valid", &mut output)]
    {
        if breaks(rule) {
            *schema = json!({ "$ref": "#/$defs/Missing" });
        }
    }
    let task = |name: &str, effect, input: Option<&Value>, output: Option<&Value>| TaskInfo {
        name: name.to_owned(),
        summary: String::new(),
        effect,
        input_schema: input.map(Value::to_string),
        output_schema: output.map(Value::to_string),
    };
    let look = if breaks("describe.task-names") { "upper" } else { "look" };
    vec![
        task("upper", Effect::Pure, Some(&input), Some(&output)),
        task(look, Effect::Pure, None, None),
        task("note", Effect::Idempotent, Some(&input), None),
        task("send", Effect::AtMostOnce, None, None),
    ]
}

fn wants() -> Wants {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Wants {
        http: names(match breaks("wants.http") {
            true => &["https://example.com/"],
            false => &["example.com"],
        }),
        secrets: names(&["token"]),
        // There is no task that asks for any, so that it imports nothing to ask with.
        config: names(if breaks("wants.usable") { &["greeting"] } else { &[] }),
        directories: names(match breaks("wants.directories") {
            true => &["/notes", "more"],
            false => &["/notes"],
        }),
        key_value: names(&["notes"]),
    }
}
