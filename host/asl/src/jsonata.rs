//! JSONata as AWS runs it: version 2.0.6 with AWS's own functions and without `$eval`, over
//! `$states` and the variables instead of an input document.
//!
//! The evaluator is the crate `jsonata-core`. What this module adds:
//!
//! - `syntax`: refuses at definition time what later JSONata has, and what AWS has not;
//! - `meter`: bounds what an expression may allocate, which the evaluator leaves open;
//! - `data`: hands over only the parts of the state's data that the expression looks into;
//! - `functions`: AWS's functions, and those that would otherwise read the clock or draw from
//!   the system's randomness;
//! - `patience`: ends what does not end, and nothing else because the machine stood still.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

mod ast;
mod data;
mod functions;
mod meter;
mod patience;
mod syntax;
#[cfg(test)]
mod tests;
mod variables;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
};

use jsonata_core::{
    ast::AstNode,
    evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions},
    parser::ParserError,
    value::JValue,
};
use serde_json::Value;

use self::{data::Needs, functions::Functions, meter::Meter};
use crate::expression::{Scope, SyntaxError};

/// How many items one sequence may have: the longest range that AWS accepts is `[1..873782]`.
pub const SEQUENCE: usize = 873_782;

/// How many bytes a string may have: AWS accepts 2^22 characters.
pub const STRING: usize = 1 << 22;

/// How many bytes of strings, arrays and objects one evaluation may make in all, those that it
/// drops again included.
pub const MEMORY: usize = 512 << 20;

/// How deep an evaluation may nest. A function that calls itself from within an expression gets
/// a little more than a hundred calls deep, as on AWS.
pub const DEPTH: usize = 340;

/// How long an evaluation may take, in milliseconds of real time: the one thing in this crate
/// that depends on a clock. It is far above what expressions over state data need, so that it
/// ends endless loops only. It counts where the processor has worked for half of it, so that nothing
/// fails because the machine stood still.
pub const TIME: u64 = 2_000;

/// A JSONata expression. Clones share it.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Arc<str>,
    program: Arc<Program>,
}

#[derive(Debug)]
struct Program {
    /// The expression with its allocations metered.
    ast: AstNode,
    /// The variables it refers to, with the parts of their values that it looks into.
    needs: Needs,
    /// The functions of our own that it calls.
    functions: Functions,
    /// Whether it has anything to meter.
    metered: bool,
}

