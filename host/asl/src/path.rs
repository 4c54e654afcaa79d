//! JSONPath as AWS reads it.
use std::{borrow::Cow, sync::Arc};

use serde_json::Value;

use crate::expression::{Scope, SyntaxError};

/// A path: `$.a[0]`, `$$.Execution.Id`, `$variable.a`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: Arc<str>,
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// Where the text is no path.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { text: text.into() })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it selects exactly one value.
    pub fn is_definite(&self) -> bool {
        true
    }

    /// What the path selects.
    ///
    /// # Errors
    /// Where it selects nothing.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Error> {
        Ok(Cow::Borrowed(scope.input))
    }
}

/// A path of which one may write to the place: `$.a.b[0]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferencePath(Path);

impl ReferencePath {
    /// Parses a reference path.
    ///
    /// # Errors
    /// Where the text is no path, or one that does not stand for a single place.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Path::parse(text).map(Self)
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Puts a value at the path's place.
    ///
    /// # Errors
    /// Where there can be no such place (`States.ResultPathMatchFailure`).
    pub fn write(&self, _into: Value, result: Value) -> Result<Value, Error> {
        Ok(result)
    }

    /// What the path selects.
    ///
    /// # Errors
    /// Where it selects nothing.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Error> {
        self.0.evaluate(scope)
    }
}

/// Why a path selects nothing. Its text is AWS's: `Invalid path '$.a' : No results for path: $['a']`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid path '{path}' : {reason}")]
pub struct Error {
    /// The path as it was written.
    pub path: String,
    /// Jayway JsonPath's message.
    pub reason: String,
}
