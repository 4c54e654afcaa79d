//! Map: runs a workflow once for each item.

mod distributed;
mod tested;

use std::collections::BTreeMap;

use stepwell_asl::{
    Json,
    definition::{Io, Items, Map, Mode},
    expression::{Expression, Template},
};

pub(super) use distributed::redrive_map_run;
pub(crate) use distributed::{effect, map_run_ended};

use crate::{
    Failure,
    errors::{self, Child, Raised},
    event::Details,
    io::Processing,
    map_run::{items as items_of, length},
    run::{Flow, Run},
    states::{self, parallel::collect},
    strand::{Fork, Iterations, Phase, Strand},
};

/// How many iterations run at once where `MaxConcurrency` does not say.
const DEFAULT_CONCURRENCY: u64 = 40;

pub(super) fn execute(run: &mut Run<'_>, strand: &mut Strand, map: &Map) -> Result<Flow, Raised> {
    if let Some(inspector) = run.inspector {
        return tested::execute(run, strand, map, inspector);
    }
    if let Mode::Distributed(distributed) = &map.mode {
        return distributed::execute(run, strand, map, distributed);
    }
    let (input, items, length, concurrency, tolerated) = {
        let processing = run.processing(strand, &map.io).retryable();
        let input = processing.input()?;
        let concurrency = concurrency(&processing, map, &input)?;
        let tolerance = tolerance(&processing, map, &input)?;
        let items = items(&processing, map, &input)?;
        let length = length(&items);
        let tolerated = tolerance.map(|tolerance| tolerance.of(length));
        (input, items, length, concurrency, tolerated)
    };
    let started = run.emit(strand, Details::MapStateStarted { length });
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    strand.visit.phase = Phase::Forked(Box::new(Fork {
        results: vec![None; length],
        children: BTreeMap::new(),
        stopped: BTreeMap::new(),
        iterations: Some(Iterations {
            items,
            input: Some(input),
            next: 0,
            again: BTreeMap::new(),
            failed: 0,
            tolerated,
        }),
    }));
    let first = concurrency.min(length);
    for _ in 0..first {
        iterate(run, strand, map, started)?;
    }
    if length == 0 { succeed(run, strand, map) } else { Ok(Flow::Wait) }
}

/// Goes on with the iterations that did not succeed, and with those that were not started.
pub(super) fn redrive(run: &mut Run<'_>, strand: &mut Strand, map: &Map) -> Result<Flow, Raised> {
    let concurrency = {
        let processing = run.processing(strand, &map.io).retryable();
        concurrency(&processing, map, &processing.input()?)?
    };
    let Phase::Forked(fork) = &mut strand.visit.phase else { return Ok(Flow::Wait) };
    let Some(iterations) = &mut fork.iterations else { return Ok(Flow::Wait) };
    iterations.failed = 0;
    // It may depend on the context object, which says that the execution was redriven.
    iterations.input = None;
    iterations.again.append(&mut fork.stopped);
    for _ in fork.children.len()..concurrency {
        if !iterate(run, strand, map, strand.previous)? {
            break;
        }
    }
    Ok(Flow::Wait)
}

/// An iteration has ended.
pub(super) fn join(
    run: &mut Run<'_>,
    strand: &mut Strand,
    child: Strand,
    index: usize,
    result: Result<Json, Failure>,
    map: &Map,
) -> Result<Flow, Raised> {
    let name = strand.visit.state.clone();
    let event = index as u64;
    let Phase::Forked(fork) = &mut strand.visit.phase else { return Ok(Flow::Wait) };
    let Some(iterations) = &mut fork.iterations else { return Ok(Flow::Wait) };
    fork.children.remove(&index);
    let previous = child.previous;
    let ended = match result {
        Ok(output) => {
            if let Some(slot) = fork.results.get_mut(index) {
                *slot = Some(output);
            }
            Details::MapIterationSucceeded { name, index: event }
        }
        Err(failure) => {
            iterations.failed += 1;
            let failure = match iterations.tolerated {
                Some(tolerated) if iterations.failed <= tolerated => None,
                Some(_) => Some(errors::exceed_tolerated_failure_threshold()),
                None => Some(failure),
            };
            if let Some(failure) = failure {
                fail(run, strand, child, index);
                return Err(Raised { child: Some(Child::Iteration), ..failure.into() });
            }
            fork.stopped.insert(index, child);
            Details::MapIterationFailed { name, index: event }
        }
    };
    let idle = fork.children.is_empty();
    let ended = run.append(previous, ended, None);
    // The next iteration follows from what the ended one did last, the Map's end from its end.
    let more = iterate(run, strand, map, previous)?;
    if more || !idle {
        return Ok(Flow::Wait);
    }
    strand.previous = ended;
    succeed(run, strand, map)
}

