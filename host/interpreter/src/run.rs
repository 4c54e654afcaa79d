//! Running on: the part of an execution that lives for one step.

mod timers;

use std::{cell::Cell, collections::VecDeque, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;
use stepwell_asl::{
    Json, State, StateMachine,
    data::MAX_NESTING,
    definition::{Io, Name, Transition},
};

use crate::{
    Calls, Effect, Event, Execution, Failure, Outcome, Setting, Step, Usage, attempt, catch,
    context::Environment,
    errors::{self, MAX_EVENTS, MAX_PAYLOAD, MAX_STEP, Raised},
    event::Details,
    execution::Purpose,
    io::{Exit, Processing},
    random::Random,
    retry, states,
    strand::{Item, Phase, Strand, StrandId, Visit},
    test_state::Inspector,
    variables,
};

/// One step in the making.
///
/// Strands take turns, one state at a time, in the order in which they became ready: this is the
/// order of AWS's events.
pub(crate) struct Run<'a> {
    pub(crate) execution: &'a mut Execution,
    pub(crate) machine: &'a StateMachine,
    /// See [`Setting::missing_activities`].
    pub(crate) missing_activities: &'a [Arc<str>],
    pub(crate) step: Step,
    pub(crate) random: Random,
    /// The time of the step before.
    before: Timestamp,
    /// See [`Environment::last_context`].
    last_context: Cell<Option<Value>>,
    /// Where one state is tested: what is told of it.
    pub(crate) inspector: Option<&'a Inspector>,
    queue: VecDeque<(StrandId, Turn)>,
    /// Bytes of data in the step's events.
    size: usize,
    /// Whether the history is full.
    exhausted: bool,
}

/// What a strand does next.
pub(crate) enum Turn {
    /// Enters its state.
    Enter,
    /// Enters its state, before which it was paused.
    Resume,
    /// Tries its state again.
    Retry,
    /// Goes on where it was stopped. What it does follows from this event.
    Redrive(u64),
    /// Ends its Wait.
    Wake,
    /// Takes in what is reported of its task.
    Report(Report),
    /// Takes in the end of its Map Run.
    MapRunEnded(Result<Json, Failure>),
    /// Its task has timed out, and the event that says so is written.
    TimedOut(Raised),
}

/// What is reported of a task.
pub(crate) enum Report {
    /// It is running, on a worker of this name.
    Started(Option<String>),
    /// Its request was sent.
    Submitted(Json),
    /// It is alive.
    Heartbeat,
    /// It has returned.
    Succeeded(Json, Option<Usage>),
    /// It has failed.
    Failed(Failure, Option<Usage>),
}

/// Where a strand stands after its turn.
pub(crate) enum Flow {
    /// It waits for a timer, a task or its children.
    Wait,
    /// It goes on to a state.
    Next(Name, Json),
    /// It has ended.
    End(Json),
}

