//! Patterns: what a value must be like.
//!
//! A pattern is a JSON value. It matches what is equal to it, but for objects whose members all
//! begin with `$`: each of those says something about the value.
//!
//! | member | the value |
//! |---|---|
//! | `$type` | is a `string`, `number`, `boolean`, `array`, `object` or `null` |
//! | `$contains`, `$begins`, `$lacks` | is a text that has that in it, begins so, has it not in it |
//! | `$at-least`, `$at-most` | is a number, not less or not more than that |
//! | `$more-than` | is a number, more than that |
//! | `$length` | is a text of so many characters, or a list of so many items |
//! | `$bytes-at-most` | is a text of no more than so many bytes |
//! | `$has` | is an object that has these members, each like its pattern, and maybe others |
//! | `$lacks-member` | is an object without that member |
//! | `$each` | is a list whose items are all like that |
//! | `$some` | is a list of which an item is like that |
//! | `$one-of` | is like one of these patterns |
//! | `$keep` | is kept under that name; `{{NAME}}` stands for it in what follows |
//! | `$not` | is not like that pattern |

use serde_json::{Map, Value};

use crate::variables::Variables;

/// Whether a value is like a pattern; if not, where it is not.
pub(crate) fn check(
    pattern: &Value,
    value: &Value,
    variables: &mut Variables,
) -> Result<(), String> {
    at("", pattern, value, variables)
}

fn at(path: &str, pattern: &Value, value: &Value, variables: &mut Variables) -> Result<(), String> {
    match (pattern, value) {
        (Value::Object(members), _) if is_special(members) => {
            members.iter().try_for_each(|(name, say)| special(path, name, say, value, variables))
        }
        (Value::Object(members), Value::Object(values)) => {
            for (name, pattern) in members {
                let path = format!("{path}/{name}");
                let value = values.get(name).ok_or_else(|| format!("`{path}` is not there"))?;
                at(&path, pattern, value, variables)?;
            }
            match values.keys().find(|name| !members.contains_key(*name)) {
                Some(name) => Err(format!("`{path}/{name}` is there: {}", shown(&values[name]))),
                None => Ok(()),
            }
        }
        (Value::Array(patterns), Value::Array(values)) => {
            for (number, pattern) in patterns.iter().enumerate() {
                let path = format!("{path}/{number}");
                let value = values.get(number).ok_or_else(|| format!("`{path}` is not there"))?;
                at(&path, pattern, value, variables)?;
            }
            match values.get(patterns.len()) {
                Some(value) => {
                    Err(format!("`{path}/{}` is there: {}", patterns.len(), shown(value)))
                }
                None => Ok(()),
            }
        }
        _ => {
            let wanted = variables.value(pattern);
            match wanted == *value {
                true => Ok(()),
                false => Err(unlike(path, &shown(&wanted), value)),
            }
        }
    }
}

fn is_special(members: &Map<String, Value>) -> bool {
    !members.is_empty() && members.keys().all(|name| name.starts_with('$'))
}

fn special(
    path: &str,
    name: &str,
    say: &Value,
    value: &Value,
    variables: &mut Variables,
) -> Result<(), String> {
    let holds = match (name, say) {
        ("$type", Value::String(kind)) => kind == kind_of(value),
        ("$contains", Value::String(part)) => text(value).contains(&variables.text(part)),
        ("$begins", Value::String(part)) => text(value).starts_with(&variables.text(part)),
        ("$lacks", Value::String(part)) => {
            value.is_string() && !text(value).contains(&variables.text(part))
        }
        ("$at-least", Value::Number(_)) => number(value) >= number(say),
        ("$at-most", Value::Number(_)) => number(value) <= number(say),
        ("$more-than", _) => number(value) > number(&variables.value(say)),
        ("$length", Value::Number(length)) => length.as_u64() == length_of(value),
        ("$bytes-at-most", Value::Number(most)) => {
            value.is_string() && most.as_u64() >= Some(text(value).len() as u64)
        }
        ("$has", Value::Object(members)) => {
            for (name, pattern) in members {
                let path = format!("{path}/{name}");
                let member = value.get(name).ok_or_else(|| format!("`{path}` is not there"))?;
                at(&path, pattern, member, variables)?;
            }
            value.is_object()
        }
        ("$lacks-member", Value::String(name)) => {
            value.as_object().is_some_and(|members| !members.contains_key(name))
        }
        ("$each", pattern) => {
            for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                at(&format!("{path}/{number}"), pattern, item, variables)?;
            }
            value.is_array()
        }
        ("$some", pattern) => {
            let mut items = value.as_array().into_iter().flatten();
            items.any(|item| at(path, pattern, item, variables).is_ok())
        }
        ("$one-of", Value::Array(patterns)) => {
            patterns.iter().any(|pattern| at(path, pattern, value, variables).is_ok())
        }
        ("$keep", Value::String(name)) => {
            variables.set(name, value.clone());
            true
        }
        ("$not", pattern) => at(path, pattern, value, variables).is_err(),
        _ => return Err(format!("the suite has no pattern `{name}` with {say}")),
    };
    match holds {
        true => Ok(()),
        false => Err(unlike(path, &format!("{name} {}", shown(&variables.value(say))), value)),
    }
}

