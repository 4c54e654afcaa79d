//! Whatever the text: parsing returns, a refusal has a reason, and findings point into the text.

use proptest::prelude::*;
use stepwell_asl::{Diagnostic, StateMachine, diagnostic::Severity};

const DEFINITIONS: &[&str] = &[
    r#"{"Comment": "é", "StartAt": "Check", "TimeoutSeconds": 60, "Version": "1.0", "States": {
        "Check": {"Type": "Choice", "Choices": [
            {"Variable": "$.a", "NumericEquals": 1, "Next": "Work"},
            {"And": [{"Variable": "$.b", "IsPresent": true}, {"Not": {"Variable": "$.b", "StringMatches": "x*"}}], "Next": "Pause"}
        ], "Default": "Done"},
        "Work": {"Type": "Task", "Resource": "wasm:a/b@1.2?fuel=1&memory=1MiB", "Parameters": {"x.$": "States.Format('{}', $.a)", "y": ["$.a"]},
            "TimeoutSeconds": 9, "HeartbeatSeconds": 3, "ResultSelector": {"r.$": "$"}, "ResultPath": "$.r",
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.5, "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "ResultPath": null}], "Next": "Each"},
        "Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ItemSelector": {"v.$": "$$.Map.Item.Value"},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "One", "States": {"One": {"Type": "Pass", "Result": {"a": 1e3}, "Assign": {"w.$": "$"}, "End": true}}}, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [{"StartAt": "Left", "States": {"Left": {"Type": "Succeed"}}}], "Next": "Pause"},
        "Pause": {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "Next": "Done"},
        "Failed": {"Type": "Fail", "ErrorPath": "$.Error", "Cause": "\u00e9\n"},
        "Done": {"Type": "Succeed", "InputPath": null}}}"#,
    r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Output": {"x": "{% $states.input.x %}"}, "Assign": {"v": "{% 1 %}"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Condition": "{% $v = 1 %}", "Next": "C", "Output": 1}], "Default": "D"},
        "C": {"Type": "Map", "Items": [1, 2], "ItemProcessor": {"StartAt": "E", "States": {"E": {"Type": "Wait", "Seconds": "{% 1 %}", "End": true}}}, "End": true},
        "D": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {}, "Credentials": {"RoleArn": "x"}, "End": true}}}"#,
];

fn findings(text: &str) -> Vec<Diagnostic> {
    match StateMachine::parse(text) {
        Ok(parsed) => {
            assert!(parsed.warnings.iter().all(|it| it.severity == Severity::Warning));
            parsed.warnings
        }
        Err(findings) => {
            assert!(findings.iter().any(|it| it.severity == Severity::Error), "{text}");
            findings
        }
    }
}

fn check(text: &str) {
    for finding in findings(text) {
        if let Some(span) = finding.span {
            assert!(text.get(span).is_some(), "{text}");
        }
    }
}

/// A change to a text at some place.
#[derive(Debug, Clone)]
enum Change {
    Remove(usize),
    Insert(String),
    Repeat(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let token = prop::sample::select(
        [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "null",
            "true",
            "-1",
            "1e99",
            "0.5",
            "\"$\"",
            "\"$.a[\"",
            "\"{% \"",
            "\"{%%}\"",
            "\"States.\"",
            "\"States.Format('\"",
            ".$",
            "é",
            "\\u0000",
            "\\ud800",
            "\"Type\":",
            "\"Next\":",
            "\"Map\"",
            "\"JSONata\"",
            "\"wasm:\"",
        ]
        .as_slice(),
    );
    prop_oneof![
        (1..40_usize).prop_map(Change::Remove),
        token.prop_map(|token| Change::Insert(token.to_owned())),
        any::<char>().prop_map(|c| Change::Insert(c.to_string())),
        (1..80_usize).prop_map(Change::Repeat),
    ]
}

fn apply(text: &mut String, at: prop::sample::Index, change: Change) {
    let start = text.floor_char_boundary(at.index(text.len() + 1));
    let end = |length: usize| text.ceil_char_boundary((start + length).min(text.len()));
    match change {
        Change::Remove(length) => text.replace_range(start..end(length), ""),
        Change::Insert(inserted) => text.insert_str(start, &inserted),
        Change::Repeat(length) => {
            let repeated = text[start..end(length)].to_owned();
            text.insert_str(start, &repeated);
        }
    }
}

#[test]
fn the_definitions_themselves_are_valid() {
    for text in DEFINITIONS {
        assert!(findings(text).iter().all(|it| it.severity == Severity::Warning), "{text}");
    }
}

proptest! {
    #[test]
    fn on_mutated_definitions(
        text in prop::sample::select(DEFINITIONS),
        changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 1..6),
    ) {
        let mut text = text.to_owned();
        for (at, change) in changes {
            apply(&mut text, at, change);
        }
        check(&text);
    }

    /// Values in the place of others leave it JSON, so that the parser gets past the first bracket.
    #[test]
    fn on_definitions_with_other_values(
        text in prop::sample::select(DEFINITIONS),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..8),
    ) {
        let mut root: serde_json::Value = serde_json::from_str(text).unwrap();
        for (from, to) in swaps {
            let pointers = pointers(&root);
            let value = root.pointer(&pointers[from.index(pointers.len())]).cloned().unwrap();
            *root.pointer_mut(&pointers[to.index(pointers.len())]).unwrap() = value;
        }
        check(&root.to_string());
    }

    #[test]
    fn on_any_text(text in ".{0,200}") {
        check(&text);
    }
}

/// The JSON pointers of all values below.
fn pointers(value: &serde_json::Value) -> Vec<String> {
    let mut pointers = vec![String::new()];
    let children: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        serde_json::Value::Array(array) => {
            array.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in children {
        pointers.extend(self::pointers(value).iter().map(|rest| format!("/{key}{rest}")));
    }
    pointers
}
