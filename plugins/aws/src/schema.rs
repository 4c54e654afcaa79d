//! JSON Schemas of what operations take and return.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use serde_json::{Map, Value, json};

use crate::model::{Id, Model, Shape};

/// Whether a schema is of what is taken, which has to keep to it, or of what is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Input,
    Output,
}

/// A schema of a shape, and all that it leads to. Members that `free` names may be anything.
pub(crate) fn of(model: &Model, shape: Option<Id>, side: Side, free: &[&str]) -> Value {
    let mut schema = Schema { model, side, pending: BTreeSet::new() };
    let mut root = match shape {
        Some(id) => schema.structure(id),
        None => schema.object(Map::new(), Vec::new()),
    };
    for name in free {
        root["properties"][*name] = json!(true);
    }
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    let mut defined: BTreeMap<Id, Value> = BTreeMap::new();
    while let Some(id) = schema.pending.pop_first() {
        if let Entry::Vacant(place) = defined.entry(id) {
            place.insert(schema.structure(id));
        }
    }
    if !defined.is_empty() {
        let named = defined.into_iter().map(|(id, value)| (id.number().to_string(), value));
        root["$defs"] = Value::Object(named.collect());
    }
    root
}

/// What Base64 looks like: padded, and with nothing in the bits that do not count.
const BASE64: &str = "^([A-Za-z0-9+/]{4})*\
                      ([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// What a time in ISO 8601 looks like (RFC 3339): a date that there is, to the year 9899.
const TIME: &str = "^(([0-8][0-9]|9[0-8])[0-9]{2}-\
                    ((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|\
                    (0[13578]|1[02])-31)|\
                    (([0-8][0-9]|9[0-8])(0[48]|[2468][048]|[13579][26])|\
                    (0[048]|[2468][048]|[13579][26])00)-02-29)\
                    T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?\
                    (Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";

/// The end of the year 9999, in seconds since 1970.
const MAX_SECONDS: i64 = 253_402_207_200;

/// What a schema allows, or null.
fn or_null(mut schema: Value) -> Value {
    // Where it is `true` null is allowed already.
    let Value::Object(fields) = &mut schema else { return schema };
    match fields.get_mut("type") {
        Some(Value::Array(types)) => types.push("null".into()),
        Some(one) => *one = json!([one.take(), "null"]),
        None => return json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    schema
}

struct Schema<'a> {
    model: &'a Model,
    side: Side,
    /// Structures that were named, and are yet to be defined.
    pending: BTreeSet<Id>,
}

