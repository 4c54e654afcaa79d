//! Parallel: runs branches side by side, each with the same input.

use std::collections::BTreeMap;

use serde_json::Value;
use stepwell_asl::{Json, definition::Parallel};

use crate::{
    Failure,
    errors::{Child, Raised},
    event::Details,
    run::{Flow, Run},
    states,
    strand::{Fork, Phase, Strand},
};

/// Starts the branches. Where the state is tested they are mocked: it waits for their results.
pub(super) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    parallel: &Parallel,
) -> Result<Flow, Raised> {
    let input = {
        let processing = run.processing(strand, &parallel.io).retryable();
        processing.arguments(&processing.input()?)?
    };
    if run.inspector.is_some() {
        return Ok(Flow::Wait);
    }
    let started = run.emit(strand, Details::ParallelStateStarted);
    let children: BTreeMap<_, _> = parallel
        .branches
        .iter()
        .enumerate()
        .map(|(index, branch)| {
            let parent = Some((strand.id, index));
            (index, run.spawn(parent, started, None, branch.start_at.clone(), input.clone()))
        })
        .collect();
    let results = vec![None; children.len()];
    let stopped = BTreeMap::new();
    let fork = Fork { results, children, stopped, iterations: None };
    strand.visit.phase = Phase::Forked(Box::new(fork));
    Ok(Flow::Wait)
}

/// Goes on with the branches that did not succeed.
pub(super) fn redrive(run: &mut Run<'_>, strand: &mut Strand) -> Flow {
    if let Phase::Forked(fork) = &mut strand.visit.phase {
        for (index, child) in std::mem::take(&mut fork.stopped) {
            fork.children.insert(index, child.id);
            run.revive(child, strand.previous);
        }
    }
    Flow::Wait
}

/// A branch has ended.
pub(super) fn join(
    run: &mut Run<'_>,
    strand: &mut Strand,
    child: Strand,
    index: usize,
    result: Result<Json, Failure>,
    parallel: &Parallel,
) -> Result<Flow, Raised> {
    let Phase::Forked(fork) = &mut strand.visit.phase else { return Ok(Flow::Wait) };
    fork.children.remove(&index);
    strand.previous = child.previous;
    match result {
        Ok(output) => {
            if let Some(slot) = fork.results.get_mut(index) {
                *slot = Some(output);
            }
            if !fork.children.is_empty() {
                return Ok(Flow::Wait);
            }
        }
        Err(failure) => {
            states::tell_failed_child(run, &child);
            fork.stopped.insert(index, child);
            states::abort_children(run, strand, strand.previous);
            return Err(Raised { child: Some(Child::Branch), ..failure.into() });
        }
    }
    let result = collect(&mut fork.results);
    strand.visit.phase = Phase::Ready;
    succeed(run, strand, parallel, &result)
}

/// Leaves the state with what its branches returned.
pub(crate) fn succeed(
    run: &mut Run<'_>,
    strand: &mut Strand,
    parallel: &Parallel,
    result: &Json,
) -> Result<Flow, Raised> {
    // The StateExited event follows from the last branch, as this one does.
    run.append(strand.previous, Details::ParallelStateSucceeded, None);
    let exit = {
        let processing = run.processing(strand, &parallel.io).retryable();
        processing.exit(result, &parallel.assign)?
    };
    run.leave(strand, exit, &parallel.transition)
}

/// The array of what the branches or iterations returned; those that were allowed to fail are not
/// in it.
pub(super) fn collect(results: &mut Vec<Option<Json>>) -> Json {
    let results = std::mem::take(results).into_iter().flatten();
    Value::Array(results.map(Json::into_value).collect()).into()
}
