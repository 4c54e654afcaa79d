//! Intrinsic functions.
use std::sync::Arc;

use serde_json::Value;

use crate::expression::{Scope, SyntaxError};

/// A call: `States.Format('{}', $.a)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Intrinsic {
    text: Arc<str>,
}

impl Intrinsic {
    /// Parses a call.
    ///
    /// # Errors
    /// Where the text is no call of a known function.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { text: text.into() })
    }

    /// The call as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Calls it.
    ///
    /// # Errors
    /// Where a path among its arguments selects nothing, or the function refuses its arguments.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        Ok(scope.input.clone())
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);
