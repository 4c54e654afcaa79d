//! A task's input, read as the shape of an operation's input.

use std::str::FromStr as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Number, Value};

use crate::model::{self, Id, List, Member, Model, Shape, TimeFormat};

/// A value that fits a shape.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Text(String),
    Boolean(bool),
    Number(Number),
    Time(Timestamp, Option<TimeFormat>),
    /// Whether they were given as text, too.
    Bytes(Vec<u8>, bool),
    Any(Value),
    List(List, Vec<Self>),
    Map(model::Map, Vec<(String, Self)>),
    Structure(Structure),
}

/// The members that are there, in the model's order.
pub(crate) type Structure = Vec<(Member, Node)>;

/// What does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {}: {problem}", place(steps))]
pub(crate) struct Error {
    /// From the inside to the outside.
    steps: Vec<Step>,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

/// In the words of AWS, where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("it must be {0}")]
    Type(&'static str),
    #[error("the field {0:?} is required but was missing")]
    Missing(&'static str),
    #[error("the field {name:?} is not supported; there {}", listed(known))]
    Unknown { name: String, known: Vec<&'static str> },
    #[error("it must be a time, such as 2026-11-30T12:00:00Z")]
    Time,
    #[error("it must be Base64")]
    Base64,
    #[error("it must not be empty: it is a part of the path")]
    EmptyLabel,
}

fn place(steps: &[Step]) -> String {
    let mut text = String::from("$");
    for step in steps.iter().rev() {
        match step {
            Step::Member(name) => text += &format!(".{name}"),
            Step::Item(at) => text += &format!("[{at}]"),
        }
    }
    text
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "are none".to_owned(),
        [only] => format!("is {only}"),
        names => format!("are {}", names.join(", ")),
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self { steps: Vec::new(), problem }
    }
}

impl Error {
    fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// Reads inputs of a model's operations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) model: &'a Model,
    /// What a token is where there is none.
    pub(crate) token: &'a str,
}

impl Reader<'_> {
    /// An operation's input; it has no members where the operation takes nothing.
    pub(crate) fn input(&self, shape: Option<Id>, value: &Value) -> Result<Structure, Error> {
        let Some(object) = value.as_object() else { return Err(Problem::Type("an object").into()) };
        let members = shape.map(|id| self.model.members(id)).unwrap_or_default();
        self.structure(members, object)
    }

    fn structure(
        &self,
        members: Vec<Member>,
        object: &Map<String, Value>,
    ) -> Result<Structure, Error> {
        let is_known = |name: &String| members.iter().any(|member| member.name == *name);
        if let Some(name) = object.keys().find(|name| !is_known(name)) {
            let known = members.iter().map(|member| member.name).collect();
            return Err(Problem::Unknown { name: name.clone(), known }.into());
        }
        let mut structure = Vec::with_capacity(object.len());
        for member in members {
            let node = match object.get(member.name) {
                None | Some(Value::Null) if member.is_token => Node::Text(self.token.to_owned()),
                // Without it the path would name something else.
                Some(Value::Null) if member.is_label() => {
                    return Err(Problem::Missing(member.name).into());
                }
                // The service says what it thinks of its absence.
                Some(Value::Null) => continue,
                Some(value) => self
                    .member(&member, value)
                    .map_err(|error| error.within(Step::Member(member.name.to_owned())))?,
                None if member.is_required => return Err(Problem::Missing(member.name).into()),
                None => continue,
            };
            structure.push((member, node));
        }
        Ok(structure)
    }

    fn member(&self, member: &Member, value: &Value) -> Result<Node, Error> {
        let node = match self.node(member.shape, value)? {
            Node::Time(time, format) => Node::Time(time, member.time.or(format)),
            Node::List(list, items) => {
                Node::List(List { is_flat: list.is_flat || member.is_flat, ..list }, items)
            }
            Node::Map(map, entries) => {
                let is_flat = map.is_flat || member.is_flat;
                Node::Map(model::Map { is_flat, ..map }, entries)
            }
            node => node,
        };
        match node {
            Node::Text(text) if member.is_label() && text.is_empty() => {
                Err(Problem::EmptyLabel.into())
            }
            node => Ok(node),
        }
    }

    fn node(&self, id: Id, value: &Value) -> Result<Node, Error> {
        let wrong = |what| Err(Problem::Type(what).into());
        Ok(match (self.model.shape(id), value) {
            (Shape::Text | Shape::TextOrJson, Value::String(text)) => Node::Text(text.clone()),
            (Shape::Text, _) => return wrong("a string"),
            (Shape::TextOrJson, value) => Node::Text(value.to_string()),
            (Shape::Boolean, Value::Bool(value)) => Node::Boolean(*value),
            (Shape::Boolean, _) => return wrong("a boolean"),
            (Shape::Integer, Value::Number(number)) => match whole(number) {
                Some(number) => Node::Number(number),
                None => return wrong("a whole number"),
            },
            (Shape::Integer, _) => return wrong("a whole number"),
            (Shape::Number, Value::Number(number)) => Node::Number(number.clone()),
            (Shape::Number, _) => return wrong("a number"),
            (Shape::Time(format), value) => Node::Time(time(value).ok_or(Problem::Time)?, format),
            (Shape::Blob, Value::String(text)) => Node::Bytes(text.clone().into_bytes(), true),
            (Shape::Blob, value) => Node::Bytes(value.to_string().into_bytes(), true),
            (Shape::Binary, Value::String(text)) => {
                let bytes = BASE64_STANDARD.decode(text).map_err(|_| Problem::Base64)?;
                Node::Bytes(bytes, false)
            }
            (Shape::Binary, _) => return Err(Problem::Base64.into()),
            (Shape::Any, value) => Node::Any(value.clone()),
            (Shape::List(list), Value::Array(values)) => {
                let item = |(at, value)| {
                    self.node(list.item, value).map_err(|error| error.within(Step::Item(at)))
                };
                let items = values.iter().enumerate().map(item).collect::<Result<_, Error>>()?;
                Node::List(list, items)
            }
            (Shape::List(_), _) => return wrong("an array"),
            (Shape::Map(map), Value::Object(object)) => {
                let entry = |(key, value): (&String, &Value)| match self.node(map.value, value) {
                    Ok(node) => Ok((key.clone(), node)),
                    Err(error) => Err(error.within(Step::Member(key.clone()))),
                };
                Node::Map(map, object.iter().map(entry).collect::<Result<_, Error>>()?)
            }
            (Shape::Structure(members), Value::Object(object)) => {
                Node::Structure(self.structure(members, object)?)
            }
            (Shape::Map(_) | Shape::Structure(_), _) => return wrong("an object"),
        })
    }
}

/// A whole number, also one that was computed, as `3.0`.
fn whole(number: &Number) -> Option<Number> {
    if number.is_i64() || number.is_u64() {
        return Some(number.clone());
    }
    let float = number.as_f64()?;
    // Beyond this not every whole number is a float, and what was meant is not known.
    let is_whole = float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)]
    is_whole.then(|| Number::from(float as i64))
}

