//! What each state type does.

mod choice;
mod fail;
pub(crate) mod map;
pub(crate) mod parallel;
mod pass;
mod succeed;
pub(crate) mod task;
mod wait;

use stepwell_asl::{
    Json, State, StateMachine,
    definition::{Kind, Workflow},
};

use crate::{
    Failure,
    errors::{self, Raised},
    event::{Details, StateType},
    run::{Flow, Run},
    strand::{Phase, Strand, StrandId},
};

/// The longest a Wait may last, and a task may take, in seconds.
const MAX_SECONDS: u64 = 99_999_999;

/// Executes the state that a strand has entered, or is to try again.
pub(crate) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
) -> Result<Flow, Raised> {
    match &state.kind {
        Kind::Pass(pass) => pass::execute(run, strand, pass),
        Kind::Task(task) => task::execute(run, strand, task),
        Kind::Choice(choice) => choice::execute(run, strand, choice),
        Kind::Wait(wait) => wait::execute(run, strand, wait),
        Kind::Succeed(succeed) => succeed::execute(run, strand, succeed),
        Kind::Fail(fail) => fail::execute(run, strand, state, fail),
        Kind::Parallel(parallel) => parallel::execute(run, strand, parallel),
        Kind::Map(map) => map::execute(run, strand, map),
    }
}

/// Goes on with a state whose time has come: the end of a Wait.
pub(crate) fn wake(run: &mut Run<'_>, strand: &mut Strand, state: &State) -> Result<Flow, Raised> {
    match &state.kind {
        Kind::Wait(wait) => wait::wake(run, strand, wait),
        _ => Ok(Flow::Wait),
    }
}

/// Goes on with a Parallel or Map state of which a branch or iteration has ended.
pub(crate) fn join(
    run: &mut Run<'_>,
    parent: &mut Strand,
    child: Strand,
    index: usize,
    result: Result<Json, Failure>,
) -> Result<Flow, Raised> {
    match run.machine.states.get(&parent.visit.state).map(|state| &state.kind) {
        Some(Kind::Parallel(parallel)) => {
            parallel::join(run, parent, child, index, result, parallel)
        }
        Some(Kind::Map(map)) => map::join(run, parent, child, index, result, map),
        _ => Ok(Flow::Wait),
    }
}

/// Tells that a Parallel or Map state has failed for good. A `States.Runtime` of its own ends the
/// execution without this event.
pub(crate) fn tell_failed(run: &mut Run<'_>, strand: &mut Strand, state: &State, raised: &Raised) {
    if raised.fatal
        || (raised.failure.error.as_deref() == Some(errors::RUNTIME) && raised.child.is_none())
    {
        return;
    }
    match &state.kind {
        Kind::Parallel(_) => run.emit(strand, Details::ParallelStateFailed),
        Kind::Map(_) => run.emit(strand, Details::MapStateFailed),
        _ => return,
    };
}

/// Goes on with a state that a redriven execution was in, or was about to enter.
pub(crate) fn redrive(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
) -> Result<Flow, Raised> {
    match (&state.kind, &strand.visit.phase) {
        (Kind::Parallel(_), Phase::Forked(_)) => Ok(parallel::redrive(run, strand)),
        (Kind::Map(map), Phase::Forked(_)) => map::redrive(run, strand, map),
        (Kind::Map(_), Phase::Distributed(_)) => Ok(map::redrive_map_run(run, strand)),
        (Kind::Fail(_), _) => run.enter(strand),
        _ => execute(run, strand, state),
    }
}

/// Aborts a strand and those below it. All events follow from the one that made it necessary.
/// Returns where it stood.
fn abort(run: &mut Run<'_>, id: StrandId, previous: u64) -> Option<Strand> {
    let mut strand = run.execution.strands.remove(&id)?;
    let state = run.machine.states.get(&strand.visit.state);
    let state_type = state.map(|state| state_type(&state.kind));
    let entered = strand.visit.is_entered();
    if let Some(
        state_type @ (StateType::Task | StateType::Wait | StateType::Parallel | StateType::Map),
    ) = state_type
        && entered
    {
        run.append(previous, Details::StateAborted { state_type }, None);
    }
    if let Phase::Distributed(order) = &strand.visit.phase
        && run.execution.map_runs.contains_key(&order.map_run)
    {
        run.append(previous, Details::MapRunAborted, None);
    }
    abort_children(run, &mut strand, previous);
    run.release(&mut strand);
    Some(strand)
}

/// Aborts the branches or iterations of a strand that still run.
pub(crate) fn abort_children(run: &mut Run<'_>, strand: &mut Strand, previous: u64) {
    let Phase::Forked(fork) = &mut strand.visit.phase else { return };
    let iterations = fork.iterations.is_some();
    for (index, child) in std::mem::take(&mut fork.children) {
        if iterations {
            let name = strand.visit.state.clone();
            let index = index as u64;
            run.append(previous, Details::MapIterationAborted { name, index }, None);
        }
        fork.stopped.extend(abort(run, child, previous).map(|child| (index, child)));
    }
}

/// Tells that the state in which a branch or iteration failed is over: AWS does so for tasks.
fn tell_failed_child(run: &mut Run<'_>, child: &Strand) {
    let state = run.machine.states.get(&child.visit.state);
    if let Some(Kind::Task(_)) = state.map(|state| &state.kind) {
        run.append(child.previous, Details::StateAborted { state_type: StateType::Task }, None);
    }
}

/// Whether a state of this name is in the branches or the item processor of a state, at any depth.
pub(crate) fn within(machine: &StateMachine, state: &State, name: &str) -> bool {
    let mut workflows: Vec<_> = workflows(&state.kind);
    while let Some(workflow) = workflows.pop() {
        for inner in &workflow.states {
            if **inner == *name {
                return true;
            }
            if let Some(inner) = machine.states.get(inner) {
                workflows.extend(self::workflows(&inner.kind));
            }
        }
    }
    false
}

/// The workflows of a Parallel or Map state.
fn workflows(kind: &Kind) -> Vec<&Workflow> {
    match kind {
        Kind::Parallel(parallel) => parallel.branches.iter().collect(),
        Kind::Map(map) => vec![&map.processor],
        _ => Vec::new(),
    }
}

/// `Type`.
pub(crate) fn state_type(kind: &Kind) -> StateType {
    match kind {
        Kind::Pass(_) => StateType::Pass,
        Kind::Task(_) => StateType::Task,
        Kind::Choice(_) => StateType::Choice,
        Kind::Wait(_) => StateType::Wait,
        Kind::Succeed(_) => StateType::Succeed,
        Kind::Fail(_) => StateType::Fail,
        Kind::Parallel(_) => StateType::Parallel,
        Kind::Map(_) => StateType::Map,
    }
}
