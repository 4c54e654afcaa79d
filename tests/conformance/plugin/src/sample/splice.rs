//! A document with something else in the place of one of its values.

use serde_json::{Map, Value};

/// The places of a document, as JSON pointers, the whole of it first; at most so many.
pub fn places(document: &Value, most: usize) -> Vec<String> {
    let mut places = vec![String::new()];
    let mut at = 0;
    while let Some(place) = places.get(at).cloned() {
        at += 1;
        let within: Vec<String> = match document.pointer(&place) {
            Some(Value::Object(object)) => object.keys().map(|name| escaped(name)).collect(),
            Some(Value::Array(items)) => (0..items.len()).map(|n| n.to_string()).collect(),
            _ => Vec::new(),
        };
        for step in within {
            if places.len() == most {
                return places;
            }
            places.push(format!("{place}/{step}"));
        }
    }
    places
}

/// A name as JSON pointers have it (RFC 6901, section 3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The text of a document with other text, which need not be what a [`Value`] can be, in a place.
pub fn spliced(document: &Value, place: &str, text: &str) -> String {
    // No document of anybody's has such a text in it, unless it was made to.
    const MARK: &str = "\u{f8ff}stepwell-conformance\u{f8ff}";
    let marked = replaced(document, place, Value::String(MARK.to_owned())).to_string();
    marked.replacen(&format!("\"{MARK}\""), text, 1)
}

/// The document with another value in a place.
pub(super) fn replaced(document: &Value, place: &str, value: Value) -> Value {
    let mut document = document.clone();
    if let Some(at) = document.pointer_mut(place) {
        *at = value;
    }
    document
}

/// The document without what is in a place, which is no item; none where it cannot be left out.
pub(super) fn without(document: &Value, place: &str) -> Option<Value> {
    let (within, name) = place.rsplit_once('/')?;
    let mut document = document.clone();
    let object: &mut Map<String, Value> = document.pointer_mut(within)?.as_object_mut()?;
    object.shift_remove(&name.replace("~1", "/").replace("~0", "~"))?;
    Some(document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_pointers() {
        let document = json!({ "a/b": [1, { "c~": 2 }], "d": null });
        assert_eq!(places(&document, 99), ["", "/a~1b", "/d", "/a~1b/0", "/a~1b/1", "/a~1b/1/c~0"]);
        assert_eq!(places(&document, 2), ["", "/a~1b"]);
        for place in places(&document, 99) {
            assert!(document.pointer(&place).is_some(), "{place}");
        }
    }

    #[test]
    fn text_takes_the_place_of_a_value() {
        let document = json!({ "a": [1, 2], "b": "x" });
        assert_eq!(spliced(&document, "/a/1", "1e400"), r#"{"a":[1,1e400],"b":"x"}"#);
        assert_eq!(spliced(&document, "", "null"), "null");
    }

    #[test]
    fn a_member_is_left_out() {
        let document = json!({ "a~": { "b": 1, "c": 2 } });
        assert_eq!(without(&document, "/a~0/b"), Some(json!({ "a~": { "c": 2 } })));
        assert_eq!(without(&document, "/a~0"), Some(json!({})));
        assert_eq!(without(&document, ""), None);
        assert_eq!(without(&json!([1]), "/0"), None);
    }
}
