//! Values that a schema does not allow.

use serde_json::{Value, json};

use super::{
    splice::{places, replaced, without},
    validator,
};

/// Most places of a value that are changed.
const PLACES: usize = 60;
/// Letters and items that are more than most limits allow.
const MANY: usize = 5_000;

/// Values near one that a schema allows, each of which it does not, and what was done to it; at
/// most so many, and those of each kind spread over all places.
pub fn violations(schema: &Value, allowed: &Value, most: usize) -> Vec<(String, Value)> {
    let Ok(validator) = validator(schema) else { return Vec::new() };
    let mut by_place: Vec<Vec<(String, Value)>> = Vec::new();
    for place in places(allowed, PLACES) {
        let mut found = Vec::new();
        for (what, value) in changes(allowed, &place) {
            if !validator.is_valid(&value) {
                found.push((what, value));
            }
        }
        by_place.push(found);
    }
    let deepest = by_place.iter().map(Vec::len).max().unwrap_or_default();
    let rounds = (0..deepest).flat_map(|round| by_place.iter().filter_map(move |of| of.get(round)));
    rounds.take(most).cloned().collect()
}

/// The value with something else, or nothing, in a place.
fn changes(allowed: &Value, place: &str) -> Vec<(String, Value)> {
    let shown = if place.is_empty() { "the whole input" } else { place };
    let mut changes = Vec::new();
    if let Some(value) = without(allowed, place) {
        changes.push((format!("without {shown}"), value));
    }
    let mut put = |what: &str, value: Value| {
        changes.push((format!("with {what} for {shown}"), replaced(allowed, place, value)));
    };
    match allowed.pointer(place) {
        Some(Value::String(text)) => {
            put("an empty text", json!(""));
            put("a very long text", json!(text.chars().cycle().take(MANY).collect::<String>()));
            put("another text", json!("no such text"));
        }
        Some(Value::Number(number)) => {
            let number = number.as_f64().unwrap_or_default();
            put("a negative number", json!(-1));
            put("zero", json!(0));
            put("a fraction", json!(number + 0.5));
            put("a large number", json!(1e15));
        }
        Some(Value::Array(items)) => {
            put("an empty array", json!([]));
            if let Some(item) = items.first() {
                put("a very long array", json!(vec![item; MANY.min(2_000)]));
                put("the same item twice", json!([item, item]));
            }
        }
        Some(Value::Object(object)) => {
            let mut more = object.clone();
            more.insert("noSuchName".to_owned(), json!(1));
            put("an unknown name", Value::Object(more));
        }
        _ => {}
    }
    put("null", json!(null));
    put("a number", json!(7));
    put("a text", json!("text"));
    put("a truth value", json!(true));
    put("an object", json!({}));
    put("an array", json!([]));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_of_them_is_allowed_and_each_place_is_tried() {
        let schema = json!({
            "type": "object",
            "required": ["name", "lines"],
            "properties": {
                "name": { "type": "string", "minLength": 1, "maxLength": 20 },
                "lines": { "type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "required": ["quantity"],
                    "properties": { "quantity": { "type": "integer", "minimum": 1 } },
                } },
            },
        });
        let allowed = json!({ "name": "Ada", "lines": [{ "quantity": 2 }] });
        let found = violations(&schema, &allowed, 1000);
        let validator = validator(&schema).unwrap();
        assert!(found.iter().all(|(_, value)| !validator.is_valid(value)));
        let done: Vec<_> = found.iter().map(|(what, _)| what.as_str()).collect();
        for what in [
            "with null for the whole input",
            "without /name",
            "with an empty text for /name",
            "with a very long text for /name",
            "with an empty array for /lines",
            "without /lines/0/quantity",
            "with zero for /lines/0/quantity",
            "with a fraction for /lines/0/quantity",
        ] {
            assert!(done.contains(&what), "{what}: {done:#?}");
        }
        assert_eq!(violations(&schema, &allowed, 3).len(), 3);
    }

    #[test]
    fn where_anything_goes_there_are_none() {
        assert!(violations(&json!(true), &json!({ "a": 1 }), 10).is_empty());
    }
}
