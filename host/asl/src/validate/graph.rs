//! Transitions.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{loops, nested, states};
use crate::{
    diagnostic::Code,
    parse::{location::quoted, node::Node},
};

/// Checks a workflow and those within it.
pub(super) fn check(workflow: &Node<'_>) {
    let states = states(workflow);
    for state in &states {
        nested(state).iter().for_each(check);
    }
    if states.is_empty() {
        return;
    }
    let by_name: IndexMap<_, _> = states.iter().map(|state| (state.key(), state)).collect();
    let start = workflow.find("StartAt");
    let mut resolved = start.as_ref().is_some_and(|node| resolves(node, &by_name));
    let mut complete = true;
    for state in &states {
        let targets = targets(state);
        complete &= is_terminal(state) || !targets.is_empty();
        for target in targets {
            resolved &= resolves(&target, &by_name);
        }
    }
    // Where a transition is missing or leads nowhere, what it was meant to reach is unknown.
    if resolved && complete {
        reachable(start.as_ref(), &by_name, &states);
    }
    let ends = states.iter().any(is_terminal);
    if resolved && complete && ends {
        loops::check(start.as_ref(), &by_name, &states);
    }
    if complete && !ends {
        workflow.error_whole(
            Code::MissingEndState,
            "Workflow has no terminal state",
            "Add \"End\": true to the last state, or a Succeed or Fail state.",
        );
    }
}

/// Whether a transition's target is a state of its workflow.
fn resolves(target: &Node<'_>, states: &IndexMap<&str, &Node<'_>>) -> bool {
    let Some(name) = target.raw().as_string_lit().map(|literal| literal.value.as_ref()) else {
        return false;
    };
    if states.contains_key(name) {
        return true;
    }
    let nearest = target.context().nearest(name, states.keys().copied());
    target.error_code(
        Code::MissingTransitionTarget,
        format_args!("Missing '{}' target: {}", target.key(), quoted(name)),
        match nearest {
            Some(nearest) => format!("Did you mean \"{nearest}\"?"),
            None => "A transition stays within its workflow: name one of the states beside it."
                .to_owned(),
        },
    );
    false
}

/// Where a state may lead: the values of `Next` and `Default`, in it and in its rules and catchers.
pub(super) fn targets<'a>(state: &Node<'a>) -> Vec<Node<'a>> {
    let mut targets: Vec<_> = state.find("Next").into_iter().collect();
    if kind(state) == "Choice" {
        for rule in state.find("Choices").iter().flat_map(Node::elements) {
            targets.extend(rule.find("Next"));
        }
        targets.extend(state.find("Default"));
    }
    for catcher in state.find("Catch").iter().flat_map(Node::elements) {
        targets.extend(catcher.find("Next"));
    }
    targets
}

pub(super) fn kind<'a>(state: &Node<'a>) -> &'a str {
    let type_ = state.find("Type");
    type_.and_then(|node| node.raw().as_string_lit()).map_or("", |literal| literal.value.as_ref())
}

pub(super) fn is_terminal(state: &Node<'_>) -> bool {
    let end = state.find("End").and_then(|node| node.raw().as_boolean_lit());
    matches!(kind(state), "Succeed" | "Fail") || end.is_some_and(|end| end.value)
}

/// Reports the states that nothing leads to.
fn reachable<'a>(
    start: Option<&Node<'a>>,
    by_name: &IndexMap<&'a str, &Node<'a>>,
    states: &[Node<'a>],
) {
    let name = |node: &Node<'a>| node.raw().as_string_lit().map(|literal| literal.value.as_ref());
    let mut reached = HashSet::new();
    let mut pending: Vec<&str> = start.and_then(name).into_iter().collect();
    while let Some(next) = pending.pop() {
        if reached.insert(next)
            && let Some(state) = by_name.get(next)
        {
            pending.extend(targets(state).iter().filter_map(name));
        }
    }
    for state in states.iter().filter(|state| !reached.contains(state.key())) {
        state.error_head(
            Code::MissingTransitionTarget,
            format_args!("State \"{}\" is not reachable.", quoted(state.key())),
            "Let a state name it as Next, or remove it.",
        );
    }
}
