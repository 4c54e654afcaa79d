//! Bodies in JSON.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>,
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use crate::{
    input::{Node, Structure},
    model::{Id, Member, Model, Place, Shape, TimeFormat},
    time,
};

/// The members that belong into the body, under the service's own names.
pub(crate) fn write(structure: &Structure) -> Value {
    let is_here = |member: &Member| matches!(member.place, Place::Body | Place::Payload);
    let here = structure.iter().filter(|(member, _)| is_here(member));
    Value::Object(here.map(|(member, node)| (member.wire.clone(), value(node))).collect())
}

fn value(node: &Node) -> Value {
    match node {
        Node::Text(text) => text.as_str().into(),
        Node::Boolean(value) => (*value).into(),
        Node::Number(number) => Value::Number(number.clone()),
        Node::Time(time, format) => time::json(*time, format.unwrap_or(TimeFormat::Unix)),
        Node::Bytes(bytes, _) => BASE64_STANDARD.encode(bytes).into(),
        Node::Any(value) => value.clone(),
        Node::List(_, items) => items.iter().map(value).collect(),
        Node::Map(_, entries) => {
            entries.iter().map(|(key, node)| (key.clone(), value(node))).collect()
        }
        Node::Structure(structure) => write(structure),
    }
}

/// A value of an answer, as Step Functions gives it to a state. What does not fit its shape is left
/// as it is, and members that the model does not know are left out.
pub(crate) fn read(model: &Model, id: Id, value: Value) -> Value {
    match (model.shape(id), value) {
        (Shape::Time(_), Value::Number(number)) => {
            let time = number.as_f64().and_then(time::from_seconds);
            time.map_or(Value::Number(number), |time| time::iso8601(time).into())
        }
        (Shape::Blob, Value::String(text)) => match BASE64_STANDARD.decode(&text) {
            Ok(bytes) => bytes_as_text(bytes).into(),
            Err(_) => text.into(),
        },
        (Shape::List(list), Value::Array(values)) => {
            values.into_iter().map(|value| read(model, list.item, value)).collect()
        }
        (Shape::Map(map), Value::Object(object)) => {
            object.into_iter().map(|(key, value)| (key, read(model, map.value, value))).collect()
        }
        (Shape::Structure(members), Value::Object(object)) => {
            Value::Object(read_members(model, &members, object))
        }
        (_, value) => value,
    }
}

/// Those of the members that the object has.
pub(crate) fn read_members(
    model: &Model,
    members: &[Member],
    mut object: Map<String, Value>,
) -> Map<String, Value> {
    let mut read_here = |member: &Member| {
        let value = object.remove(&member.wire).filter(|value| !value.is_null())?;
        Some((member.name.to_owned(), read(model, member.shape, value)))
    };
    let body = members.iter().filter(|member| member.place == Place::Body);
    body.filter_map(&mut read_here).collect()
}

/// Text where the bytes are text, and Base64 where they are none.
pub(crate) fn bytes_as_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| BASE64_STANDARD.encode(error.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{input::Reader, services};

    fn written(service: &str, operation: &str, input: Value) -> Value {
        let model = services::named(service).unwrap().model();
        let shape = model.operation(operation).unwrap().input;
        write(&Reader { model: &model, token: "t" }.input(shape, &input).unwrap())
    }

    fn read_as(service: &str, operation: &str, answer: Value) -> Value {
        let model = services::named(service).unwrap().model();
        read(&model, model.operation(operation).unwrap().output.unwrap(), answer)
    }

    #[test]
    fn names_of_members_are_the_services_own_and_keys_of_maps_stay() {
        let input = json!({
            "JobName": "j", "JobQueue": "q", "JobDefinition": "d", "Parameters": { "Kept": "As" },
            "ContainerOverrides": { "Vcpus": 2, "Environment": [{ "Name": "A", "Value": "b" }] },
        });
        assert_eq!(
            written("batch", "submitJob", input),
            json!({
                "jobName": "j", "jobQueue": "q", "jobDefinition": "d",
                "parameters": { "Kept": "As" },
                "containerOverrides": { "vcpus": 2, "environment": [{ "name": "A", "value": "b" }] },
            })
        );
        let answer = json!({ "jobArn": "a", "jobId": "i", "jobName": null, "unknown": 1 });
        assert_eq!(read_as("batch", "submitJob", answer), json!({ "JobArn": "a", "JobId": "i" }));
    }

    #[test]
    fn times_are_seconds_on_the_wire_and_text_in_states() {
        let input = json!({
            "Entries": [{ "Time": "2026-11-30T12:00:00Z", "Detail": { "a": [1] }, "Source": "s" }],
        });
        let entries = json!([{ "Detail": "{\"a\":[1]}", "Source": "s", "Time": 1_796_040_000 }]);
        assert_eq!(written("eventbridge", "putEvents", input), json!({ "Entries": entries }));
        let answer = json!({ "Name": "n", "CreatedDate": 1_796_040_000.25 });
        assert_eq!(
            read_as("secretsmanager", "getSecretValue", answer),
            json!({ "CreatedDate": "2026-11-30T12:00:00.25Z", "Name": "n" })
        );
    }

    #[test]
    fn bytes_are_text_where_they_are_meant_for_people() {
        let input = json!({ "StreamName": "s", "Data": { "a": 1 }, "PartitionKey": "p" });
        assert_eq!(written("kinesis", "putRecord", input)["Data"], "eyJhIjoxfQ==");
        let answer = json!({ "KeyId": "k", "Plaintext": "aGVsbG8=" });
        assert_eq!(read_as("kms", "decrypt", answer)["Plaintext"], "hello");
        let answer = json!({ "CiphertextBlob": "aGVsbG8=" });
        assert_eq!(read_as("kms", "encrypt", answer)["CiphertextBlob"], "aGVsbG8=");
        let item = json!({ "Item": { "a": { "B": "aGVsbG8=" } } });
        assert_eq!(read_as("dynamodb", "getItem", item.clone()), item);
    }
}