/// A time in ISO 8601, or in seconds since 1970.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::from_str(text).ok(),
        Value::Number(number) => crate::time::from_seconds(number.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services;

    fn read(service: &str, operation: &str, input: &Value) -> Result<Structure, String> {
        let model = services::named(service).unwrap().model();
        let shape = model.operation(operation).unwrap().input;
        let reader = Reader { model: &model, token: "made-up" };
        reader.input(shape, input).map_err(|error| error.to_string())
    }

    fn error(service: &str, operation: &str, input: Value) -> String {
        read(service, operation, &input).unwrap_err()
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let put =
            |item: Value| error("dynamodb", "putItem", json!({ "TableName": "t", "Item": item }));
        assert_eq!(put(json!({ "id": { "N": 5 } })), "at $.Item.id.N: it must be a string");
        assert_eq!(
            put(json!({ "tags": { "L": [{ "S": "a" }, { "S": [] }] } })),
            "at $.Item.tags.L[1].S: it must be a string"
        );
        assert_eq!(put(json!({ "id": { "B": "%" } })), "at $.Item.id.B: it must be Base64");
        assert_eq!(put(json!([])), "at $.Item: it must be an object");
        assert_eq!(error("sqs", "sendMessage", json!([1])), "at $: it must be an object");
        assert_eq!(
            error("sqs", "sendMessage", json!({ "MessageBody": "m" })),
            "at $: the field \"QueueUrl\" is required but was missing"
        );
        assert_eq!(
            error("sts", "getCallerIdentity", json!({ "Who": 1 })),
            "at $: the field \"Who\" is not supported; there are none"
        );
        assert_eq!(
            error("dynamodb", "describeTable", json!({ "tableName": "t" })),
            "at $: the field \"tableName\" is not supported; there is TableName"
        );
        assert_eq!(
            error("s3", "getObject", json!({ "Bucket": "b", "Key": "" })),
            "at $.Key: it must not be empty: it is a part of the path"
        );
        assert_eq!(
            error("s3", "putObject", json!({ "Bucket": "b", "Key": null, "Body": "" })),
            "at $: the field \"Key\" is required but was missing"
        );
        assert_eq!(
            error("eventbridge", "putEvents", json!({ "Entries": [{ "Time": "today" }] })),
            "at $.Entries[0].Time: it must be a time, such as 2026-11-30T12:00:00Z"
        );
        assert_eq!(
            error(
                "sqs",
                "sendMessage",
                json!({ "QueueUrl": "q", "MessageBody": "m", "DelaySeconds": 1.5 })
            ),
            "at $.DelaySeconds: it must be a whole number"
        );
    }

    #[test]
    fn null_is_left_out_and_a_computed_whole_number_is_one() {
        let input = json!({ "QueueUrl": "q", "MessageBody": null, "DelaySeconds": 3.0 });
        let read = read("sqs", "sendMessage", &input).unwrap();
        let names: Vec<_> = read.iter().map(|(member, _)| member.name).collect();
        assert_eq!(names, ["DelaySeconds", "QueueUrl"]);
        assert!(matches!(&read[0].1, Node::Number(number) if number.to_string() == "3"));
    }

    #[test]
    fn a_token_is_made_up_where_there_is_none() {
        let token = |input: Value| {
            let read = read("secretsmanager", "createSecret", &input).unwrap();
            read.into_iter().find_map(|(member, node)| match node {
                Node::Text(text) if member.is_token => Some(text),
                _ => None,
            })
        };
        assert_eq!(token(json!({ "Name": "n" })).unwrap(), "made-up");
        assert_eq!(token(json!({ "Name": "n", "ClientRequestToken": null })).unwrap(), "made-up");
        let given = json!({ "Name": "n", "ClientRequestToken": "mine" });
        assert_eq!(token(given).unwrap(), "mine");
    }

    #[test]
    fn json_is_taken_for_text_where_that_is_usual_and_nowhere_else() {
        let input = json!({ "TopicArn": "t", "Message": { "a": 1 } });
        let read = read("sns", "publish", &input).unwrap();
        assert!(matches!(&read[0].1, Node::Text(text) if text == r#"{"a":1}"#));
        let wrong = json!({ "TopicArn": {}, "Message": "m" });
        assert_eq!(error("sns", "publish", wrong), "at $.TopicArn: it must be a string");
    }
}