impl Expression {
    /// Parses an expression: what stands between `{%` and `%}`.
    ///
    /// # Errors
    /// Where it is no JSONata, or JSONata that AWS refuses.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let text = text.trim();
        let ast = parse(text)?;
        syntax::check(&ast)?;
        Ok(Self { text: text.into(), program: Arc::new(Program::new(ast)) })
    }

    /// The expression as it was written, without white space around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The state machine's variables it refers to, each once, in order of appearance.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.program.needs.names().filter(|name| *name != data::STATES && !meter::is_function(name))
    }

    /// The expression's value; none where it is undefined.
    ///
    /// # Errors
    /// Where it throws, or exceeds a limit.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, Error> {
        self.evaluate_within(TIME, scope)
    }

    fn evaluate_within(&self, time: u64, scope: &Scope<'_>) -> Result<Option<Value>, Error> {
        let program = &*self.program;
        let random = if program.functions.draw() { scope.environment.random() } else { 0 };
        let now = scope.environment.now();
        patience::patiently(time, patience::worked, |time| {
            let mut context = Context::new();
            program.needs.bind(scope, &mut context);
            program.run(time, context, &JValue::Undefined, random, now)
        })
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

/// The value of an expression over a document of its own, as JSONata's own test suite has it:
/// `$` is the document, and the members of `bindings` are the variables. `time` is [`TIME`]'s for it.
///
/// # Errors
/// Where the expression cannot be parsed, throws, or exceeds a limit.
#[doc(hidden)]
pub fn evaluate(
    text: &str,
    document: Option<&Value>,
    bindings: &serde_json::Map<String, Value>,
    now: jiff::Timestamp,
    time: u64,
) -> Result<Option<Value>, Error> {
    let ast = parse(text).map_err(|error| Error::thrown(&error.message))?;
    syntax::check_language(&ast).map_err(|error| Error::thrown(&error.message))?;
    let mut context = Context::new();
    for (name, value) in bindings {
        context.bind(name.clone(), data::to_jsonata(value));
    }
    let document = document.map_or(JValue::Undefined, data::to_jsonata);
    Program::new(ast).run(time, context, &document, 0, now)
}

fn parse(text: &str) -> Result<AstNode, SyntaxError> {
    let parsed = catch_unwind(|| jsonata_core::parser::parse(text));
    let message = match parsed {
        Ok(Ok(ast)) => return Ok(ast),
        Ok(Err(ParserError::UnclosedComment)) => "S0106: Comment has no closing tag".to_owned(),
        Ok(Err(error)) => from_code(&error.to_string()).to_owned(),
        Err(_) => "The expression cannot be parsed".to_owned(),
    };
    Err(SyntaxError { message, offset: None })
}

/// A message of the evaluator from its code on: `T0410: Argument ...`. Some have words before it.
fn from_code(message: &str) -> &str {
    let starts = message.match_indices(char::is_uppercase).map(|(at, _)| &message[at..]);
    let mut coded =
        starts.filter(|rest| jsonata_core::evaluator::error_code_prefix(rest).is_some());
    coded.next().unwrap_or(message)
}

impl Program {
    fn new(mut ast: AstNode) -> Self {
        let needs = Needs::of(&ast);
        let metered = meter::install(&mut ast);
        let functions = Functions::of(&ast);
        Self { ast, needs, functions, metered }
    }

    fn run(
        &self,
        time: u64,
        context: Context,
        document: &JValue,
        random: u64,
        now: jiff::Timestamp,
    ) -> Result<Option<Value>, Error> {
        // Depth and sequence length are checked by the evaluator, the rest by the meter.
        let options = EvaluatorOptions {
            timeout_ms: Some(time),
            max_stack_depth: Some(DEPTH),
            max_sequence_length: Some(SEQUENCE),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        if self.metered {
            meter::register(&mut evaluator, &Rc::new(Meter::default()))?;
        }
        self.functions.register(&mut evaluator, random, now)?;
        // The evaluator asserts what it holds for certain. Nothing of it outlives this call, so a
        // broken promise of its own fails the expression and nobody else.
        let result = catch_unwind(AssertUnwindSafe(|| evaluator.evaluate(&self.ast, document)));
        match result {
            Ok(Ok(value)) => data::from_jsonata(&value),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Error::thrown("The expression cannot be evaluated")),
        }
    }
}

/// Why an expression failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The expression threw, or misused an operator or a function.
    #[error("{message}")]
    Thrown {
        /// JSONata's code: `T2001`.
        code: Option<String>,
        /// JSONata's message, which starts with the code.
        message: String,
    },
    /// It makes more than [`MEMORY`] bytes, a string of more than [`STRING`], or a sequence of
    /// more than [`SEQUENCE`] items.
    #[error("Expression evaluation memory limit exceeded")]
    Memory,
    /// It nests deeper than [`DEPTH`].
    #[error(
        "Stack overflow error: Check for non-terminating recursive function. Consider rewriting \
         as tail-recursive."
    )]
    Depth,
    /// It takes longer than [`TIME`].
    #[error("Expression evaluation timeout: Check for infinite loop")]
    Time,
}

impl Error {
    fn thrown(message: &str) -> Self {
        let message = from_code(message);
        let code = jsonata_core::evaluator::error_code_prefix(message).map(str::to_owned);
        Self::Thrown { code, message: message.to_owned() }
    }
}

impl From<EvaluatorError> for Error {
    fn from(error: EvaluatorError) -> Self {
        match error.code() {
            Some("D1011" | "U1001") => Self::Depth,
            Some("D1012") => Self::Time,
            Some("D2014" | "D2015" | meter::CODE) => Self::Memory,
            _ => Self::thrown(error.message()),
        }
    }
}
