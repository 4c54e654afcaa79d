//! `StartAt` and `States`.

use super::{fields::Fields, location::quoted, state};
use crate::{definition::Workflow, diagnostic::Code};

/// How many characters the name of a state may have.
const MAX_NAME: usize = 80;

/// `StartAt` and `States`, of the machine, of a branch or of an item processor.
pub(super) fn parse(fields: &Fields<'_>) -> Option<Workflow> {
    let states = fields.required("States");
    let start_at = fields.required("StartAt").and_then(|node| node.string());
    let states = states?;
    states.fields()?;
    let mut names = Vec::new();
    for node in states.properties() {
        let name = node.key();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            node.error_head(
                Code::SchemaValidationFailed,
                format_args!("State name '{}' must have 1 to {MAX_NAME} characters", quoted(name)),
                "Choose a name of that length. A Comment can say more.",
            );
        }
        if let Some(state) = node.fields().and_then(state::parse) {
            names.push(state.name.clone());
            node.context().add_state(state);
        }
    }
    if states.properties().next().is_none() {
        states.error("Value cannot be empty", "Add at least one state.");
    }
    Some(Workflow { start_at: start_at?.into(), states: names })
}
