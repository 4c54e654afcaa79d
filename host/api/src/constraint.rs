//! Requests held against AWS's service model, before they become types.
//!
//! `model/requests.txt` has the shapes, `own.txt` those of Stepwell's own actions; the README there
//! says how they were made.

use std::{collections::HashMap, fmt::Write as _, sync::LazyLock};

use regex::Regex;
use serde_json::{Map, Number, Value};

use crate::error::{Code, Error};

/// A shape of the model.
#[derive(Debug)]
struct Shape {
    name: &'static str,
    sensitive: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    String { length: Bounds, pattern: Option<Pattern> },
    Enum(Vec<&'static str>),
    Number { range: Bounds, type_: NumberType },
    Boolean,
    List { length: Bounds, item: &'static str },
    Structure(Vec<Member>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberType {
    Integer,
    Long,
    Float,
}

#[derive(Debug)]
struct Member {
    name: &'static str,
    shape: &'static str,
    required: bool,
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    min: Option<i64>,
    max: Option<i64>,
}

/// A Java pattern, which a whole text must match.
#[derive(Debug)]
struct Pattern {
    text: &'static str,
    /// All must match: lookahead is a regular expression of its own.
    parts: Vec<Regex>,
}

static MODEL: LazyLock<HashMap<&'static str, Shape>> = LazyLock::new(|| {
    let own = include_str!("../model/own.txt").lines();
    include_str!("../model/requests.txt")
        .lines()
        .chain(own)
        .filter_map(Shape::read)
        .map(|shape| (shape.name, shape))
        .collect()
});

impl Shape {
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let name = words.next()?;
        let (name, sensitive) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let kind = match words.next()? {
            "enum" => Kind::Enum(words.collect()),
            "boolean" => Kind::Boolean,
            "structure" => Kind::Structure(words.filter_map(Member::read).collect()),
            "list" => Kind::List { length: Bounds::read(&mut words), item: words.next()? },
            "string" => Kind::String {
                length: Bounds::read(&mut words),
                pattern: words.next().and_then(Pattern::read),
            },
            number => Kind::Number {
                type_: match number {
                    "integer" => NumberType::Integer,
                    "long" => NumberType::Long,
                    _ => NumberType::Float,
                },
                range: Bounds::read(&mut words),
            },
        };
        Some(Self { name, sensitive, kind })
    }
}

impl Member {
    fn read(word: &'static str) -> Option<Self> {
        let (name, shape) = word.split_once('=')?;
        Some(match name.strip_suffix('!') {
            Some(name) => Self { name, shape, required: true },
            None => Self { name, shape, required: false },
        })
    }
}

impl Bounds {
    fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Self {
        let mut bound = || words.next().and_then(|word| word.parse().ok());
        Self { min: bound(), max: bound() }
    }

    /// The constraint that a measure breaks.
    fn broken(self, what: &str, by: f64) -> Option<String> {
        match self {
            Self { min: Some(min), .. } if by < min as f64 => {
                Some(format!("Member must have {what} greater than or equal to {min}"))
            }
            Self { max: Some(max), .. } if by > max as f64 => {
                Some(format!("Member must have {what} less than or equal to {max}"))
            }
            Self { .. } => None,
        }
    }
}

impl Pattern {
    fn read(text: &'static str) -> Option<Self> {
        let body = text.strip_prefix('^').unwrap_or(text);
        let (ahead, rest) = match body.strip_prefix("(?=").and_then(|it| it.split_once(')')) {
            Some((ahead, rest)) => (Some(ahead), rest),
            None => (None, body),
        };
        let whole = Regex::new(&format!("^(?:{})$", rest.strip_suffix('$').unwrap_or(rest)));
        let ahead = ahead.map(|ahead| Regex::new(&format!("^(?:{ahead})"))).transpose();
        Some(Self { text, parts: ahead.ok()?.into_iter().chain([whole.ok()?]).collect() })
    }

    fn matches(&self, text: &str) -> bool {
        self.parts.iter().all(|part| part.is_match(text))
    }
}

/// Holds the body of a request against the shape of an action's request. What comes back is as the
/// model has it: members that are null are left out, and numbers of an integer's member are whole.
///
/// # Errors
/// SerializationException where a member has another type; ValidationException where members break
/// constraints, of which all are told.
pub(crate) fn check(action: &str, body: Value) -> Result<Value, Error> {
    let mut check = Check { path: String::new(), broken: Vec::new() };
    let name = format!("{action}Input");
    let value = match MODEL.get(&*name) {
        Some(shape) => check.shape(shape, body)?,
        None => body,
    };
    let Check { broken, .. } = check;
    if broken.is_empty() {
        return Ok(value);
    }
    let plural = if broken.len() == 1 { "error" } else { "errors" };
    let message = format!("{} validation {plural} detected: {}", broken.len(), broken.join("; "));
    Err(Error::validation(message))
}

struct Check {
    /// `routingConfiguration.1.member.weight`.
    path: String,
    broken: Vec<String>,
}

impl Check {
    fn shape(&mut self, shape: &'static Shape, value: Value) -> Result<Value, Error> {
        match (&shape.kind, value) {
            (Kind::String { length, pattern }, Value::String(text)) => {
                let count = text.chars().count();
                let mismatch = pattern.as_ref().filter(|it| !it.matches(&text)).map(|it| {
                    format!("Member must satisfy regular expression pattern: {}", it.text)
                });
                for constraint in length.broken("length", count as f64).into_iter().chain(mismatch)
                {
                    self.note(shape, &Value::String(text.clone()), &constraint);
                }
                Ok(Value::String(text))
            }
            (Kind::Enum(values), Value::String(text)) => {
                if !values.contains(&text.as_str()) {
                    let constraint =
                        format!("Member must satisfy enum value set: [{}]", values.join(", "));
                    self.note(shape, &Value::String(text.clone()), &constraint);
                }
                Ok(Value::String(text))
            }
            (Kind::Number { range, type_ }, Value::Number(number)) => {
                let number = type_.convert(number)?;
                let by = number.as_f64().unwrap_or_default();
                let value = Value::Number(number);
                if let Some(constraint) = range.broken("value", by) {
                    self.note(shape, &value, &constraint);
                }
                Ok(value)
            }
            (Kind::Boolean, value @ Value::Bool(_)) => Ok(value),
            (Kind::List { length, item }, Value::Array(items)) => {
                let constraint = length.broken("length", items.len() as f64);
                let value = self.items(item, items)?;
                if let Some(constraint) = constraint {
                    self.note(shape, &value, &constraint);
                }
                Ok(value)
            }
            (Kind::Structure(members), Value::Object(values)) => self.members(members, values),
            (kind, value) => Err(mistyped(kind, &value)),
        }
    }

