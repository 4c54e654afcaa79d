//! A JSON object as a form sends it: `application/x-www-form-urlencoded`.
//!
//! Members of members have their path in brackets, as in `customer[name]=Ada`.

use form_urlencoded::Serializer;
use serde_json::{Map, Value};

use crate::parameters::ArrayFormat;

/// The whole form.
pub(crate) fn encode(members: &Map<String, Value>, arrays: ArrayFormat) -> String {
    let mut form = Serializer::new(String::new());
    for (name, value) in members {
        add(&mut form, name, value, arrays);
    }
    form.finish()
}

/// A query parameter, `name=value`.
pub(crate) fn parameter(name: &str, value: &str) -> String {
    // Forms write a space as a plus, which elsewhere in a URL is one.
    Serializer::new(String::new()).append_pair(name, value).finish().replace('+', "%20")
}

fn add(form: &mut Serializer<'_, String>, name: &str, value: &Value, arrays: ArrayFormat) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                add(form, &format!("{name}[{member}]"), value, arrays);
            }
        }
        Value::Array(items) if commas(arrays, items) => {
            let texts: Vec<_> = items.iter().map(plain).collect();
            form.append_pair(name, &texts.join(","));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = match arrays {
                    ArrayFormat::Repeat => name.to_owned(),
                    ArrayFormat::Brackets => format!("{name}[]"),
                    // Items that have parts of their own cannot stand between commas.
                    ArrayFormat::Indices | ArrayFormat::Commas => format!("{name}[{index}]"),
                };
                add(form, &name, item, arrays);
            }
        }
        plain_value => {
            form.append_pair(name, &plain(plain_value));
        }
    }
}

/// Whether items are written between commas.
fn commas(arrays: ArrayFormat, items: &[Value]) -> bool {
    let is_plain = |item: &Value| !item.is_array() && !item.is_object();
    arrays == ArrayFormat::Commas && !items.is_empty() && items.iter().all(is_plain)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn form(value: Value, arrays: ArrayFormat) -> String {
        encode(value.as_object().unwrap(), arrays)
    }

    #[test]
    fn arrays_are_written_as_the_state_says() {
        let value = || json!({ "a": ["x", 2], "b": "é &=" });
        let rest = "&b=%C3%A9+%26%3D";
        for (arrays, expected) in [
            (ArrayFormat::Indices, "a%5B0%5D=x&a%5B1%5D=2"),
            (ArrayFormat::Repeat, "a=x&a=2"),
            (ArrayFormat::Commas, "a=x%2C2"),
            (ArrayFormat::Brackets, "a%5B%5D=x&a%5B%5D=2"),
        ] {
            assert_eq!(form(value(), arrays), format!("{expected}{rest}"));
        }
    }

    #[test]
    fn what_is_in_an_object_has_its_path() {
        let value = json!({ "a": { "b": [{ "c": true }, null] }, "d": [], "e": {} });
        assert_eq!(
            form(value, ArrayFormat::Commas),
            "a%5Bb%5D%5B0%5D%5Bc%5D=true&a%5Bb%5D%5B1%5D="
        );
    }

    #[test]
    fn a_space_in_a_query_is_no_plus() {
        assert_eq!(parameter("a b", "c+d e"), "a%20b=c%2Bd%20e");
    }

    proptest! {
        #[test]
        fn a_form_is_read_as_it_was_written(names in proptest::collection::btree_map(".*", ".*", 0..5)) {
            let members: Map<_, _> =
                names.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            let encoded = encode(&members, ArrayFormat::Indices);
            let read: Vec<_> = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
            prop_assert_eq!(read, names.into_iter().collect::<Vec<_>>());
        }
    }
}
