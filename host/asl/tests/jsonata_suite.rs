//! JSONata's own test suite, against the evaluator as the state machines have it.
//!
//! The suite is read from `shared/conformance/jsonata` beside the repository. Where that is
//! missing, nothing is tested. `jsonata_suite.failures` lists the cases that are known to fail,
//! each with its reason; a case that fails and is not listed fails the test, and so does one that
//! is listed and passes: the list can only shrink.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::{Map, Value};
use stepwell_asl::jsonata::{self, Error};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/jsonata")
}

/// The case that does not end by itself.
const ENDLESS: &str = "tail-recursion/case006.json/0";

/// How long a case may take that is to come to its end, in milliseconds: longer than a machine
/// stands still.
const AMPLE: u64 = 600_000;

/// The value of a case, or the code of its error.
fn run(name: &str, case: &Value, datasets: &Map<String, Value>) -> Result<Option<Value>, String> {
    let expression = case["expr"].as_str().unwrap();
    let document = match case.get("dataset").and_then(Value::as_str) {
        Some(name) => datasets.get(name),
        None => case.get("data"),
    };
    let bindings = case.get("bindings").and_then(Value::as_object).cloned().unwrap_or_default();
    let time = if name == ENDLESS { jsonata::TIME } else { AMPLE };
    let outcome = jsonata::evaluate(expression, document, &bindings, jiff::Timestamp::now(), time);
    outcome.map_err(|error| match error {
        Error::Thrown { code: Some(code), .. } => code,
        Error::Thrown { message, .. } => message,
        Error::Memory => "memory".to_owned(),
        Error::Depth => "depth".to_owned(),
        Error::Time => "time".to_owned(),
    })
}

/// Whether the outcome is what the suite expects.
fn passes(case: &Value, outcome: &Result<Option<Value>, String>) -> bool {
    let code = case.get("code").or_else(|| case.get("error")?.get("code"));
    match (code.and_then(Value::as_str), outcome) {
        // A depth limit of ours stands for the suite's own, which is deeper.
        (Some("U1001"), Err(code)) => code == "depth" || code == "time",
        (Some(expected), Err(code)) => expected == code,
        (Some(_), Ok(_)) => false,
        (None, Err(_)) => false,
        (None, Ok(value)) => match (case.get("result"), value) {
            (None, value) => value.is_none(),
            (Some(expected), Some(value)) if case.get("unordered").is_some() => {
                sorted(expected) == sorted(value)
            }
            (Some(expected), Some(value)) => equal(expected, value),
            (Some(_), None) => false,
        },
    }
}

/// The suite's JSON has halves of surrogate pairs, which are no characters: here they become the
/// replacement character.
fn without_lone_surrogates(json: &str) -> String {
    let half = |text: &str, kinds: [char; 4]| {
        let mut chars = text.strip_prefix("\\u").unwrap_or_default().chars();
        matches!(chars.next(), Some('d' | 'D'))
            && chars.next().is_some_and(|kind| kinds.contains(&kind.to_ascii_lowercase()))
    };
    let mut result = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let pair = half(rest, ['8', '9', 'a', 'b']) && half(&rest[6..], ['c', 'd', 'e', 'f']);
        let length = match rest.as_bytes()[1] {
            b'u' if pair => 12,
            b'u' => 6,
            _ => 2,
        };
        let lone = !pair && half(rest, ['8', '9', 'a', 'b']) || half(rest, ['c', 'd', 'e', 'f']);
        result.push_str(if lone { "\\ufffd" } else { &rest[..length] });
        rest = &rest[length..];
    }
    result + rest
}

fn sorted(value: &Value) -> Vec<String> {
    let mut items: Vec<_> =
        value.as_array().map_or(&[][..], Vec::as_slice).iter().map(Value::to_string).collect();
    items.sort();
    items
}

/// Equality by value: 1 is 1.0.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test says what it did")]
fn passes_the_suite_of_jsonata() {
    let Ok(cases) = fs::read_to_string(folder().join("cases.json")) else {
        println!("skipped: there is no suite in {}", folder().display());
        return;
    };
    let datasets = fs::read_to_string(folder().join("datasets.json")).unwrap();
    let datasets: Map<String, Value> = serde_json::from_str(&datasets).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&without_lone_surrogates(&cases)).unwrap();

    let mut failed = BTreeMap::new();
    for case in &cases {
        let text = |field: &str| case[field].as_str().unwrap();
        let name = format!("{}/{}/{}", text("group"), text("file"), case["index"]);
        let outcome = run(&name, case, &datasets);
        if !passes(case, &outcome) {
            failed.insert(name, format!("{} -> {outcome:?}", text("expr")));
        }
    }
    println!("jsonata suite: {} of {} pass", cases.len() - failed.len(), cases.len());

    let known = include_str!("jsonata_suite.failures");
    let known: BTreeSet<_> = known
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect();
    let unknown: Vec<_> = failed.iter().filter(|(name, _)| !known.contains(*name)).collect();
    assert!(unknown.is_empty(), "these fail and are not listed: {unknown:#?}");
    let fixed: Vec<_> = known.iter().filter(|name| !failed.contains_key(*name)).collect();
    assert!(fixed.is_empty(), "these pass and must go from the list: {fixed:#?}");
}
