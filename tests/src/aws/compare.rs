//! Compares a value with a recorded one, in which times, ids and ARNs are placeholders.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use regex::Regex;
use serde_json::{Map, Value};

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let date = r"[1-9]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)";
    let leap = r"(?:[1-9]\d(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29";
    let time = r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][01]\d:?(?:[0-5]\d)?)";
    Regex::new(&format!("(?:{date}|{leap}){time}")).expect("a constant")
});

static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(PLACEHOLDER_PATTERN).expect("a constant"));

const PLACEHOLDER_PATTERN: &str = r"<[A-Za-z_][A-Za-z0-9_:\-\.]*>";

/// A value as the recordings have it: JSON in strings is read where it is an object, times become
/// words.
pub fn normalise(value: &Value) -> Value {
    words(&parsed(value))
}

fn parsed(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let value = match value.as_str() {
                    Some(text) if text.starts_with('{') => {
                        serde_json::from_str(text).unwrap_or_else(|_| value.clone())
                    }
                    _ => parsed(value),
                };
                (key.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(parsed).collect(),
        _ => value.clone(),
    }
}

fn words(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let is_time = key.to_lowercase().contains("timestamp")
                    || key == "creationTime"
                    || key == "ingestionTime";
                let scalar = !value.is_object() && !value.is_array();
                let date = value
                    .as_str()
                    .is_some_and(|text| DATE.find(text).is_some_and(|found| found.start() == 0));
                let value =
                    if is_time && scalar && !date { "timestamp".into() } else { words(value) };
                (key.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(words).collect(),
        Value::String(text) => DATE.replace_all(text, "date").into(),
        _ => value.clone(),
    }
}

/// Where two values differ.
#[derive(Debug, Clone)]
pub struct Mismatch {
    /// The place: `$.events[3].id`.
    pub path: String,
    /// What was recorded.
    pub expected: String,
    /// What was found.
    pub actual: String,
}

impl Mismatch {
    /// Whether it lies under one of these paths, of which the last key counts: `$..SdkHttpMetadata`.
    pub(super) fn is_under(&self, paths: &[String]) -> bool {
        paths
            .iter()
            .filter_map(|path| path.rsplit('.').next())
            .any(|last| last == "*" || self.path.split(['.', '[']).any(|key| key == last))
    }
}

/// A comparison, in which a placeholder stands for the same text wherever it stands.
pub struct Comparison {
    wildcards: HashSet<String>,
    token: Regex,
    bindings: HashMap<String, String>,
    mismatches: Vec<Mismatch>,
}

