//! What shows through that AWS's interpreter is written in Java: values as it prints them, in
//! causes and in `States.Format`, and its random numbers.

mod random;

use std::fmt::Write as _;

use serde_json::{Number, Value};

pub(crate) use random::Random;

/// The class that a value has in AWS's JSONPath library.
pub(crate) fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) => match number.as_i64() {
            Some(number) if i32::try_from(number).is_ok() => "java.lang.Integer",
            Some(_) => "java.lang.Long",
            None if number.is_u64() => "java.math.BigInteger",
            None => "java.lang.Double",
        },
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}

/// `value.toString()`: `{Arg1=1, Arg2=[]}`.
pub(crate) fn string(value: &Value) -> String {
    let mut text = String::new();
    append(&mut text, value);
    text
}

fn append(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&self::number(number)),
        Value::String(string) => text.push_str(string),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                append(text, item);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                // Writing into a string cannot fail.
                let _ = write!(text, "{name}=");
                append(text, member);
            }
            text.push('}');
        }
    }
}

/// `Double.toString` for a number with a fraction or an exponent, its digits for a whole one.
fn number(number: &Number) -> String {
    let Some(double) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    if double == 0.0 || (1e-3..1e7).contains(&double.abs()) {
        return format!("{double:?}");
    }
    let text = format!("{double:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_as_java_does() {
        for (value, text) in [
            (json!(null), "null"),
            (
                json!({"Arg1": 1, "Arg2": [], "c": [true, "x", null]}),
                "{Arg1=1, Arg2=[], c=[true, x, null]}",
            ),
            (json!(1.1), "1.1"),
            (json!(1.0), "1.0"),
            (json!(-0.5), "-0.5"),
            (json!(1e7), "1.0E7"),
            (json!(1.5e300), "1.5E300"),
            (json!(0.0001), "1.0E-4"),
            (json!(u64::MAX), "18446744073709551615"),
        ] {
            assert_eq!(string(&value), text);
        }
    }
}