/// The Map fails with the iteration at this index: the others are aborted.
fn fail(run: &mut Run<'_>, strand: &mut Strand, child: Strand, failed: usize) {
    let name = strand.visit.state.clone();
    let previous = child.previous;
    strand.previous = previous;
    let Phase::Forked(fork) = &mut strand.visit.phase else { return };
    let after = fork.children.split_off(&failed);
    states::abort_children(run, strand, previous);
    let details = Details::MapIterationFailed { name, index: failed as u64 };
    run.append(previous, details, None);
    states::tell_failed_child(run, &child);
    let Phase::Forked(fork) = &mut strand.visit.phase else { return };
    fork.stopped.insert(failed, child);
    fork.children = after;
    states::abort_children(run, strand, previous);
}

fn succeed(run: &mut Run<'_>, strand: &mut Strand, map: &Map) -> Result<Flow, Raised> {
    let Phase::Forked(mut fork) = std::mem::replace(&mut strand.visit.phase, Phase::Ready) else {
        return Ok(Flow::Wait);
    };
    let result = collect(&mut fork.results);
    succeed_with(run, strand, map, &result)
}

/// Leaves the state with what its iterations returned.
pub(crate) fn succeed_with(
    run: &mut Run<'_>,
    strand: &mut Strand,
    map: &Map,
    result: &Json,
) -> Result<Flow, Raised> {
    // The StateExited event follows from the last iteration, as this one does.
    run.append(strand.previous, Details::MapStateSucceeded, None);
    let exit = {
        let processing = run.processing(strand, &map.io).retryable();
        processing.exit(result, &map.assign)?
    };
    run.leave(strand, exit, &map.transition)
}

/// Starts the next iteration, if there is one.
fn iterate(
    run: &mut Run<'_>,
    strand: &mut Strand,
    map: &Map,
    previous: u64,
) -> Result<bool, Raised> {
    let Phase::Forked(fork) = &mut strand.visit.phase else { return Ok(false) };
    let Some(iterations) = &mut fork.iterations else { return Ok(false) };
    if let Some((index, child)) = iterations.again.pop_first() {
        fork.children.insert(index, child.id);
        run.revive(child, previous);
        return Ok(true);
    }
    let index = iterations.next;
    let Some(item) = items_of(&iterations.items, index as u64, 1).pop() else { return Ok(false) };
    let input = match &map.item_selector {
        None => item.value.clone(),
        Some(selector) => {
            let known = iterations.input.take();
            let evaluate = || run.processing(strand, &map.io).retryable().input();
            let input = known.map_or_else(evaluate, Ok)?;
            if let Phase::Forked(fork) = &mut strand.visit.phase
                && let Some(iterations) = &mut fork.iterations
            {
                iterations.input = Some(input.clone());
            }
            let processing = run.processing(strand, &map.io).retryable().with_item(&item);
            processing.template(selector, &processing.scope(&input), "ItemSelector")?
        }
    };
    let details =
        Details::MapIterationStarted { name: strand.visit.state.clone(), index: index as u64 };
    let started = run.append(previous, details, None);
    let start_at = map.processor.start_at.clone();
    let child = run.spawn(Some((strand.id, index)), started, Some(item), start_at, input);
    if let Phase::Forked(fork) = &mut strand.visit.phase {
        fork.children.insert(index, child);
        if let Some(iterations) = &mut fork.iterations {
            iterations.next += 1;
        }
    }
    Ok(true)
}

