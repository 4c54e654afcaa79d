//! What concerns a workflow as a whole: that every transition leads somewhere, that every state is
//! reached, that it can end, that no name is used twice, and that nothing in it is in vain.
//!
//! It is checked on the definition's tree, not on the parsed types: a machine with a mistake in one
//! state shall hear of those in its transitions at the same time.

mod graph;
mod loops;
mod names;
mod shadowed;
mod tasks;
mod variables;

use crate::{parse::node::Node, tasks::Tasks};

/// Reports what is wrong with the machine's workflow, and with those of its branches and item
/// processors.
pub(crate) fn machine(machine: &Node<'_>) {
    graph::check(machine);
    names::check(machine);
    variables::check(machine);
    shadowed::check(machine);
}

/// The same for a machine with one state, of which is unknown what it goes on to.
pub(crate) fn state(machine: &Node<'_>) {
    for state in states(machine) {
        nested(&state).iter().for_each(graph::check);
    }
    names::check(machine);
    variables::check(machine);
    shadowed::check(machine);
}

/// Reports the tasks that a machine asks for and that there are not, and the arguments that a task
/// does not take.
pub(crate) fn tasks(machine: &Node<'_>, tasks: &dyn Tasks) {
    tasks::check(machine, tasks);
}

/// The workflows directly within a state: branches, or an item processor.
fn nested<'a>(state: &Node<'a>) -> Vec<Node<'a>> {
    let mut workflows: Vec<_> = state
        .find("Branches")
        .iter()
        .flat_map(|node| node.elements().collect::<Vec<_>>())
        .collect();
    workflows.extend(state.find("ItemProcessor").or_else(|| state.find("Iterator")));
    workflows
}

/// The states of a workflow.
fn states<'a>(workflow: &Node<'a>) -> Vec<Node<'a>> {
    workflow.find("States").iter().flat_map(|node| node.properties().collect::<Vec<_>>()).collect()
}
