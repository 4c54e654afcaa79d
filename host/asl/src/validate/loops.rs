//! Loops that can never end.

use std::collections::{HashSet, VecDeque};

use indexmap::IndexMap;
use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use super::graph::{is_terminal, targets};
use crate::{
    diagnostic::Code,
    parse::{location::quoted, node::Node},
};

/// How many states of a loop are named.
const MAX_NAMED: usize = 10;

/// Warns of states that, once entered, only lead to each other: no transition, rule or catcher
/// leads out, and none of them ends the workflow. That a state may fail is no way out that anybody
/// would plan.
///
/// Every transition of the workflow must lead somewhere.
pub(super) fn check<'a>(
    start: Option<&Node<'a>>,
    by_name: &IndexMap<&'a str, &Node<'a>>,
    states: &[Node<'a>],
) {
    let mut graph = DiGraph::<(), ()>::with_capacity(states.len(), states.len());
    for _ in states {
        graph.add_node(());
    }
    let index = |target: &Node<'a>| by_name.get_index_of(target.as_str()?).map(NodeIndex::new);
    for (from, state) in states.iter().enumerate() {
        for to in targets(state).iter().filter_map(index) {
            graph.add_edge(NodeIndex::new(from), to, ());
        }
    }
    let order = breadth_first(&graph, start.and_then(index));
    for component in kosaraju_scc(&graph) {
        let members: HashSet<_> = component.iter().copied().collect();
        let leads_out = component.iter().any(|&member| {
            is_terminal(&states[member.index()])
                || graph.neighbors(member).any(|to| !members.contains(&to))
        });
        if leads_out {
            continue;
        }
        // From where it is entered on, as the execution goes.
        let mut entered = order.iter().filter(|state| members.contains(state));
        let Some(&entry) = entered.next() else { continue };
        let others: Vec<_> = entered.map(|state| states[state.index()].key()).collect();
        report(&states[entry.index()], &others);
    }
}

/// The states that can be reached, the nearest first.
fn breadth_first(graph: &DiGraph<(), ()>, start: Option<NodeIndex>) -> Vec<NodeIndex> {
    let mut seen: HashSet<_> = start.into_iter().collect();
    let mut pending: VecDeque<_> = start.into_iter().collect();
    let mut order = Vec::new();
    while let Some(state) = pending.pop_front() {
        order.push(state);
        // petgraph has the last edge first.
        let mut next: Vec<_> = graph.neighbors(state).collect();
        next.reverse();
        pending.extend(next.into_iter().filter(|state| seen.insert(*state)));
    }
    order
}

fn report(entry: &Node<'_>, others: &[&str]) {
    const HELP: &str = "Give it a way out: a Choice or a Catch that leads to a state outside, \
                        \"End\": true, or a Succeed or Fail state.";
    if others.is_empty() {
        entry.warning_head(
            Code::EndlessLoop,
            format_args!(
                "State \"{}\" only leads to itself, so it never ends",
                quoted(entry.key())
            ),
            HELP,
        );
        return;
    }
    let mut named: Vec<_> = std::iter::once(entry.key())
        .chain(others.iter().copied())
        .take(MAX_NAMED)
        .map(|name| format!("\"{}\"", quoted(name)))
        .collect();
    let more = (others.len() + 1).saturating_sub(MAX_NAMED);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    entry.warning_head(
        Code::EndlessLoop,
        format_args!("The loop of the states {} never ends", named.join(", ")),
        HELP,
    );
}