/// `Items` or `ItemsPath`, else the state's input: an array. An object is iterated where the
/// definition itself writes one.
fn items(processing: &Processing<'_>, map: &Map, input: &Json) -> Result<Json, Raised> {
    let place = processing.place();
    match &map.items {
        Some(Items::Path(path)) => {
            let items = if path.text() == "$" {
                input.clone()
            } else {
                path.evaluate(&processing.scope(input))
                    .map(|items| items.into_owned().into())
                    .map_err(|error| place.raise(errors::RUNTIME, error))?
            };
            if items.value().is_array() {
                processing.inspect(|data| data.after_items_path = Some(items.clone()));
                return Ok(items);
            }
            // AWS names a path into the context object without its second `$`.
            let name = path.text();
            let name = name.strip_prefix('$').filter(|name| name.starts_with('$')).unwrap_or(name);
            let text = format!("Reference path \"{name}\" must point to array.");
            Err(place.raise(errors::RUNTIME, text))
        }
        Some(Items::Template(template)) => {
            let items = processing.template(template, &processing.scope(input), "Items")?;
            match template {
                Template::Expression(Expression::Jsonata(expression))
                    if !items.value().is_array() =>
                {
                    Err(place.unexpected_type(expression.text(), "Items", "array", items.value()))
                }
                _ => Ok(items),
            }
        }
        None if input.value().is_array() => {
            if let Io::JsonPath(_) = processing.io {
                processing.inspect(|data| data.after_items_path = Some(input.clone()));
            }
            Ok(input.clone())
        }
        None => {
            let text = format!("Map state input must be an array but was: {input}");
            Err(match processing.io {
                Io::JsonPath(_) => {
                    place.raise(errors::RUNTIME, "Reference path \"$\" must point to array.")
                }
                Io::Jsonata(_) => place.raise_evaluation(text, None),
            })
        }
    }
}

/// How many iterations run at once.
fn concurrency(processing: &Processing<'_>, map: &Map, input: &Json) -> Result<usize, Raised> {
    let concurrency = match max_concurrency(processing, map, input)? {
        0 => DEFAULT_CONCURRENCY,
        concurrency => concurrency,
    };
    Ok(usize::try_from(concurrency).unwrap_or(usize::MAX))
}

/// `MaxConcurrency`; 0 where it does not say.
fn max_concurrency(processing: &Processing<'_>, map: &Map, input: &Json) -> Result<u64, Raised> {
    match &map.max_concurrency {
        Some(field) => processing.integer(field, "MaxConcurrency", input),
        None => Ok(0),
    }
}

/// `ToleratedFailureCount` and `ToleratedFailurePercentage`.
struct Tolerance {
    count: Option<u64>,
    percentage: Option<f64>,
}

impl Tolerance {
    /// How many of so many iterations may fail.
    fn of(&self, length: u64) -> u64 {
        // A percentage is at most 100, so the product is no more than the length.
        let share = self.percentage.map(|share| (share * length as f64 / 100.0).floor() as u64);
        match (self.count, share) {
            (Some(count), Some(share)) => count.min(share),
            (count, share) => count.or(share).unwrap_or_default(),
        }
    }
}

fn tolerance(
    processing: &Processing<'_>,
    map: &Map,
    input: &Json,
) -> Result<Option<Tolerance>, Raised> {
    let count = map
        .tolerated_failure_count
        .as_ref()
        .map(|field| processing.integer(field, "ToleratedFailureCount", input))
        .transpose()?;
    let percentage = map
        .tolerated_failure_percentage
        .as_ref()
        .map(|field| processing.float(field, "ToleratedFailurePercentage", input))
        .transpose()?;
    if percentage.is_some_and(|percentage| !(0.0..=100.0).contains(&percentage)) {
        let name = "ToleratedFailurePercentage";
        return Err(
            processing.out_of_range(name, format_args!("{name} must be between 0 and 100."))
        );
    }
    Ok((count.is_some() || percentage.is_some()).then_some(Tolerance { count, percentage }))
}
