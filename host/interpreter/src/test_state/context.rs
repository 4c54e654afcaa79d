//! A context object that is given for a test.

use serde_json::{Map, Value};

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not JSON.
    #[error("must be a valid JSON object")]
    Json,
    /// It has items of a Map.
    #[error("'Map' field is not supported when mocking a Context object")]
    Map,
    /// It has a field that a context object has not.
    #[error("Field '{0}' is not allowed")]
    Unknown(String),
    /// A field is of the wrong type.
    #[error("{field} must be {expected}")]
    Type {
        /// Its path.
        field: String,
        /// Its type: `a string`.
        expected: &'static str,
    },
}

#[derive(Clone, Copy)]
enum Type {
    Any,
    Number,
    String,
}

/// The fields of a context object.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
const FIELDS: &[(&str, &[(&str, Type)])] = &[
    (
        "Execution",
        &[
            ("Id", Type::String),
            ("Input", Type::Any),
            ("Name", Type::String),
            ("RoleArn", Type::String),
            ("StartTime", Type::String),
            ("RedriveCount", Type::Number),
            ("RedriveTime", Type::String),
        ],
    ),
    (
        "State",
        &[("EnteredTime", Type::String), ("Name", Type::String), ("RetryCount", Type::Number)],
    ),
    ("StateMachine", &[("Id", Type::String), ("Name", Type::String)]),
    ("Task", &[("Token", Type::String)]),
];

pub(super) fn parse(text: &str) -> Result<Map<String, Value>, Error> {
    let Ok(Value::Object(context)) = serde_json::from_str(text) else { return Err(Error::Json) };
    for (name, value) in &context {
        if name == "Map" {
            return Err(Error::Map);
        }
        let Some((_, fields)) = FIELDS.iter().find(|(known, _)| known == name) else {
            return Err(Error::Unknown(name.clone()));
        };
        let Value::Object(members) = value else {
            return Err(Error::Type { field: name.clone(), expected: "an object" });
        };
        for (member, value) in members {
            let Some((_, type_)) = fields.iter().find(|(known, _)| known == member) else {
                return Err(Error::Unknown(member.clone()));
            };
            let (fits, expected) = match type_ {
                Type::Any => (true, "any"),
                Type::Number => (value.is_number(), "a number"),
                Type::String => (value.is_string(), "a string"),
            };
            if !fits {
                return Err(Error::Type { field: format!("{name}.{member}"), expected });
            }
        }
    }
    Ok(context)
}
