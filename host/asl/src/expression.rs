//! Evaluation: one way into the three query languages, for every field of every state.

use std::{borrow::Cow, fmt};

use serde_json::{Map, Value};

use crate::{
    intrinsic::{self, Intrinsic},
    jsonata,
    path::{self, Path, Reason},
    weight::Budget,
};

pub use crate::weight::TooLarge;

#[cfg(test)]
pub(crate) mod tests;

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
    /// The expression as it was written, a JSONata expression without `{%` and `%}`.
    pub fn text(&self) -> &str {
        match self {
            Self::Path(path) => path.text(),
            Self::Intrinsic(intrinsic) => intrinsic.text(),
            Self::Jsonata(expression) => expression.text(),
        }
    }

    /// The state machine's variables that it refers to.
    pub fn variables(&self) -> Vec<&str> {
        match self {
            Self::Path(path) => path.variable().into_iter().collect(),
            Self::Intrinsic(intrinsic) => {
                intrinsic.paths().into_iter().filter_map(Path::variable).collect()
            }
            Self::Jsonata(expression) => expression.variables().collect(),
        }
    }

    /// The expression's value. `field` is the field's name as AWS gives it in causes:
    /// `TimeoutSeconds`, `Choices[0]/Condition`.
    ///
    /// # Errors
    /// Where the evaluation fails, or a JSONata expression is undefined.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>, field: &str) -> Result<Cow<'a, Value>, Error> {
        self.evaluate_at(scope, || field.to_owned())
    }

    /// [`Self::evaluate`] for the fields that AWS treats like those of a payload template:
    /// `ErrorPath` and `CausePath`. An indefinite path that leads nowhere selects an empty list
    /// there, and a definite one fails with [`Error::PathNotFound`].
    ///
    /// # Errors
    /// As for [`Self::evaluate`].
    pub fn evaluate_as_payload<'a>(
        &self,
        scope: &Scope<'a>,
        field: &str,
    ) -> Result<Cow<'a, Value>, Error> {
        self.evaluate_payload_at(scope, || field.to_owned())
    }

    fn evaluate_at<'a>(
        &self,
        scope: &Scope<'a>,
        field: impl Fn() -> String,
    ) -> Result<Cow<'a, Value>, Error> {
        match self {
            Self::Path(path) => Ok(path.evaluate(scope)?),
            Self::Intrinsic(intrinsic) => Ok(Cow::Owned(intrinsic.evaluate(scope)?)),
            Self::Jsonata(expression) => match expression.evaluate(scope) {
                Ok(Some(value)) => Ok(Cow::Owned(value)),
                Ok(None) => Err(Error::Undefined {
                    expression: expression.text().to_owned(),
                    field: field(),
                }),
                Err(source) => Err(Error::Threw {
                    expression: expression.text().to_owned(),
                    field: field(),
                    source,
                }),
            },
        }
    }

    fn evaluate_payload_at<'a>(
        &self,
        scope: &Scope<'a>,
        field: impl Fn() -> String,
    ) -> Result<Cow<'a, Value>, Error> {
        match (self, self.evaluate_at(scope, &field)) {
            (
                Self::Path(path),
                Err(Error::Path(path::Error { reason: Reason::Missing(_), .. })),
            ) => {
                if path.is_definite() {
                    Err(Error::PathNotFound {
                        path: path.text().to_owned(),
                        field: field(),
                        input: path.document_text(scope),
                    })
                } else {
                    Ok(Cow::Owned(Value::Array(Vec::new())))
                }
            }
            (_, result) => result,
        }
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
    /// The expressions in it, in the order of the text.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Object(members) => {
                members.iter().flat_map(|(_, template)| template.expressions()).collect()
            }
            Self::Array(items) => items.iter().flat_map(Self::expressions).collect(),
            Self::Expression(expression) => vec![expression],
        }
    }

    /// The template with its expressions evaluated. `field` is the name of the field it stands in,
    /// as AWS gives it in causes: `Output`, `Assign/result`.
    ///
    /// # Errors
    /// Where an expression fails, or is undefined; where the value is too large, or nests deeper
    /// than [`MAX_NESTING`](crate::data::MAX_NESTING).
    pub fn evaluate(&self, scope: &Scope<'_>, field: &str) -> Result<Value, Error> {
        self.evaluate_at(scope, &Location::Field(field), &mut Budget::default())
    }

    fn evaluate_at(
        &self,
        scope: &Scope<'_>,
        location: &Location<'_>,
        budget: &mut Budget,
    ) -> Result<Value, Error> {
        let value = match self {
            Self::Literal(value) => {
                budget.charge(value)?;
                return Ok(value.clone());
            }
            Self::Object(members) => {
                return budget.nested(|budget| {
                    members
                        .iter()
                        .map(|(name, template)| {
                            let location = Location::Member(location, name);
                            Ok((name.clone(), template.evaluate_at(scope, &location, budget)?))
                        })
                        .collect::<Result<Map<_, _>, _>>()
                        .map(Value::Object)
                });
            }
            Self::Array(items) => {
                return budget.nested(|budget| {
                    items
                        .iter()
                        .enumerate()
                        .map(|(at, item)| {
                            item.evaluate_at(scope, &Location::Item(location, at), budget)
                        })
                        .collect()
                });
            }
            Self::Expression(expression @ Expression::Jsonata(_)) => {
                expression.evaluate_at(scope, || location.to_string())?
            }
            Self::Expression(expression) => {
                expression.evaluate_payload_at(scope, || location.key())?
            }
        };
        budget.charge(&value)?;
        Ok(value.into_owned())
    }
}

