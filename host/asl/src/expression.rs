//! Evaluation: one way into the three query languages, for every field of every state.

use serde_json::Value;

use crate::{intrinsic::Intrinsic, jsonata, path::Path};

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
