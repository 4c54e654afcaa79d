//! Intrinsic functions: `States.Format('{}', $.a)`.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>

mod arguments;
mod array;
mod encode;
mod function;
pub(crate) mod hash;
mod json;
mod math;
mod parse;
mod string;
#[cfg(test)]
mod tests;
pub(crate) mod unique;

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;

use self::{arguments::Arguments, function::Function};
use crate::{
    expression::{Scope, SyntaxError},
    path::{self, Path, Reason},
    weight,
};

/// How deep calls may nest.
pub const NESTING: usize = 10;

/// A call: `States.Format('{}', $.a)`. Clones share it.
#[derive(Debug, Clone)]
pub struct Intrinsic {
    text: Arc<str>,
    call: Arc<Call>,
}

#[derive(Debug)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug)]
enum Argument {
    Literal(Value),
    Path(Path),
    Call(Call),
}

impl Intrinsic {
    /// Parses a call.
    ///
    /// # Errors
    /// Where the text is no call of a known function, has more or fewer arguments than the
    /// function takes, or nests more than [`NESTING`] calls.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { text: text.into(), call: Arc::new(parse::call(text)?) })
    }

    /// The call as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The paths among its arguments, those of nested calls included.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.call.collect_paths(&mut paths);
        paths
    }

    /// Calls it.
    ///
    /// # Errors
    /// Where a path among its arguments selects nothing, or the function refuses its arguments.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, Error> {
        self.call.evaluate(scope).map_err(|cause| Error { function: self.text.to_string(), cause })
    }
}

impl PartialEq for Intrinsic {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Intrinsic {}

impl Call {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, Cause> {
        // Few arguments make no more than a few times the data.
        let mut budget = self.function.is_variadic().then(weight::Budget::default);
        let mut values = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            let value = argument.evaluate(scope)?;
            if let Some(budget) = &mut budget {
                budget.charge(&value).map_err(|error| Cause::Refused(error.to_string()))?;
            }
            values.push(value);
        }
        self.function
            .call(Arguments::new(values), scope.environment)
            .map_err(|refusal| Cause::Refused(refusal.0))
    }

    fn collect_paths<'c>(&'c self, paths: &mut Vec<&'c Path>) {
        for argument in &self.arguments {
            match argument {
                Argument::Literal(_) => {}
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => call.collect_paths(paths),
            }
        }
    }
}

impl Argument {
    fn evaluate<'a>(&'a self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, Cause> {
        match self {
            Self::Literal(value) => Ok(Cow::Borrowed(value)),
            Self::Call(call) => call.evaluate(scope).map(Cow::Owned),
            Self::Path(path) => match path.evaluate(scope) {
                Err(path::Error { reason: Reason::Missing(_), .. }) if !path.is_definite() => {
                    Ok(Cow::Owned(Value::Array(Vec::new())))
                }
                Err(path::Error { reason: Reason::Missing(_), .. }) => Err(Cause::NotFound {
                    path: path.text().to_owned(),
                    input: path.document_text(scope),
                }),
                Err(error) => Err(Cause::Refused(error.to_string())),
                Ok(value) => Ok(value),
            },
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The function '{function}' had the following error: {cause}")]
pub struct Error {
    /// The whole call as it was written.
    pub function: String,
    /// What went wrong in it.
    pub cause: Cause,
}

/// What went wrong in a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// A path among the arguments selects nothing.
    #[error(
        "The JsonPath argument for the field '{path}' could not be found in the input '{input}'"
    )]
    NotFound {
        /// The path as it was written.
        path: String,
        /// The JSON text of what the path was applied to.
        input: String,
    },
    /// A function refuses its arguments, for this reason.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// The error's name, as Retry and Catch know it.
    pub fn name(&self) -> &'static str {
        match self.cause {
            Cause::NotFound { .. } => "States.Runtime",
            Cause::Refused(_) => "States.IntrinsicFailure",
        }
    }
}
