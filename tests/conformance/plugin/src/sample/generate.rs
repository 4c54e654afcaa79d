//! Values that a schema allows.

use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

use super::{format, pattern, validator};

/// Makes values that a schema allows, one after another, always the same ones for a seed.
pub struct Generator {
    root: Value,
    validator: Option<jsonschema::Validator>,
    random: Rng,
    made: Vec<Value>,
}

/// How deep a value goes before only what is demanded is put into it.
const SHALLOW: usize = 4;
/// How deep a value goes at all: a schema may demand a value without end.
const DEEPEST: usize = 24;
/// Values that are made, and found to be forbidden or known, before there are taken to be no more.
const ATTEMPTS: usize = 40;
/// Most items or members that are made of any array or object, and most letters of a text.
const MOST: u64 = 10_000;

impl Generator {
    /// For a schema.
    pub fn new(schema: &Value, seed: u64) -> Self {
        Self {
            root: schema.clone(),
            validator: validator(schema).ok(),
            random: Rng::with_seed(seed),
            made: Vec::new(),
        }
    }

    fn attempt(&mut self) -> Option<Value> {
        let root = self.root.clone();
        self.value(&root, 0)
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let schema = match schema {
            Value::Bool(false) => return None,
            Value::Object(schema) => schema,
            _ => return Some(self.anything()),
        };
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return self.one_of(values).cloned();
        }
        // People write down what matters.
        if let Some(Value::Array(examples)) = schema.get("examples")
            && self.random.u8(..4) == 0
            && let Some(value) = self.one_of(examples)
        {
            return Some(value.clone());
        }
        if let Some(merged) = self.merged(schema) {
            return self.value(&merged, depth + 1);
        }
        match self.kind(schema)? {
            "null" => Some(Value::Null),
            "boolean" => Some(Value::Bool(self.random.bool())),
            "integer" => self.integer(schema),
            "number" => match self.random.bool() {
                true => self.integer(schema),
                false => self.number(schema),
            },
            "string" => self.text(schema).map(Value::String),
            "array" => self.array(schema, depth),
            "object" => self.object(schema, depth),
            _ => None,
        }
    }

    /// The schema with what it refers to, what all of it demands, and one of its alternatives put
    /// in their place; none where there is nothing of that kind.
    fn merged(&mut self, schema: &Map<String, Value>) -> Option<Value> {
        let mut merged = schema.clone();
        let mut parts = Vec::new();
        if let Some(Value::String(reference)) = merged.remove("$ref") {
            parts.push(self.referred(&reference)?);
        }
        if let Some(Value::Array(all)) = merged.remove("allOf") {
            parts.extend(all);
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(Value::Array(some)) = merged.remove(alternatives) {
                parts.push(self.one_of(&some)?.clone());
            }
        }
        if parts.is_empty() {
            return None;
        }
        for part in parts {
            match part {
                Value::Bool(true) => {}
                Value::Object(part) => merge(&mut merged, part),
                _ => return Some(Value::Bool(false)),
            }
        }
        Some(Value::Object(merged))
    }

    fn referred(&self, reference: &str) -> Option<Value> {
        let pointer = reference.strip_prefix('#')?;
        if pointer.is_empty() || pointer.starts_with('/') {
            // A fragment of a URI has what is special in one escaped; names in schemas rarely do.
            return self.root.pointer(&pointer.replace("%20", " ").replace("%25", "%")).cloned();
        }
        let definitions = self.root.get("$defs")?.as_object()?;
        definitions.values().find(|schema| schema.get("$anchor") == Some(&json!(pointer))).cloned()
    }

    fn kind(&mut self, schema: &Map<String, Value>) -> Option<&'static str> {
        const KINDS: [&str; 7] =
            ["null", "boolean", "integer", "number", "string", "array", "object"];
        let known = |name: &str| KINDS.into_iter().find(|kind| *kind == name);
        match schema.get("type") {
            Some(Value::String(name)) => known(name),
            Some(Value::Array(names)) => self.one_of(names)?.as_str().and_then(known),
            _ => {
                let has = |keys: &[&str]| keys.iter().any(|key| schema.contains_key(*key));
                if has(&["properties", "required", "minProperties", "additionalProperties"]) {
                    Some("object")
                } else if has(&["items", "prefixItems", "minItems", "maxItems", "contains"]) {
                    Some("array")
                } else if has(&["pattern", "format", "minLength", "maxLength"]) {
                    Some("string")
                } else if has(&["minimum", "maximum", "multipleOf", "exclusiveMinimum"]) {
                    Some("number")
                } else {
                    Some(KINDS[self.random.usize(..KINDS.len())])
                }
            }
        }
    }

    fn integer(&mut self, schema: &Map<String, Value>) -> Option<Value> {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let least = bound("minimum").map(f64::ceil);
        let least = least.or(bound("exclusiveMinimum").map(|bound| bound.floor() + 1.0));
        let most = bound("maximum").map(f64::floor);
        let most = most.or(bound("exclusiveMaximum").map(|bound| bound.ceil() - 1.0));
        let (least, most) = range(least, most, 1000.0);
        let step = bound("multipleOf").filter(|step| *step > 0.0 && step.fract() == 0.0);
        let value = match step {
            // What is within bounds is within 64 bits: conversions saturate.
            None => self.within(least as i64, most as i64)?,
            Some(step) => {
                let times = self.within((least / step).ceil() as i64, (most / step).floor() as i64);
                times?.checked_mul(step as i64)?
            }
        };
        Some(value.into())
    }

    /// An edge now and then, and otherwise anything between.
    fn within(&mut self, least: i64, most: i64) -> Option<i64> {
        if least > most {
            return None;
        }
        Some(match self.random.u8(..8) {
            0 => least,
            1 => most,
            _ => self.random.i64(least..=most),
        })
    }

    fn number(&mut self, schema: &Map<String, Value>) -> Option<Value> {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let least = bound("minimum").or(bound("exclusiveMinimum"));
        let most = bound("maximum").or(bound("exclusiveMaximum"));
        let (least, most) = range(least, most, 1000.0);
        let value = least + (most - least) * self.random.f64();
        let value = match bound("multipleOf").filter(|step| *step > 0.0) {
            Some(step) => (value / step).round() * step,
            // Few digits, as people write them.
            None => (value * 100.0).round() / 100.0,
        };
        Number::from_f64(value).map(Value::Number)
    }

    fn text(&mut self, schema: &Map<String, Value>) -> Option<String> {
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            return pattern::matching(pattern, &mut self.random);
        }
        let named = schema.get("format").and_then(Value::as_str);
        if let Some(text) = named.and_then(|name| format::text(name, &mut self.random)) {
            return Some(text);
        }
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let least = count("minLength").unwrap_or(0);
        let most = count("maxLength").unwrap_or(u64::MAX).min(least.saturating_add(12));
        if least > most || least > MOST {
            return None;
        }
        const LETTERS: [char; 12] =
            ['a', 'b', 'c', 'x', 'Z', '0', '7', '-', ' ', 'é', '€', '\u{1f980}'];
        let length = self.random.u64(least..=most);
        // Plain letters mostly: many a text is a name in a system that takes no others.
        let plain = self.random.u8(..4) > 0;
        let letters = if plain { &LETTERS[..7] } else { &LETTERS[..] };
        Some((0..length).map(|_| letters[self.random.usize(..letters.len())]).collect())
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Option<Value> {
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let least = count("minItems").unwrap_or(0);
        let usual = if depth < SHALLOW { 3 } else { 0 };
        let most = count("maxItems").unwrap_or(u64::MAX).min(least.saturating_add(usual));
        if least > most || least > MOST {
            return None;
        }
        let mut wanted = self.random.u64(least..=most);
        if let Some(first) = first {
            wanted = wanted.max(first.len() as u64).min(count("maxItems").unwrap_or(u64::MAX));
        }
        let is_set = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let anything = Value::Bool(true);
        let mut items: Vec<Value> = Vec::new();
        if let Some(contained) = schema.get("contains") {
            items.push(self.value(contained, depth + 1)?);
        }
        let mut left = ATTEMPTS;
        while (items.len() as u64) < wanted && left > 0 {
            let item = first.and_then(|first| first.get(items.len()));
            let item = item.or(schema.get("items")).unwrap_or(&anything);
            let Some(item) = self.value(item, depth + 1) else { break };
            if is_set && items.contains(&item) {
                left -= 1;
                continue;
            }
            items.push(item);
        }
        Some(Value::Array(items))
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Option<Value> {
        let mut object = Map::new();
        let nothing = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
        let required: Vec<&str> = match schema.get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let others = schema.get("additionalProperties").cloned().unwrap_or(Value::Bool(true));
        for (name, property) in properties {
            let is_required = required.contains(&name.as_str());
            if !is_required && (depth >= SHALLOW || self.random.bool()) {
                continue;
            }
            match self.value(property, depth + 1) {
                Some(value) => drop(object.insert(name.clone(), value)),
                None if is_required => return None,
                None => {}
            }
        }
        for name in required.iter().filter(|name| !properties.contains_key(**name)) {
            object.insert((*name).to_owned(), self.value(&others, depth + 1)?);
        }
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let least = count("minProperties").unwrap_or(0);
        let is_map = others.is_object() && properties.is_empty() && depth < SHALLOW;
        let least = if is_map { least.max(self.random.u64(..3)) } else { least };
        let least = least.min(count("maxProperties").unwrap_or(u64::MAX)).min(MOST);
        for n in 0..least {
            if object.len() as u64 >= least {
                break;
            }
            let value = self.value(&others, depth + 1)?;
            object.insert(format!("name{n}"), value);
        }
        Some(Value::Object(object))
    }

    fn anything(&mut self) -> Value {
        let any = [json!(null), json!(true), json!(7), json!("text"), json!([]), json!({})];
        any[self.random.usize(..any.len())].clone()
    }

    fn one_of<'a>(&mut self, values: &'a [Value]) -> Option<&'a Value> {
        (!values.is_empty()).then(|| &values[self.random.usize(..values.len())])
    }
}

