//! Reference Paths: paths that stand for a place.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Error, Path, Root, segment::Segment};
use crate::expression::{Scope, SyntaxError};

/// A path of which one may write to the place: `$.a.b[0]`. It consists of names and indices and
/// starts at `$`.
///
/// <https://states-language.net/spec.html#ref-paths>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePath {
    path: Path,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl ReferencePath {
    /// Parses a Reference Path.
    ///
    /// # Errors
    /// Where the text is no path, or one that does not stand for a single place.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let path = Path::parse(text)?;
        let refuse =
            || SyntaxError { message: "Value is not a Reference Path".to_owned(), offset: None };
        if *path.root() != Root::Input {
            return Err(refuse());
        }
        let steps = path.segments.iter().map(|segment| match segment {
            Segment::Names(names) => match names.as_slice() {
                [name] => Ok(Step::Name(name.clone())),
                _ => Err(refuse()),
            },
            Segment::Indices(indices) => match indices.as_slice() {
                [index] => usize::try_from(*index).map(Step::Index).map_err(|_| refuse()),
                _ => Err(refuse()),
            },
            _ => Err(refuse()),
        });
        let steps = steps.collect::<Result<_, _>>()?;
        Ok(Self { path, steps })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        self.path.text()
    }

    /// What is at the place.
    ///
    /// # Errors
    /// Where there is nothing.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Error> {
        self.path.evaluate(scope)
    }

    /// Puts a value at the place. Objects on the way that are not there are made; what was there
    /// is replaced. With `$` the value replaces everything.
    ///
    /// # Errors
    /// Where something on the way is of another kind, or an array has no such item.
    pub fn write(&self, mut into: Value, value: Value) -> Result<Value, WriteError> {
        if put(&self.steps, &mut into, value) {
            Ok(into)
        } else {
            Err(WriteError { path: self.text().to_owned(), input: into.to_string() })
        }
    }
}

/// Puts the value at its place, or does nothing and says so.
fn put(steps: &[Step], at: &mut Value, value: Value) -> bool {
    match (steps, at) {
        ([], at) => {
            *at = value;
            true
        }
        ([Step::Name(name), rest @ ..], Value::Object(members)) => match members.get_mut(name) {
            Some(member) => put(rest, member, value),
            None => match make(rest, value) {
                Some(member) => {
                    members.insert(name.clone(), member);
                    true
                }
                None => false,
            },
        },
        ([Step::Index(index), rest @ ..], Value::Array(items)) => {
            items.get_mut(*index).is_some_and(|item| put(rest, item, value))
        }
        _ => false,
    }
}

/// The value inside new objects for the steps to it.
fn make(steps: &[Step], value: Value) -> Option<Value> {
    steps.iter().rev().try_fold(value, |value, step| match step {
        Step::Name(name) => Some(Value::Object(Map::from_iter([(name.clone(), value)]))),
        Step::Index(_) => None,
    })
}

/// Why a value cannot be put at a Reference Path's place: `States.ResultPathMatchFailure`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unable to apply ReferencePath {path} to input {input}")]
pub struct WriteError {
    /// The path as it was written.
    pub path: String,
    /// The text of what it was applied to.
    pub input: String,
}