impl Comparison {
    /// A comparison with a recording's words that stand for anything, and its texts that stand for
    /// something else within a text.
    pub fn new(wildcards: &[String], substrings: &[String]) -> Self {
        let mut substrings: Vec<&str> = substrings
            .iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty() && !is_placeholder(text))
            .chain(["snf_role_arn", "sfn_role_arn"])
            .collect();
        substrings.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let mut token = PLACEHOLDER_PATTERN.to_owned();
        for text in substrings {
            token = format!("{token}|{}", regex::escape(text));
        }
        token += r"|\bdate\b";
        let wildcards = wildcards
            .iter()
            .cloned()
            .chain(["timestamp", "datetime", "date"].map(ToOwned::to_owned))
            .collect();
        Self {
            wildcards,
            token: Regex::new(&token).expect("texts are escaped"),
            bindings: HashMap::new(),
            mismatches: Vec::new(),
        }
    }

    /// Where a value differs from a recorded one.
    pub fn compare(&mut self, expected: &Value, actual: &Value) -> Vec<Mismatch> {
        self.value(expected, actual, "$");
        std::mem::take(&mut self.mismatches)
    }

    fn differ(&mut self, path: &str, expected: impl ToString, actual: impl ToString) {
        self.mismatches.push(Mismatch {
            path: path.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
    }

    fn value(&mut self, expected: &Value, actual: &Value, path: &str) {
        if let (false, Value::String(text)) = (expected.is_string(), actual)
            && let Ok(value) = serde_json::from_str::<Value>(text)
            && !value.is_string()
        {
            return self.value(expected, &words(&value), path);
        }
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => {
                self.object(expected, actual, path);
            }
            (Value::Array(expected), Value::Array(actual)) => {
                if expected.len() != actual.len() {
                    self.differ(&format!("{path}.length"), expected.len(), actual.len());
                }
                for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                    self.value(expected, actual, &format!("{path}[{index}]"));
                }
            }
            (Value::String(text), _) => {
                if !self.text(text, actual) {
                    self.differ(path, expected, actual);
                }
            }
            (Value::Number(left), Value::Number(right)) => {
                if left != right && left.as_f64() != right.as_f64() {
                    self.differ(path, expected, actual);
                }
            }
            _ if expected == actual => {}
            _ => self.differ(path, expected, actual),
        }
    }

    fn object(&mut self, expected: &Map<String, Value>, actual: &Map<String, Value>, path: &str) {
        let mut seen = HashSet::new();
        for (key, value) in expected {
            let found = if actual.contains_key(key) {
                Some(key)
            } else if self.token.is_match(key) {
                actual.keys().find(|other| {
                    !expected.contains_key(*other)
                        && self.text(key, &Value::String((*other).clone()))
                })
            } else {
                None
            };
            match found {
                Some(found) => {
                    seen.insert(found.clone());
                    self.value(value, &actual[found], &format!("{path}.{key}"));
                }
                None => self.differ(&format!("{path}.{key}"), value, "(nothing)"),
            }
        }
        for (key, value) in actual {
            if !expected.contains_key(key) && !seen.contains(key) {
                self.differ(&format!("{path}.{key}"), "(nothing)", value);
            }
        }
    }

    fn text(&mut self, expected: &str, actual: &Value) -> bool {
        if actual.as_str() == Some(expected) || self.wildcards.contains(expected) {
            return true;
        }
        let Some(actual) = actual.as_str() else { return is_placeholder(expected) };
        let mut pattern = r"(?s)\A".to_owned();
        let mut names = Vec::new();
        let mut at = 0;
        for found in self.token.find_iter(expected) {
            pattern += &regex::escape(&expected[at..found.start()]);
            pattern += "(.*?)";
            names.push(found.as_str());
            at = found.end();
        }
        if names.is_empty() {
            return false;
        }
        pattern += &regex::escape(&expected[at..]);
        pattern += r"\z";
        let Some(found) = Regex::new(&pattern).ok().and_then(|pattern| pattern.captures(actual))
        else {
            return false;
        };
        for (index, name) in names.into_iter().enumerate() {
            if name == "date" || name == "<request_id>" || name == "<extended_request_id>" {
                continue;
            }
            let value = &found[index + 1];
            let consistent = name.contains("ArnPart")
                || name.contains("uuid")
                || name == "<region>"
                || name == "<partition>";
            match self.bindings.get(name) {
                Some(bound) if bound != value && consistent => return false,
                Some(_) => {}
                None => {
                    self.bindings.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        true
    }
}

fn is_placeholder(text: &str) -> bool {
    PLACEHOLDER.find(text).is_some_and(|found| found.len() == text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differ(expected: &Value, actual: &Value) -> Vec<String> {
        let mut comparison = Comparison::new(&["anything".to_owned()], &[]);
        comparison
            .compare(expected, &normalise(actual))
            .into_iter()
            .map(|mismatch| mismatch.path)
            .collect()
    }

    #[test]
    fn json_in_strings_is_compared_as_json() {
        assert!(differ(&json!({ "a": { "b": 1 } }), &json!({ "a": "{ \"b\": 1.0 }" })).is_empty());
        assert_eq!(differ(&json!({ "a": "[1]" }), &json!({ "a": "[ 1 ]" })), ["$.a"]);
    }

    #[test]
    fn placeholders_are_bound_consistently() {
        let expected = json!(["x:<ArnPart_0idx>", "<ArnPart_0idx>"]);
        assert!(differ(&expected, &json!(["x:1", "1"])).is_empty());
        assert_eq!(differ(&expected, &json!(["x:1", "2"])), ["$[1]"]);
    }

    #[test]
    fn times_become_words() {
        let expected = json!({ "timestamp": "timestamp", "at": "date" });
        let actual = json!({ "timestamp": 1.5, "at": "2026-11-22T12:00:00Z" });
        assert!(differ(&expected, &actual).is_empty());
        assert!(differ(&json!("anything"), &json!("else")).is_empty());
    }

    #[test]
    fn missing_and_additional_members_differ() {
        assert_eq!(differ(&json!({ "a": 1 }), &json!({ "b": 1 })), ["$.a", "$.b"]);
        assert_eq!(differ(&json!([1, 2]), &json!([1])), ["$.length"]);
    }
}
