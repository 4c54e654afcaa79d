//! JSONPath as AWS reads it: the dialect of Jayway JsonPath, with `$$` for the context object and
//! `$name` for variables.
//!
//! A definite path (names and single indices only) selects one value or fails; an indefinite one
//! selects a list, empty where nothing matches. Where Jayway's behaviour and RFC 9535 differ,
//! Jayway's counts: `$['a','b']` at the end of a path is one object of both members, strings
//! equal numbers that look like them, `=~` matches whole strings, a slice's step is read and has
//! no meaning.

mod evaluate;
mod filter;
mod function;
mod parse;
mod reference;
mod segment;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;

use self::segment::Segment;
use crate::expression::{Environment, Scope, SyntaxError};

pub use reference::{ReferencePath, WriteError};

/// A path: `$.a[0]`, `$$.Execution.Id`, `$variable.a`. Clones share it.
#[derive(Debug, Clone)]
pub struct Path {
    text: Arc<str>,
    root: Root,
    segments: Arc<[Segment]>,
}

/// What a path starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: whatever the field is applied to.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(Arc<str>),
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// Where the text is no path.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let (root, segments) = parse::path(text)?;
        Ok(Self { text: text.into(), root, segments: segments.into() })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it starts from.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The variable it starts from, if it does.
    pub fn variable(&self) -> Option<&str> {
        match &self.root {
            Root::Variable(name) => Some(name),
            Root::Input | Root::Context => None,
        }
    }

    /// Whether it selects exactly one value, or fails; else it selects a list.
    pub fn is_definite(&self) -> bool {
        segment::is_definite(&self.segments)
    }

    /// What the path selects: borrowed where it is a part of the data.
    ///
    /// # Errors
    /// Where it selects nothing, though definite; where it visits or copies more than a million
    /// values.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Error> {
        let (from, at) = match self.context_part(scope.environment) {
            Some(part) => part,
            None => (self.document(scope)?, 0),
        };
        if self.segments.is_empty() {
            return Ok(Cow::Borrowed(from));
        }
        evaluate::evaluate(from, &self.segments, at).map_err(|reason| self.error(reason))
    }

    /// The part of the context object that the path leads through, and how many steps lead there:
    /// the object itself holds a copy of the execution's input, and is made only if it must.
    fn context_part<'a>(&self, environment: &'a dyn Environment) -> Option<(&'a Value, usize)> {
        // Filters and functions may have paths of their own, from the object itself.
        let calls =
            |segment: &Segment| matches!(segment, Segment::Filter(_) | Segment::Function(_));
        if self.root != Root::Context || self.segments.iter().any(calls) {
            return None;
        }
        let name = |at: usize| match self.segments.get(at)? {
            Segment::Names(names) if names.len() == 1 => Some(names[0].as_str()),
            _ => None,
        };
        match (name(0)?, name(1)) {
            ("Execution", None) => None,
            ("Execution", Some("Input")) => Some((environment.execution_input()?, 2)),
            _ => Some((environment.outline(), 0)),
        }
    }

    /// What the path is applied to.
    fn document<'a>(&self, scope: &Scope<'a>) -> Result<&'a Value, Error> {
        match &self.root {
            Root::Input => Ok(scope.input),
            Root::Context => Ok(scope.environment.context()),
            Root::Variable(name) => scope.environment.variable(name).ok_or_else(|| {
                self.error(Reason::Missing(format!("Variable '{name}' is not defined")))
            }),
        }
    }

    /// The text of what the path is applied to, as causes quote it.
    pub(crate) fn document_text(&self, scope: &Scope<'_>) -> String {
        self.document(scope).map_or_else(|_| "null".to_owned(), Value::to_string)
    }

    fn error(&self, reason: Reason) -> Error {
        Error { path: self.text.to_string(), reason }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Path {}

/// Why a path has no value. Its text is AWS's: `Invalid path '$.a' : No results for path: $['a']`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid path '{path}' : {reason}")]
pub struct Error {
    /// The path as it was written.
    pub path: String,
    /// What is in its way.
    pub reason: Reason,
}

/// What is in a path's way, in Jayway JsonPath's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is nothing at the place, or on the way to it, or not of the kind to go on from.
    #[error("{0}")]
    Missing(String),
    /// A function of the path has no value, as the greatest of no numbers.
    #[error("{0}")]
    Function(String),
    /// The path visits or copies more values than the limit.
    #[error("The path visits or copies more than {limit} values")]
    TooLarge {
        /// The limit, in values.
        limit: usize,
    },
}