impl Iterator for Generator {
    type Item = Value;

    /// Another value that the schema allows; none where none is found.
    fn next(&mut self) -> Option<Value> {
        for _ in 0..ATTEMPTS {
            let Some(value) = self.attempt() else { continue };
            let is_allowed = self.validator.as_ref()?.is_valid(&value);
            if is_allowed && !self.made.contains(&value) {
                self.made.push(value.clone());
                return Some(value);
            }
        }
        None
    }
}

/// What of one schema another demands, too.
fn merge(into: &mut Map<String, Value>, part: Map<String, Value>) {
    for (key, value) in part {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more),
            (Some(Value::Array(known)), Value::Array(more)) if key == "required" => {
                known.extend(more);
            }
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

/// Bounds, of which one that is not there is so far from the other.
fn range(least: Option<f64>, most: Option<f64>, far: f64) -> (f64, f64) {
    match (least, most) {
        (Some(least), Some(most)) => (least, most),
        (Some(least), None) => (least, least + far),
        (None, Some(most)) => (most - far, most),
        (None, None) => (-far, far),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_allowed() {
        for schema in [
            json!(true),
            json!({ "type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 3 }),
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
            json!({ "type": "string", "minLength": 3, "maxLength": 4 }),
            json!({ "type": "string", "pattern": "^[A-Z]{2}\\d{1,3}(-x|y)?$" }),
            json!({ "type": "array", "items": { "type": "integer" }, "minItems": 2, "uniqueItems": true }),
            json!({ "prefixItems": [{ "const": "a" }, { "type": "null" }], "items": false, "minItems": 2 }),
            json!({ "type": ["string", "null"] }),
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer", "maximum": 2 }] }),
            json!({ "allOf": [{ "required": ["a"] }, { "properties": { "a": { "type": "null" } } }] }),
            json!({ "type": "object", "minProperties": 2, "additionalProperties": { "type": "boolean" } }),
            json!({
                "type": "object",
                "required": ["order", "card"],
                "properties": {
                    "order": { "type": "string", "format": "uuid" },
                    "card": { "$ref": "#/$defs/Card" },
                    "note": { "type": "string" },
                },
                "additionalProperties": false,
                "$defs": { "Card": { "enum": ["one", "two"] } },
            }),
            json!({
                "$ref": "#/$defs/Tree",
                "$defs": { "Tree": {
                    "type": "object",
                    "required": ["children"],
                    "properties": { "children": { "type": "array", "items": { "$ref": "#/$defs/Tree" } } },
                } },
            }),
        ] {
            let validator = validator(&schema).unwrap();
            let values: Vec<_> = Generator::new(&schema, 7).take(20).collect();
            assert!(!values.is_empty(), "{schema}");
            for value in &values {
                assert!(validator.is_valid(value), "{schema}: {value}");
            }
            let again: Vec<_> = Generator::new(&schema, 7).take(20).collect();
            assert_eq!(values, again, "{schema}");
        }
    }

    #[test]
    fn where_nothing_is_allowed_nothing_is_generated() {
        let endless = json!({
            "$ref": "#/$defs/Endless",
            "$defs": { "Endless": {
                "type": "object",
                "required": ["next"],
                "properties": { "next": { "$ref": "#/$defs/Endless" } },
            } },
        });
        for schema in [
            json!(false),
            json!({ "type": "integer", "minimum": 2, "maximum": 1 }),
            json!({ "type": "string", "not": {} }),
            json!({ "type": "string", "minLength": 100_000_000 }),
            json!({ "$ref": "#" }),
            endless,
        ] {
            assert_eq!(Generator::new(&schema, 1).next(), None, "{schema}");
        }
    }
}