    fn items(&mut self, item: &str, items: Vec<Value>) -> Result<Value, Error> {
        let Some(shape) = MODEL.get(item) else { return Ok(Value::Array(items)) };
        let mut kept = Vec::with_capacity(items.len());
        for (index, value) in items.into_iter().enumerate() {
            if value.is_null() {
                continue;
            }
            let length = self.enter(&format!("{}.member", index + 1));
            kept.push(self.shape(shape, value)?);
            self.path.truncate(length);
        }
        Ok(Value::Array(kept))
    }

    fn members(
        &mut self,
        members: &[Member],
        mut values: Map<String, Value>,
    ) -> Result<Value, Error> {
        let mut kept = Map::new();
        for member in members {
            let value = values.remove(member.name).filter(|value| !value.is_null());
            let length = self.enter(member.name);
            match (value, MODEL.get(member.shape)) {
                (Some(value), Some(shape)) => {
                    kept.insert(member.name.to_owned(), self.shape(shape, value)?);
                }
                (None, _) if member.required => {
                    self.broken.push(format!(
                        "Value null at '{}' failed to satisfy constraint: Member must not be null",
                        self.path
                    ));
                }
                _ => {}
            }
            self.path.truncate(length);
        }
        Ok(Value::Object(kept))
    }

    fn enter(&mut self, step: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        length
    }

    fn note(&mut self, shape: &Shape, value: &Value, constraint: &str) {
        let mut text = String::from("Value ");
        if !shape.sensitive {
            text.push('\'');
            write_java(&mut text, shape, value);
            text.push_str("' ");
        }
        // A String takes all that is written to it.
        let _ = write!(text, "at '{}' failed to satisfy constraint: {constraint}", self.path);
        self.broken.push(text);
    }
}

impl NumberType {
    /// AWS's own parser cuts the fraction off a number that is to be whole.
    fn convert(self, number: Number) -> Result<Number, Error> {
        if self == Self::Float {
            return Ok(number);
        }
        let whole = number.as_i64().or_else(|| {
            let float = number.as_f64()?.trunc();
            (float.abs() < i64::MAX as f64).then_some(float as i64)
        });
        let fits = |whole: &i64| self == Self::Long || i32::try_from(*whole).is_ok();
        whole.filter(fits).map(Number::from).ok_or_else(|| {
            let name = if self == Self::Long { "a Long" } else { "an Integer" };
            serialization(format!("NUMBER_VALUE can not be converted to {name}"))
        })
    }
}

/// A value as AWS's objects write themselves.
fn write_java(text: &mut String, shape: &Shape, value: &Value) {
    match (&shape.kind, value) {
        _ if shape.sensitive => text.push_str("*** Sensitive Data Redacted ***"),
        (Kind::List { item, .. }, Value::Array(items)) => {
            text.push('[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                match MODEL.get(item) {
                    Some(shape) => write_java(text, shape, value),
                    None => text.push_str("null"),
                }
            }
            text.push(']');
        }
        (Kind::Structure(members), Value::Object(values)) => {
            text.push_str(shape.name);
            text.push('(');
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(member.name);
                text.push('=');
                match (values.get(member.name), MODEL.get(member.shape)) {
                    (Some(value), Some(shape)) => write_java(text, shape, value),
                    _ => text.push_str("null"),
                }
            }
            text.push(')');
        }
        (_, Value::String(value)) => text.push_str(value),
        (_, value) => text.push_str(&value.to_string()),
    }
}

fn mistyped(kind: &Kind, value: &Value) -> Error {
    let name = match kind {
        Kind::String { .. } | Kind::Enum(_) => "a String",
        Kind::Number { type_: NumberType::Integer, .. } => "an Integer",
        Kind::Number { type_: NumberType::Long, .. } => "a Long",
        Kind::Number { type_: NumberType::Float, .. } => "a Float",
        Kind::Boolean => "a Boolean",
        Kind::List { .. } => return serialization("Expected list or null"),
        Kind::Structure(_) if value.is_array() => {
            return serialization("Start of list found where not expected");
        }
        Kind::Structure(_) => return serialization("Expected structure or null"),
    };
    let found = match value {
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Null => "NULL_VALUE",
        Value::Array(_) => return serialization("Start of list found where not expected"),
        Value::Object(_) => {
            return serialization("Start of structure or map found where not expected.");
        }
    };
    serialization(format!("{found} can not be converted to {name}"))
}

pub(crate) fn serialization(message: impl Into<String>) -> Error {
    Error::new(Code::SerializationException, message)
}

#[cfg(test)]
mod tests;