impl<'a> Run<'a> {
    /// A step at a time. Time never runs backwards.
    pub(crate) fn new(execution: &'a mut Execution, setting: Setting<'a>, at: Timestamp) -> Self {
        let before = execution.now;
        execution.now = before.max(at);
        Self {
            execution,
            machine: setting.machine,
            missing_activities: setting.missing_activities,
            step: Step::default(),
            random: Random::default(),
            before,
            last_context: Cell::default(),
            inspector: None,
            queue: VecDeque::new(),
            size: 0,
            exhausted: false,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.execution.now
    }

    /// The next 64 random bits.
    pub(crate) fn draw(&self) -> u64 {
        self.execution.draw(&self.random)
    }

    /// What evaluates the fields of a strand's state.
    pub(crate) fn processing<'s>(&'s self, strand: &'s Strand, io: &'s Io) -> Processing<'s> {
        let mut environment =
            Environment::new(self.execution, strand, &self.random, &self.last_context);
        environment.inspector = self.inspector;
        Processing { environment, io }
    }

    // Events and effects.

    /// Appends an event. Once the history is full, nothing is appended but the end.
    pub(crate) fn append(
        &mut self,
        previous_event_id: u64,
        details: Details,
        usage: Option<Usage>,
    ) -> u64 {
        let id = self.execution.last_event + 1;
        if id >= MAX_EVENTS && !details.is_end() {
            self.exhausted = true;
            return id;
        }
        self.execution.last_event = id;
        self.random = Random::default();
        let timestamp = self.now();
        if let Details::StateEntered { input: data, .. }
        | Details::StateExited { output: data, .. } = &details
        {
            self.size += data.text().len();
        }
        let (log, calls) = (String::new(), Calls::default());
        let event = Event { id, previous_event_id, timestamp, details, usage, log, calls };
        self.step.events.push(event);
        id
    }

    /// Appends an event of a strand.
    pub(crate) fn emit(&mut self, strand: &mut Strand, details: Details) -> u64 {
        strand.previous = self.append(strand.previous, details, None);
        strand.previous
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        if !self.exhausted {
            self.step.effects.push(effect);
        }
    }

    // Strands and their turns.

    /// Starts a strand at a state, in its turn.
    pub(crate) fn spawn(
        &mut self,
        parent: Option<(StrandId, usize)>,
        previous: u64,
        item: Option<Item>,
        start_at: Name,
        input: Json,
    ) -> StrandId {
        let id = match parent {
            None => StrandId::ROOT,
            Some(_) => {
                self.execution.last_strand += 1;
                StrandId(self.execution.last_strand)
            }
        };
        let visit = Visit::next(start_at, input, previous, self.now());
        let variables = Default::default();
        self.execution.strands.insert(id, Strand { id, parent, previous, variables, item, visit });
        self.enqueue(id, Turn::Enter);
        id
    }

    pub(crate) fn enqueue(&mut self, strand: StrandId, turn: Turn) {
        self.queue.push_back((strand, turn));
    }

    /// Runs until every strand waits, or the execution has ended.
    pub(crate) fn drain(&mut self) {
        while let Some((strand, result)) = self.next_turn() {
            self.settle(strand, result);
            if self.exhausted && self.execution.outcome.is_none() {
                let failure = Failure::new(
                    errors::RUNTIME,
                    format!(
                        "The execution reached the maximum number of history events ({MAX_EVENTS})."
                    ),
                );
                let outcome = Outcome::Failed(failure.clone());
                self.finish(self.execution.last_event, Details::ExecutionFailed(failure), outcome);
            }
        }
    }

    /// Has the next strand take its turn.
    pub(crate) fn next_turn(&mut self) -> Option<(Strand, Result<Flow, Raised>)> {
        loop {
            let (id, turn) = self.queue.pop_front()?;
            // A strand that was aborted since has no more turns.
            let Some(mut strand) = self.execution.strands.remove(&id) else { continue };
            let result = self.take_turn(&mut strand, turn);
            return Some((strand, result));
        }
    }

    fn take_turn(&mut self, strand: &mut Strand, turn: Turn) -> Result<Flow, Raised> {
        match turn {
            Turn::Enter if self.size > MAX_STEP => {
                self.pause(strand);
                Ok(Flow::Wait)
            }
            Turn::Enter | Turn::Resume => self.enter(strand),
            Turn::Redrive(previous) => self.go_on(strand, previous),
            Turn::Retry => {
                strand.visit.phase = Phase::Ready;
                let state = self.state(&strand.visit.state)?;
                states::execute(self, strand, state)
            }
            Turn::Wake => {
                let state = self.state(&strand.visit.state)?;
                states::wake(self, strand, state)
            }
            Turn::Report(report) => {
                let state = self.state(&strand.visit.state)?;
                states::task::on(self, strand, state, report)
            }
            Turn::MapRunEnded(result) => {
                let state = self.state(&strand.visit.state)?;
                states::map::map_run_ended(self, strand, state, result)
            }
            Turn::TimedOut(raised) => Err(raised),
        }
    }

    pub(crate) fn state(&self, name: &Name) -> Result<&'a State, Raised> {
        // Every name in a parsed machine is one of its states: it can miss only in a machine that
        // the execution was not started with.
        self.machine.states.get(name).ok_or_else(|| Raised {
            fatal: true,
            ..Failure::new(errors::RUNTIME, format!("The state '{name}' is not in the definition."))
                .into()
        })
    }

    /// Lets a strand enter its next state in a step of its own, by a timer that is due at once: a
    /// loop that never waits would otherwise make one step of all its data.
    fn pause(&mut self, strand: &mut Strand) {
        let timer = self.set_timer(self.now(), Purpose::Resume(strand.id));
        strand.visit.phase = Phase::Paused(timer);
    }

    pub(crate) fn enter(&mut self, strand: &mut Strand) -> Result<Flow, Raised> {
        let Visit { state: name, input, .. } = strand.visit.clone();
        let state = self.state(&name)?;
        let before = strand.previous;
        let entered = self.emit(
            strand,
            Details::StateEntered {
                state_type: states::state_type(&state.kind),
                name: name.clone(),
                input: input.clone(),
            },
        );
        // The first state is entered with the input's text as it was given; from there on data are
        // compact.
        let first = strand.id == StrandId::ROOT && before == 0;
        strand.visit = Visit {
            state: name,
            input: if first { input.compact() } else { input },
            entered_at: self.now(),
            entered,
            before,
            retries: vec![0; retry::retriers(state).len()],
            phase: Phase::Ready,
        };
        states::execute(self, strand, state)
    }

    /// Leaves a state for what its transition names.
    pub(crate) fn leave(
        &mut self,
        strand: &mut Strand,
        exit: Exit,
        transition: &Transition,
    ) -> Result<Flow, Raised> {
        let output = self.exit(strand, exit)?;
        Ok(match transition {
            Transition::Next(name) => Flow::Next(name.clone(), output),
            Transition::End => Flow::End(output),
        })
    }

    /// Leaves a state: its StateExited event and its variables.
    pub(crate) fn exit(&mut self, strand: &mut Strand, exit: Exit) -> Result<Json, Raised> {
        let Exit { output, assigned } = exit;
        let name = strand.visit.state.clone();
        if output.text().len() > MAX_PAYLOAD {
            return Err(Raised { fatal: true, ..errors::data_limit_exceeded(&name).into() });
        }
        if output.nesting() > MAX_NESTING {
            return Err(Raised { fatal: true, ..errors::nests_too_deep(&name).into() });
        }
        let state = self.state(&name)?;
        variables::assign(&self.execution.strands, strand, assigned.clone())
            .map_err(|failure| Raised { fatal: true, ..failure.into() })?;
        self.emit(
            strand,
            Details::StateExited {
                state_type: states::state_type(&state.kind),
                name,
                output: output.clone(),
                assigned_variables: assigned,
            },
        );
        Ok(output)
    }

    /// Puts a strand where its turn has left it.
    pub(crate) fn settle(&mut self, mut strand: Strand, result: Result<Flow, Raised>) {
        if self.exhausted {
            attempt::given_up(self, &strand);
            return;
        }
        let result = match result {
            Ok(flow) => Ok(flow),
            Err(raised) => self.raise(&mut strand, raised),
        };
        match result {
            Ok(Flow::Wait) => {
                self.execution.strands.insert(strand.id, strand);
            }
            Ok(Flow::Next(name, input)) => {
                strand.visit = Visit::next(name, input, strand.previous, self.now());
                self.enqueue(strand.id, Turn::Enter);
                self.execution.strands.insert(strand.id, strand);
            }
            Ok(Flow::End(output)) => self.end(strand, Ok(output)),
            Err(failure) => self.end(strand, Err(failure)),
        }
    }

    /// What becomes of an error: another attempt, a catcher's state, or the end of the strand.
    fn raise(&mut self, strand: &mut Strand, raised: Raised) -> Result<Flow, Failure> {
        self.tell_evaluation(strand, &raised);
        // Where a Map fails between two iterations, others may still run.
        states::abort_children(self, strand, strand.previous);
        let Ok(state) = self.state(&strand.visit.state) else { return Err(raised.failure) };
        if !raised.fatal && retry::schedule(self, strand, state, &raised) {
            return Ok(Flow::Wait);
        }
        states::tell_failed(self, strand, state, &raised);
        if raised.fatal {
            return Err(raised.failure);
        }
        match catch::apply(self, strand, state, &raised) {
            None => Err(raised.failure),
            Some(Ok(flow)) => Ok(flow),
            Some(Err(raised)) => {
                self.tell_evaluation(strand, &raised);
                Err(raised.failure)
            }
        }
    }

    fn tell_evaluation(&mut self, strand: &mut Strand, raised: &Raised) {
        let Some(location) = &raised.evaluation else { return };
        let state = strand.visit.state.clone();
        // AWS writes the StateEntered event together with what the state did at once, so that a
        // failure among this does not follow from it; a Wait is entered on its own.
        let waits =
            self.machine.states.get(&state).is_some_and(|state| {
                states::state_type(&state.kind) == crate::event::StateType::Wait
            });
        if strand.previous == strand.visit.entered && !waits {
            strand.previous = strand.visit.before;
        }
        self.emit(
            strand,
            Details::EvaluationFailed {
                failure: raised.failure.clone(),
                location: location.clone(),
                state,
            },
        );
    }

    /// A strand has come to its end: the execution has, or its parent goes on.
    fn end(&mut self, strand: Strand, result: Result<Json, Failure>) {
        let Some((parent, index)) = strand.parent else {
            let previous = strand.previous;
            return match result {
                Ok(output) => self.finish(
                    previous,
                    Details::ExecutionSucceeded { output: output.clone() },
                    Outcome::Succeeded { output },
                ),
                Err(failure) => {
                    self.execution.strands.insert(strand.id, strand);
                    let outcome = Outcome::Failed(failure.clone());
                    self.finish(previous, Details::ExecutionFailed(failure), outcome);
                }
            };
        };
        let Some(mut parent) = self.execution.strands.remove(&parent) else { return };
        let result = states::join(self, &mut parent, strand, index, result);
        self.settle(parent, result);
    }

    /// Gives up whatever a strand waits for.
    pub(crate) fn release(&mut self, strand: &mut Strand) {
        attempt::given_up(self, strand);
        self.let_go(strand);
    }

    /// Has a strand wait for nothing any more.
    pub(crate) fn let_go(&mut self, strand: &mut Strand) {
        match &strand.visit.phase {
            Phase::Ready | Phase::Forked(_) => {}
            Phase::Paused(timer) | Phase::Waiting(timer) | Phase::BackingOff(timer) => {
                self.cancel_timer(*timer);
            }
            Phase::Running(running) => {
                states::task::close(self, running);
                self.effect(Effect::CancelTask { task: running.task });
            }
            Phase::Distributed(order) => {
                if self.execution.map_runs.remove(&order.map_run).is_some() {
                    self.effect(Effect::StopMapRun { map_run: order.map_run });
                }
            }
        }
        strand.visit.stop();
    }

    /// Ends the execution, and everything that is still open in it. Where it has not succeeded, it
    /// stays where it stands, to be redriven.
    pub(crate) fn finish(&mut self, previous: u64, details: Details, outcome: Outcome) {
        self.append(previous, details, None);
        self.exhausted = false;
        self.queue.clear();
        let mut strands = std::mem::take(&mut self.execution.strands);
        for strand in strands.values_mut() {
            attempt::given_up(self, strand);
            strand.visit.stop();
        }
        match outcome {
            Outcome::Succeeded { .. } => {}
            _ => self.execution.strands = strands,
        }
        for (task, _) in std::mem::take(&mut self.execution.tasks) {
            self.effect(Effect::CancelTask { task });
        }
        for (map_run, _) in std::mem::take(&mut self.execution.map_runs) {
            self.effect(Effect::StopMapRun { map_run });
        }
        for (timer, _) in std::mem::take(&mut self.execution.timers) {
            self.effect(Effect::CancelTimer { timer });
        }
        self.execution.outcome = Some(outcome.clone());
        self.step.outcome = Some(outcome);
    }
}
