//! `States.Format` and `States.StringSplit`.

use serde_json::Value;

use super::arguments::{Arguments, Refusal};
use crate::java;

/// Puts the arguments into the places of `{}`.
pub(super) fn format(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let template = arguments.string(0)?;
    let mut values = arguments.from(1).iter();
    let mut text = String::with_capacity(template.len());
    let mut places = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['\\', '{']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{}") {
            places += 1;
            if let Some(value) = values.next() {
                text.push_str(&java::string(value));
            }
            rest = after;
        } else {
            let (char, length) = unescape(rest);
            text.push(char);
            rest = &rest[length..];
        }
    }
    text.push_str(rest);
    let given = arguments.from(1).len();
    if places != given {
        return Err(Refusal(format!(
            "The template has {places} occurrences of {{}} but {given} arguments were given"
        )));
    }
    Ok(Value::String(text))
}

/// Splits a string at each of the characters of the second. There are no empty parts.
pub(super) fn split(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let text = arguments.string(0)?;
    let delimiters = arguments.string(1)?;
    Ok(text
        .split(|char| delimiters.contains(char))
        .filter(|part| !part.is_empty())
        .map(Value::from)
        .collect())
}

/// The first character of a text that is not empty, and its length in bytes. A backslash escapes
/// `'`, `{`, `}` and itself; before others it is itself.
pub(super) fn unescape(text: &str) -> (char, usize) {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), Some(escaped @ ('\'' | '{' | '}' | '\\'))) => (escaped, 2),
        (Some(char), _) => (char, char.len_utf8()),
        (None, _) => ('\0', 0),
    }
}
