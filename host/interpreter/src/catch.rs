//! `Catch`.

use stepwell_asl::{
    State,
    definition::{Catcher, Io, Kind},
};

use crate::{
    errors::{self, Raised},
    run::{Flow, Run},
    strand::Strand,
};

fn catchers(state: &State) -> Option<(&[Catcher], &Io)> {
    match &state.kind {
        Kind::Task(task) => Some((&task.catch, &task.io)),
        Kind::Parallel(parallel) => Some((&parallel.catch, &parallel.io)),
        Kind::Map(map) => Some((&map.catch, &map.io)),
        _ => None,
    }
}

/// The first catcher that matches an error, with its index.
pub(crate) fn matching<'a>(state: &'a State, raised: &Raised) -> Option<(usize, &'a Catcher)> {
    let matches = |catcher: &Catcher| errors::matches(&catcher.error_equals, raised);
    catchers(state)?.0.iter().enumerate().find(|(_, catcher)| matches(catcher))
}

/// Goes on to the state of the first catcher that matches; none where none does.
pub(crate) fn apply(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
    raised: &Raised,
) -> Option<Result<Flow, Raised>> {
    let (_, io) = catchers(state)?;
    let (_, catcher) = matching(state, raised)?;
    let exit = run.processing(strand, io).retryable().exit_caught(
        &raised.failure,
        &catcher.output,
        &catcher.assign,
    );
    Some(exit.and_then(|exit| {
        let output = run.exit(strand, exit)?;
        Ok(Flow::Next(catcher.next.clone(), output))
    }))
}
