//! Evaluation: one way into the three query languages, for every field of every state.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::{
    intrinsic::{self, Intrinsic},
    jsonata,
    path::{self, Path},
};

/// What a single expression may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `$.a`, `$$.Execution.Id`, `$variable.a`.
    Path(Path),
    /// `States.Format('{}', $.a)`.
    Intrinsic(Intrinsic),
    /// `{% $states.input.a %}`.
    Jsonata(jsonata::Expression),
}

impl Expression {
    /// The expression's value. `field` is the field's name as AWS gives it in causes:
    /// `TimeoutSecondsPath`, `Choices[0]/Condition`.
    ///
    /// # Errors
    /// Where the evaluation fails, or a JSONata expression is undefined.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>, field: &str) -> Result<Cow<'a, Value>, Error> {
        match self {
            Self::Path(path) => Ok(path.evaluate(scope)?),
            Self::Intrinsic(intrinsic) => Ok(Cow::Owned(intrinsic.evaluate(scope)?)),
            Self::Jsonata(expression) => match expression.evaluate(scope) {
                Ok(Some(value)) => Ok(Cow::Owned(value)),
                Ok(None) => Err(Error::Undefined {
                    expression: expression.text().to_owned(),
                    field: field.to_owned(),
                }),
                Err(source) => Err(Error::Threw {
                    expression: expression.text().to_owned(),
                    field: field.to_owned(),
                    source,
                }),
            },
        }
    }

    /// [`Self::evaluate`] for the fields that AWS treats like those of a payload template:
    /// `ErrorPath` and `CausePath`. A path that selects nothing is told in other words there.
    ///
    /// # Errors
    /// As for [`Self::evaluate`].
    pub fn evaluate_as_payload<'a>(
        &self,
        scope: &Scope<'a>,
        field: &str,
    ) -> Result<Cow<'a, Value>, Error> {
        self.evaluate(scope, field).map_err(|error| match error {
            Error::Path(source) => Error::PathNotFound {
                path: source.path,
                field: field.to_owned(),
                input: scope.input.to_string(),
            },
            other => other,
        })
    }
}

/// JSON with expressions in it: `Parameters`, `Arguments`, `Output`, the values of `Assign`, ...
///
/// In JSONPath an expression stands where a key ends in `.$`; the parser has cut the ending off.
/// A part without expressions is one [`Template::Literal`], however large.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// A part without expressions.
    Literal(Value),
    /// An object that has expressions somewhere below.
    Object(Vec<(String, Template)>),
    /// An array that has expressions somewhere below.
    Array(Vec<Template>),
    /// An expression.
    Expression(Expression),
}

impl Template {
    /// The template with its expressions evaluated. `field` is the name of the field it stands in,
    /// as AWS gives it in causes: `Output`, `Assign/result`.
    ///
    /// # Errors
    /// Where an expression fails, or is undefined.
    pub fn evaluate(&self, scope: &Scope<'_>, field: &str) -> Result<Value, Error> {
        let _ = field;
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Object(fields) => {
                let mut object = Map::with_capacity(fields.len());
                for (key, template) in fields {
                    object.insert(key.clone(), template.evaluate(scope, key)?);
                }
                Ok(Value::Object(object))
            }
            Self::Array(items) => items
                .iter()
                .map(|item| item.evaluate(scope, field))
                .collect(),
            Self::Expression(expression) => expression.evaluate(scope, field).map(Cow::into_owned),
        }
    }
}

/// Why a text is no expression of its language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong with it.
    pub message: String,
    /// Where, in bytes of the expression's text, as far as known.
    pub offset: Option<usize>,
}

/// Why an expression has no value. The texts are AWS's; the interpreter puts the state before them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A path selects nothing, where the field is a path by nature (`InputPath`).
    #[error(transparent)]
    Path(#[from] path::Error),
    /// A path selects nothing, where the field is part of a payload (`value.$`, `ErrorPath`).
    #[error(
        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
    )]
    PathNotFound {
        /// The path as it was written.
        path: String,
        /// The field: `value.$`.
        field: String,
        /// The JSON text of what the path was applied to.
        input: String,
    },
    /// An intrinsic function failed.
    #[error(transparent)]
    Intrinsic(#[from] intrinsic::Error),
    /// A JSONata expression is undefined.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned nothing (undefined)."
    )]
    Undefined {
        /// The expression without `{%` and `%}`.
        expression: String,
        /// Where it stands: `Output/result`.
        field: String,
    },
    /// A JSONata expression threw.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' threw an error during evaluation. {source}"
    )]
    Threw {
        /// The expression without `{%` and `%}`.
        expression: String,
        /// Where it stands: `Output/result`.
        field: String,
        /// What it threw.
        source: jsonata::Error,
    },
    /// A JSONata expression has a value of a type that the field does not take.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. Expected '{expected}', but was '{actual}' for value: {value}"
    )]
    UnexpectedType {
        /// The expression without `{%` and `%}`.
        expression: String,
        /// Where it stands: `Output/result`.
        field: String,
        /// The type that the field takes: `array`.
        expected: &'static str,
        /// The value's type.
        actual: &'static str,
        /// The value's JSON text.
        value: String,
    },
}

impl Error {
    /// The error's name, as Retry and Catch know it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Path(_) | Self::PathNotFound { .. } => "States.Runtime",
            Self::Intrinsic(_) => "States.IntrinsicFailure",
            Self::Undefined { .. } | Self::Threw { .. } | Self::UnexpectedType { .. } => {
                "States.QueryEvaluationError"
            }
        }
    }

    /// The `location` of the EvaluationFailed event that AWS records: `Output/result`. None where
    /// AWS records no such event.
    pub fn location(&self) -> Option<&str> {
        match self {
            Self::Path(_) | Self::PathNotFound { .. } | Self::Intrinsic(_) => None,
            Self::Undefined { field, .. }
            | Self::Threw { field, .. }
            | Self::UnexpectedType { field, .. } => Some(field),
        }
    }
}

/// What an expression may look at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `$` in JSONPath, which is whatever the field at hand is applied to; `$states.input`.
    pub input: &'a Value,
    /// `$states.result`.
    pub result: Option<&'a Value>,
    /// `$states.errorOutput`.
    pub error_output: Option<&'a Value>,
    /// What does not change from field to field.
    pub environment: &'a dyn Environment,
}

/// What stays the same while one state's fields are evaluated.
pub trait Environment {
    /// The context object: `$$`, `$states.context`.
    fn context(&self) -> &Value;
    /// A variable of this or an outer scope.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// The next 64 random bits. The same execution at the same event draws the same ones.
    fn random(&self) -> u64;
}
