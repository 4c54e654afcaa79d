//! Variables: an inner workflow reads those of the outer one, and must not assign to their names.
//!
//! See <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.

use std::collections::HashSet;

use super::{nested, states};
use crate::{
    diagnostic::Code,
    parse::{location::quoted, node::Node},
};

/// Reports assignments that shadow a variable of an outer workflow.
pub(super) fn check(machine: &Node<'_>) {
    workflow(machine, &mut HashSet::new());
}

fn workflow<'a>(node: &Node<'a>, outer: &mut HashSet<&'a str>) {
    let states = states(node);
    let mut own = HashSet::new();
    for assignment in states.iter().flat_map(assignments) {
        let name = variable(&assignment);
        if outer.contains(name) {
            assignment.error_head(
                Code::SchemaValidationFailed,
                format_args!("Variable '{}' is assigned in an outer scope", quoted(name)),
                "A branch or item processor reads outer variables, and has names of its own for \
                 those that it assigns.",
            );
        } else {
            own.insert(name);
        }
    }
    outer.extend(&own);
    for inner in states.iter().flat_map(nested) {
        if is_distributed(&inner) {
            workflow(&inner, &mut HashSet::new());
        } else {
            workflow(&inner, outer);
        }
    }
    for name in own {
        outer.remove(name);
    }
}

/// Whether it is the item processor of a distributed Map: an execution of its own, that knows no
/// variables from outside.
fn is_distributed(workflow: &Node<'_>) -> bool {
    let mode = workflow.find("ProcessorConfig").and_then(|config| config.find("Mode"));
    mode.is_some_and(|mode| mode.as_str() == Some("DISTRIBUTED"))
}

fn variable<'a>(assignment: &Node<'a>) -> &'a str {
    let key = assignment.key();
    key.strip_suffix(".$").unwrap_or(key)
}

/// The properties of every `Assign` in a state.
fn assignments<'a>(state: &Node<'a>) -> Vec<Node<'a>> {
    let parts = ["Choices", "Catch"].into_iter().filter_map(|name| state.find(name));
    let parts = parts.flat_map(|node| node.elements().collect::<Vec<_>>());
    std::iter::once(state.clone())
        .chain(parts)
        .filter_map(|part| part.find("Assign"))
        .flat_map(|assign| assign.properties().collect::<Vec<_>>())
        .collect()
}
