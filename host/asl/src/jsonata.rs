//! JSONata.
use std::sync::Arc;

use serde_json::Value;

use crate::expression::{Scope, SyntaxError};

/// A JSONata expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: Arc<str>,
}

impl Expression {
    /// Parses an expression: what stands between `{%` and `%}`.
    ///
    /// # Errors
    /// Where it is no JSONata, or JSONata that AWS refuses.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self {
            text: text.trim().into(),
        })
    }

    /// The expression as it was written, without white space around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The expression's value; none where it is undefined.
    ///
    /// # Errors
    /// Where it throws, or exceeds a limit.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, Error> {
        Ok(Some(scope.input.clone()))
    }
}

/// Why an expression failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);