/// A place in a template.
enum Location<'l> {
    Field(&'l str),
    Member(&'l Location<'l>, &'l str),
    Item(&'l Location<'l>, usize),
}

impl Location<'_> {
    /// The key with `.$` that a JSONPath expression stands at: `value.$`.
    fn key(&self) -> String {
        match self {
            Self::Field(field) => {
                let name = field.rsplit('/').next().unwrap_or_default();
                format!("{name}.$")
            }
            Self::Member(_, name) => format!("{name}.$"),
            Self::Item(location, _) => location.key(),
        }
    }
}

/// As AWS names the place of a JSONata expression: `Output/result`.
impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field),
            Self::Member(location, name) => write!(f, "{location}/{name}"),
            Self::Item(location, at) => write!(f, "{location}[{at}]"),
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A path selects nothing, where the field is a path by nature (`InputPath`).
    #[error(transparent)]
    Path(#[from] path::Error),
    /// A path selects nothing, where the field is part of a payload (`value.$`, `ErrorPath`).
    #[error(
        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input \
         '{input}'"
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
    /// The expressions of a template have more data in all than any state may pass on.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A JSONata expression is undefined.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned nothing \
         (undefined)."
    )]
    Undefined {
        /// The expression without `{%` and `%}`.
        expression: String,
        /// Where it stands: `Output/result`.
        field: String,
    },
    /// A JSONata expression threw.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' threw an error \
         during evaluation. {source}"
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
        "The JSONata expression '{expression}' specified for the field '{field}' returned an \
         unexpected result type. Expected '{expected}', but was '{actual}' for value: {value}"
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
    /// A JSONata expression's value is not of the type that its field takes.
    pub fn unexpected_type(
        expression: &jsonata::Expression,
        field: &str,
        expected: &'static str,
        value: &Value,
    ) -> Self {
        Self::UnexpectedType {
            expression: expression.text().to_owned(),
            field: field.to_owned(),
            expected,
            actual: type_name(value),
            value: value.to_string(),
        }
    }

    /// The error's name, as Retry and Catch know it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Path(_) | Self::PathNotFound { .. } => "States.Runtime",
            Self::Intrinsic(error) => error.name(),
            Self::TooLarge(_) => "States.DataLimitExceeded",
            Self::Undefined { .. } | Self::Threw { .. } | Self::UnexpectedType { .. } => {
                "States.QueryEvaluationError"
            }
        }
    }

    /// The `location` of the EvaluationFailed event that AWS records: `Output/result`. None where
    /// AWS records no such event.
    pub fn location(&self) -> Option<&str> {
        match self {
            Self::Path(_) | Self::PathNotFound { .. } | Self::Intrinsic(_) | Self::TooLarge(_) => {
                None
            }
            Self::Undefined { field, .. }
            | Self::Threw { field, .. }
            | Self::UnexpectedType { field, .. } => Some(field),
        }
    }
}

/// The name of a value's JSON type.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
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
    /// The context object for who does not look into its `Execution.Input`: that may be large, and
    /// need not be in it.
    fn outline(&self) -> &Value {
        self.context()
    }
    /// `Execution.Input` of the context object.
    fn execution_input(&self) -> Option<&Value> {
        self.context().get("Execution")?.get("Input")
    }
    /// A variable of this or an outer scope.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// The next 64 random bits. The same execution at the same event draws the same ones.
    fn random(&self) -> u64;
    /// The time that the execution has come to.
    fn now(&self) -> jiff::Timestamp;
}
