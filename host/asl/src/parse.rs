//! Definition text into a [`StateMachine`], with everything that is wrong told at once.
//!
//! The text is read into a tree with positions ([`node`]); each kind of state takes its fields out
//! of that tree in a file of its own ([`fields`]); what concerns a workflow as a whole is checked
//! on the tree by [`crate::validate`].

mod assign;
mod catch;
mod choice;
mod context;
mod distributed;
mod expression;
mod fail;
mod fields;
mod io;
mod json;
pub(crate) mod location;
mod map;
pub(crate) mod node;
mod parallel;
mod pass;
mod retry;
mod state;
mod succeed;
mod task;
mod template;
mod timestamp;
mod wait;
mod workflow;

use crate::{
    Diagnostic,
    definition::{QueryLanguage, StateMachine, Type},
    tasks::Tasks,
    validate,
};
use context::Context;
use fields::Fields;
use node::{MAX_SECONDS, Node};

/// A definition that is valid.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The machine.
    pub machine: StateMachine,
    /// What does not keep it from running, but is hardly as meant, in the order of the text.
    pub warnings: Vec<Diagnostic>,
}

impl StateMachine {
    /// Parses and validates the definition of a Standard workflow.
    ///
    /// # Errors
    /// All findings, warnings included, in the order of the text, if one of them is an error.
    pub fn parse(text: &str) -> Result<Parsed, Vec<Diagnostic>> {
        Self::parse_as(Type::Standard, text)
    }

    /// Parses and validates the definition of a workflow of this type: an Express workflow has
    /// neither activities nor the `.sync` and `.waitForTaskToken` patterns.
    ///
    /// # Errors
    /// As [`StateMachine::parse`].
    pub fn parse_as(type_: Type, text: &str) -> Result<Parsed, Vec<Diagnostic>> {
        parse(type_, text, validate::machine)
    }

    /// Parses and validates the definition of a workflow of this type whose tasks must be among
    /// these, and take the arguments that they are given as far as these are known before the
    /// workflow runs.
    ///
    /// # Errors
    /// As [`StateMachine::parse`].
    pub fn parse_with(
        type_: Type,
        text: &str,
        tasks: &dyn Tasks,
    ) -> Result<Parsed, Vec<Diagnostic>> {
        parse(type_, text, |machine| {
            validate::machine(machine);
            validate::tasks(machine, tasks);
        })
    }

    /// Parses and validates one state as the only one of a machine, in which it is called
    /// [`StateMachine::TESTED`]. What it goes on to need not be there.
    ///
    /// # Errors
    /// As [`StateMachine::parse`]. Locations are those in the machine, spans those in the text.
    pub fn parse_state(text: &str) -> Result<Parsed, Vec<Diagnostic>> {
        json::read(text).map_err(|finding| vec![finding])?;
        let before = format!(r#"{{"StartAt":"{0}","States":{{"{0}":"#, Self::TESTED);
        let place_in_text = |findings: &mut Vec<Diagnostic>| {
            for span in findings.iter_mut().filter_map(|finding| finding.span.as_mut()) {
                let place = |at: usize| at.saturating_sub(before.len()).min(text.len());
                *span = place(span.start)..place(span.end);
            }
        };
        match parse(Type::Standard, &format!("{before}{text}}}}}"), validate::state) {
            Ok(mut parsed) => {
                place_in_text(&mut parsed.warnings);
                Ok(parsed)
            }
            Err(mut findings) => {
                place_in_text(&mut findings);
                Err(findings)
            }
        }
    }
}

fn parse(
    type_: Type,
    text: &str,
    validate: impl FnOnce(&Node<'_>),
) -> Result<Parsed, Vec<Diagnostic>> {
    let root = json::read(text).map_err(|finding| vec![finding])?;
    let context = Context::new(type_);
    let machine = {
        let root = Node::root(&root, &context);
        json::duplicates(&root);
        let machine = root.fields().and_then(|fields| machine(&fields));
        validate(&root);
        machine
    };
    let (findings, refused) = context.into_findings();
    match machine {
        Some(machine) if !refused => Ok(Parsed { machine, warnings: findings }),
        _ => Err(findings),
    }
}

/// The top level.
fn machine(fields: &Fields<'_>) -> Option<StateMachine> {
    let query_language = state::query_language(fields).unwrap_or_default();
    fields.context().set_query_language(query_language);
    let comment = fields.comment();
    if let Some(version) = fields.get("Version")
        && let Some(text) = version.string()
        && text != "1.0"
    {
        version.error("Value is not a supported version", "\"1.0\" is the only version there is.");
    }
    let timeout_seconds =
        fields.get("TimeoutSeconds").and_then(|node| node.integer(1..=MAX_SECONDS));
    let workflow = workflow::parse(fields);
    fields.finish();
    let states = fields.context().take_states();
    Some(StateMachine { comment, query_language, timeout_seconds, workflow: workflow?, states })
}

/// The help where a field belongs to the other query language.
fn other_language(language: QueryLanguage, field: &str) -> Option<&'static str> {
    let (jsonpath, jsonata) =
        (language == QueryLanguage::JsonPath, language == QueryLanguage::Jsonata);
    Some(match field {
        "InputPath" if jsonata => "JSONata states read $states.input in their expressions instead.",
        "Parameters" if jsonata => "A JSONata state has Arguments (a Map has ItemSelector).",
        "ResultSelector" | "OutputPath" if jsonata => "A JSONata state has Output.",
        "ResultPath" if jsonata => "A JSONata state has Output, or keeps the result with Assign.",
        "Result" if jsonata => "A JSONata state has Output.",
        "ItemsPath" if jsonata => "A JSONata state has Items.",
        "Variable" if jsonata => "A rule of a JSONata state has a Condition.",
        _ if jsonata && field.ends_with("Path") => {
            "A JSONata state has the field without \"Path\", with an expression between {% and %}."
        }
        "Arguments" if jsonpath => {
            "A JSONPath state has Parameters; or set \"QueryLanguage\": \"JSONata\"."
        }
        "Output" if jsonpath => {
            "A JSONPath state has ResultSelector, ResultPath and OutputPath; or set \
             \"QueryLanguage\": \"JSONata\"."
        }
        "Items" if jsonpath => {
            "A JSONPath state has ItemsPath; or set \"QueryLanguage\": \"JSONata\"."
        }
        "Condition" if jsonpath => {
            "A rule of a JSONPath state has a Variable and an operator; or set \
             \"QueryLanguage\": \"JSONata\"."
        }
        _ => return None,
    })
}
