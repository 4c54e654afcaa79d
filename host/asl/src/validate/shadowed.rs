//! Retriers, catchers and choice rules that an earlier one leaves nothing to.

use std::collections::HashMap;

use serde_json::Value;

use super::{graph::kind, nested, states};
use crate::{
    diagnostic::Code,
    parse::{location::quoted, node::Node},
};

/// Warns of them, in the machine and the workflows within it.
pub(super) fn check(workflow: &Node<'_>) {
    for state in states(workflow) {
        for field in ["Retry", "Catch"] {
            if let Some(list) = state.find(field) {
                errors(&list);
            }
        }
        if kind(&state) == "Choice"
            && let Some(choices) = state.find("Choices")
        {
            rules(&choices, state.find("Default").is_some());
        }
        nested(&state).iter().for_each(check);
    }
}

/// Errors go to the first retrier or catcher that matches.
fn errors(list: &Node<'_>) {
    let mut taken = Taken::default();
    for (index, element) in list.elements().enumerate() {
        let Some(names) = element.find("ErrorEquals") else { continue };
        let names: Vec<_> = names.elements().collect();
        // What is no list of names has a finding of its own.
        if names.iter().any(|name| name.as_str().is_none()) {
            continue;
        }
        let earlier: Vec<_> = names
            .iter()
            .map(|node| {
                let name = node.as_str().unwrap_or_default();
                let by = taken.by(name);
                taken.first.entry(name).or_insert(index);
                by
            })
            .collect();
        if !names.is_empty() && earlier.iter().all(|by| by.is_some_and(|by| by < index)) {
            element.warning_head(
                Code::NeverReached,
                format_args!("Element {index} of '{}' can never be reached", list.key()),
                "Earlier elements match all of its errors, and the first that matches is taken. \
                 Remove it, or move it to the front.",
            );
            continue;
        }
        for (node, by) in names.iter().zip(earlier) {
            let name = quoted(node.as_str().unwrap_or_default());
            match by {
                Some(by) if by == index => node.warning_code(
                    Code::NeverReached,
                    format_args!("The error '{name}' is already matched in the same list"),
                    "Remove it.",
                ),
                Some(by) => node.warning_code(
                    Code::NeverReached,
                    format_args!("The error '{name}' is already matched by element {by}"),
                    "The first element that matches is taken. Remove the name here or there.",
                ),
                None => {}
            }
        }
    }
}

/// The names that were seen, each with the element it was first in.
#[derive(Default)]
struct Taken<'a> {
    first: HashMap<&'a str, usize>,
}

impl Taken<'_> {
    /// The element that matches all errors that a name stands for.
    fn by(&self, name: &str) -> Option<usize> {
        // A second one is an error: it must be the last.
        if name == "States.ALL" {
            return None;
        }
        // States.TaskFailed matches all but timeouts; a missed heartbeat is one.
        let timeout = matches!(name, "States.Timeout" | "States.HeartbeatTimeout");
        let task_failed = (!timeout).then(|| self.first.get("States.TaskFailed")).flatten();
        self.first.get(name).into_iter().chain(task_failed).min().copied()
    }
}

/// The first rule that holds is taken, and `Default` where none does.
fn rules(choices: &Node<'_>, has_default: bool) {
    let rules: Vec<_> = choices.elements().collect();
    let mut seen = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        match constant(rule) {
            Some(true) => {
                let last = index + 1 == rules.len();
                let behind = match (last, has_default) {
                    (true, false) => return,
                    (true, true) => "'Default'",
                    (false, false) => "The rules behind it",
                    (false, true) => "The rules behind it and 'Default'",
                };
                if let Some(condition) = rule.find("Condition") {
                    condition.warning_code(
                        Code::NeverReached,
                        "This rule always holds",
                        format_args!("{behind} can never be reached. Remove what is not needed."),
                    );
                }
                return;
            }
            Some(false) => {
                if let Some(condition) = rule.find("Condition") {
                    condition.warning_code(
                        Code::NeverReached,
                        "This rule never holds",
                        "Remove it, or give it a condition that depends on something.",
                    );
                }
                continue;
            }
            None => {}
        }
        let earlier = *seen.entry(condition(rule)).or_insert(index);
        if earlier != index {
            rule.warning_head(
                Code::NeverReached,
                format_args!("Rule {index} of 'Choices' can never be reached"),
                format_args!(
                    "Rule {earlier} has the same condition, and the first that holds is taken. \
                     Remove one of the two."
                ),
            );
        }
    }
}

/// The value of a condition that depends on nothing.
fn constant(rule: &Node<'_>) -> Option<bool> {
    let condition = rule.find("Condition")?;
    if let Some(constant) = condition.raw().as_boolean_lit() {
        return Some(constant.value);
    }
    let inner = condition.as_str()?.strip_prefix("{%")?.strip_suffix("%}")?;
    match inner.trim() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// What a rule tests: all of it but what follows from the test.
fn condition(rule: &Node<'_>) -> Value {
    let mut value = rule.json();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !matches!(&**name, "Next" | "Assign" | "Output" | "Comment"));
    }
    value
}