impl Schema<'_> {
    fn structure(&mut self, id: Id) -> Value {
        let members = self.model.members(id);
        let required = members.iter().filter(|member| member.is_required && !member.is_token);
        let required: Vec<_> = required.map(|member| member.name).collect();
        let properties = members.iter().map(|member| {
            let mut value = self.value(member.shape);
            // An empty label would make it another path.
            if member.is_label() && value["type"] == "string" {
                value["minLength"] = 1.into();
            }
            // Null is as good as nothing where a path can be without it.
            let value = match self.side == Side::Input && !member.is_label() {
                true => or_null(value),
                false => value,
            };
            (member.name.to_owned(), value)
        });
        let properties = properties.collect();
        self.object(properties, required)
    }

    fn object(&self, properties: Map<String, Value>, required: Vec<&str>) -> Value {
        match self.side {
            Side::Input if required.is_empty() => json!({
                "type": "object", "properties": properties, "additionalProperties": false,
            }),
            Side::Input => json!({
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            }),
            // A service may leave out what its model says is there.
            Side::Output => json!({ "type": "object", "properties": properties }),
        }
    }

    fn value(&mut self, id: Id) -> Value {
        match self.model.shape(id) {
            Shape::Binary if self.side == Side::Input => {
                json!({ "type": "string", "pattern": BASE64 })
            }
            Shape::Text | Shape::Binary => json!({ "type": "string" }),
            Shape::TextOrJson | Shape::Blob if self.side == Side::Output => {
                json!({ "type": "string" })
            }
            Shape::TextOrJson | Shape::Blob | Shape::Any => json!(true),
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::Integer => json!({ "type": "integer" }),
            Shape::Number => json!({ "type": "number" }),
            Shape::Time(_) => match self.side {
                Side::Input => json!({
                    "type": ["string", "number"],
                    "format": "date-time",
                    "pattern": TIME,
                    "minimum": -MAX_SECONDS,
                    "maximum": MAX_SECONDS,
                }),
                Side::Output => json!({ "type": "string" }),
            },
            Shape::List(list) => json!({ "type": "array", "items": self.value(list.item) }),
            Shape::Map(map) => {
                json!({ "type": "object", "additionalProperties": self.value(map.value) })
            }
            Shape::Structure(_) => {
                self.pending.insert(id);
                json!({ "$ref": format!("#/$defs/{}", id.number()) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use jiff::Timestamp;

    use super::*;
    use crate::services;

    fn input(service: &str, operation: &str) -> Value {
        let model = services::named(service).unwrap().model();
        of(&model, model.operation(operation).unwrap().input, Side::Input, &[])
    }

    #[test]
    fn a_schema_says_what_is_required_and_allows_nothing_else() {
        let schema = input("sqs", "sendMessage");
        assert_eq!(schema["required"], json!(["MessageBody", "QueueUrl"]));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["MessageBody"], true);
        assert_eq!(schema["properties"]["QueueUrl"], json!({ "type": ["string", "null"] }));
        // Of what is in the path there must be something.
        let schema = input("s3", "getObject");
        let key = json!({ "type": "string", "minLength": 1 });
        assert_eq!(schema["properties"]["Key"], key);
        let schema = input("dynamodb", "putItem");
        let expected = &schema["properties"]["Expected"]["additionalProperties"]["$ref"];
        let id = expected.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
        let value = &schema["$defs"][id]["properties"]["Value"];
        assert_eq!(value["anyOf"][1], json!({ "type": "null" }));
    }

    #[test]
    fn a_schema_takes_the_texts_that_the_reader_takes() {
        let matches = |pattern: &str, text: &str| {
            let pattern = regex::Regex::new(pattern).unwrap();
            pattern.is_match(text)
        };
        for (text, is_taken) in [
            ("", true),
            ("YQ==", true),
            ("YWI=", true),
            ("YWJj", true),
            ("YQ", false),
            ("YR==", false),
            ("YWJ=", false),
            ("YW-_", false),
        ] {
            assert_eq!(matches(BASE64, text), is_taken, "{text}");
            assert_eq!(BASE64_STANDARD.decode(text).is_ok(), is_taken, "{text}");
        }
        for (text, is_taken) in [
            ("2026-11-30T12:00:00Z", true),
            ("2026-12-31T23:59:59.123456789+05:30", true),
            ("2028-02-29T00:00:00Z", true),
            ("2000-02-29T00:00:00-01:00", true),
            ("2026-02-29T00:00:00Z", false),
            ("1900-02-29T00:00:00Z", false),
            ("2026-11-31T12:00:00Z", false),
            ("2026-11-30T24:00:00Z", false),
            ("2026-11-30T12:00:00", false),
            ("2026-11-30", false),
        ] {
            assert_eq!(matches(TIME, text), is_taken, "{text}");
            assert_eq!(text.parse::<Timestamp>().is_ok(), is_taken, "{text}");
        }
        for (seconds, is_taken) in
            [(MAX_SECONDS, true), (MAX_SECONDS + 1, false), (-MAX_SECONDS, true)]
        {
            #[allow(clippy::cast_precision_loss)]
            let time = crate::time::from_seconds(seconds as f64);
            assert_eq!(time.is_some(), is_taken, "{seconds}");
        }
    }

    #[test]
    fn shapes_that_lead_to_themselves_are_defined_once() {
        let schema = input("dynamodb", "putItem");
        let reference =
            schema["properties"]["Item"]["additionalProperties"]["$ref"].as_str().unwrap();
        let id = reference.strip_prefix("#/$defs/").unwrap();
        assert_eq!(schema["$defs"][id]["properties"]["L"]["items"]["$ref"], reference);
    }
}