fn unlike(path: &str, wanted: &str, value: &Value) -> String {
    match path {
        "" => format!("it should be {wanted}, and is {}", shown(value)),
        path => format!("`{path}` should be {wanted}, and is {}", shown(value)),
    }
}

/// Characters of a value that people see.
const SHOWN: usize = 300;

/// A value, or how it begins.
pub(crate) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What is no number is neither less nor more than one.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn length_of(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => Some(text.chars().count() as u64),
        Value::Array(items) => Some(items.len() as u64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(pattern: Value, value: Value) -> Result<(), String> {
        check(&pattern, &value, &mut Variables::default())
    }

    #[test]
    fn what_is_plain_must_be_equal() {
        let value = json!({ "a": [1, "b", null] });
        assert_eq!(told(value.clone(), value.clone()), Ok(()));
        for (pattern, error) in [
            (json!({}), "`/a` is there: [1,\"b\",null]"),
            (json!({ "a": [1, "b"] }), "`/a/2` is there: null"),
            (json!({ "a": [1, "b", null, 1] }), "`/a/3` is not there"),
            (json!({ "a": [1, "c", null] }), "`/a/1` should be \"c\", and is \"b\""),
            (
                json!({ "a": value, "b": 1 }),
                "`/a` should be {\"a\":[1,\"b\",null]}, and is [1,\"b\",null]",
            ),
            (json!(1), "it should be 1, and is {\"a\":[1,\"b\",null]}"),
        ] {
            assert_eq!(told(pattern, value.clone()).unwrap_err(), error);
        }
    }

    #[test]
    fn each_special_member_holds_and_fails() {
        let (text, list, object) = (json!("abc"), json!([1, 2]), json!({ "a": 1, "b": 2 }));
        for (value, holds, fails) in [
            (&text, json!({ "$type": "string" }), json!({ "$type": "number" })),
            (&text, json!({ "$contains": "b" }), json!({ "$contains": "d" })),
            (&text, json!({ "$begins": "a" }), json!({ "$begins": "b" })),
            (&text, json!({ "$lacks": "d" }), json!({ "$lacks": "b" })),
            (&text, json!({ "$length": 3 }), json!({ "$length": 2 })),
            (&text, json!({ "$bytes-at-most": 3 }), json!({ "$bytes-at-most": 2 })),
            (&text, json!({ "$not": "a" }), json!({ "$not": "abc" })),
            (&text, json!({ "$one-of": ["x", "abc"] }), json!({ "$one-of": ["x"] })),
            (&json!(5), json!({ "$at-least": 5 }), json!({ "$at-least": 6 })),
            (&json!(5), json!({ "$at-most": 5 }), json!({ "$at-most": 4 })),
            (&json!(5), json!({ "$more-than": 4 }), json!({ "$more-than": 5 })),
            (&list, json!({ "$some": 2 }), json!({ "$some": 3 })),
            (&list, json!({ "$length": 2 }), json!({ "$length": 1 })),
            (&list, json!({ "$each": { "$type": "number" } }), json!({ "$each": 1 })),
            (&object, json!({ "$has": { "a": 1 } }), json!({ "$has": { "c": 1 } })),
            (&object, json!({ "$lacks-member": "c" }), json!({ "$lacks-member": "a" })),
            (
                &text,
                json!({ "$type": "string", "$length": 3 }),
                json!({ "$type": "string", "$length": 4 }),
            ),
        ] {
            assert_eq!(told(holds.clone(), value.clone()), Ok(()), "{holds}");
            told(fails, value.clone()).unwrap_err();
        }
        // What is of another type is like none of them.
        for pattern in ["$contains", "$begins", "$lacks", "$lacks-member"] {
            told(json!({ pattern: "x" }), json!(1)).unwrap_err();
        }
        for pattern in ["$at-least", "$at-most", "$more-than", "$length", "$bytes-at-most", "$some"]
        {
            told(json!({ pattern: 1 }), json!({})).unwrap_err();
        }
        assert_eq!(
            told(json!({ "$contain": "x" }), json!("x")).unwrap_err(),
            "the suite has no pattern `$contain` with \"x\""
        );
    }

    #[test]
    fn what_is_kept_stands_for_itself() {
        let mut variables = Variables::default();
        check(&json!([{ "$keep": "first" }]), &json!([7]), &mut variables).unwrap();
        check(&json!("{{first}}"), &json!(7), &mut variables).unwrap();
        check(&json!({ "$not": "{{first}}" }), &json!(7), &mut variables).unwrap_err();
    }
}
