//! What is wrong with a definition, and where in its text.

use serde::{Deserialize, Serialize};
use stepwell_asl::{
    Diagnostic, StateMachine,
    diagnostic::{Code, Severity},
    position::Positions,
};

use crate::{
    action::{Request, StateMachineType},
    error::Error,
    host::Host,
    service::Caller,
};

/// Asks for all problems of a definition, as `stepwell validate` tells them: its tasks are looked
/// for in the plugins that the caller has, and their arguments held against the tasks' schemas.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckDefinition {
    /// The definition's text.
    pub definition: String,
    /// Of what type the state machine is to be.
    #[serde(default)]
    pub r#type: StateMachineType,
}

impl Request for CheckDefinition {}

/// What CheckDefinition answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckedDefinition {
    /// The problems, in the order of their places.
    pub problems: Vec<Problem>,
}

/// A problem of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `ERROR`, with which a definition is refused, or `WARNING`.
    pub severity: Severity,
    /// AWS's code, or one of Stepwell's own where AWS finds nothing.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Which part it is about: `/States/Charge/Retry[0]/MaxAttempts`; empty for the whole text.
    pub location: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// From 0, in UTF-16 code units.
    pub offset: usize,
}

impl From<stepwell_asl::position::Position> for Position {
    fn from(position: stepwell_asl::position::Position) -> Self {
        Self { line: position.line, column: position.column, offset: position.utf16 }
    }
}

pub(super) async fn check_definition(
    host: &Host,
    caller: &Caller,
    request: CheckDefinition,
) -> Result<CheckedDefinition, Error> {
    let (text, type_) = (&request.definition, request.r#type.into());
    let parsed = match host.plugins() {
        Some(plugins) => StateMachine::parse_with(type_, text, &*plugins.tasks(&caller.account)),
        None => StateMachine::parse_as(type_, text),
    };
    let mut found = parsed.map_or_else(|found| found, |parsed| parsed.warnings);
    found.sort_by_key(|it| it.span.as_ref().map_or(0, |span| span.start));
    let positions = Positions::new(text);
    let problem = |it: Diagnostic| {
        let span = it.span.unwrap_or(0..text.len());
        Problem {
            severity: it.severity,
            code: it.code,
            message: it.message,
            help: it.help,
            // What is no JSON has no parts.
            location: it.location.filter(|path| path.starts_with('/')).unwrap_or_default(),
            start: positions.at(span.start).into(),
            end: positions.at(span.end).into(),
        }
    };
    Ok(CheckedDefinition { problems: found.into_iter().map(problem).collect() })
}
