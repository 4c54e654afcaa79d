//! JSON Schemas of what operations take and return.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use serde_json::{Map, Value, json};

use crate::model::{Id, Model, Place, Shape};

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

/// Base64 with its padding, and no bits beyond the last byte (RFC 4648, section 4).
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// A schema of a member: one that is null is taken for one that is not there, and the service says
/// what it thinks of that.
fn or_null(mut value: Value) -> Value {
    if value.get("$ref").is_some() {
        return json!({ "anyOf": [value, { "type": "null" }] });
    }
    match value.get_mut("type") {
        Some(Value::Array(types)) => types.push("null".into()),
        Some(one) => *one = json!([one, "null"]),
        // Anything.
        None => {}
    }
    value
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
            if self.side == Side::Input {
                if matches!(member.place, Place::Path(_))
                    && value.get("type") == Some(&json!("string"))
                {
                    value["minLength"] = 1.into();
                }
                value = or_null(value);
            }
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
            Shape::Binary if self.side == Side::Input => json!({
                "type": "string", "contentEncoding": "base64", "pattern": BASE64,
            }),
            Shape::Text | Shape::Binary => json!({ "type": "string" }),
            Shape::TextOrJson | Shape::Blob if self.side == Side::Output => {
                json!({ "type": "string" })
            }
            Shape::TextOrJson | Shape::Blob | Shape::Any => json!(true),
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::Integer => json!({ "type": "integer" }),
            Shape::Number => json!({ "type": "number" }),
            Shape::Time(_) => match self.side {
                Side::Input => json!({ "type": ["string", "number"], "format": "date-time" }),
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
        let get = input("s3", "getObject");
        let key = json!({ "type": ["string", "null"], "minLength": 1 });
        assert_eq!(get["properties"]["Key"], key);
        let time = json!({ "type": ["string", "number", "null"], "format": "date-time" });
        assert_eq!(get["properties"]["IfModifiedSince"], time);
    }

    #[test]
    fn shapes_that_lead_to_themselves_are_defined_once() {
        let schema = input("dynamodb", "putItem");
        let reference =
            schema["properties"]["Item"]["additionalProperties"]["$ref"].as_str().unwrap();
        let id = reference.strip_prefix("#/$defs/").unwrap();
        assert_eq!(schema["$defs"][id]["properties"]["L"]["items"]["$ref"], reference);
        let bytes = &schema["$defs"][id]["properties"]["B"];
        assert_eq!(
            (&bytes["contentEncoding"], &bytes["pattern"]),
            (&json!("base64"), &json!(BASE64))
        );
    }
}
