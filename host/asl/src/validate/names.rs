//! Names of states.

use std::collections::HashSet;

use super::{nested, states};
use crate::{
    diagnostic::Code,
    parse::{location::quoted, node::Node},
};

/// Reports the names that states of different workflows share. Those within one are no JSON in the
/// first place.
pub(super) fn check(machine: &Node<'_>) {
    workflow(machine, &mut HashSet::new());
}

fn workflow<'a>(node: &Node<'a>, seen: &mut HashSet<&'a str>) {
    let states = states(node);
    let mut own = HashSet::new();
    for state in &states {
        if own.insert(state.key()) && !seen.insert(state.key()) {
            state.error_head(
                Code::DuplicateStateName,
                format_args!("Duplicate State name: {}", quoted(state.key())),
                "Names are unique in the whole machine, branches and item processors included.",
            );
        }
    }
    for inner in states.iter().flat_map(nested) {
        workflow(&inner, seen);
    }
}
