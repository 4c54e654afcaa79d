//! Follows an execution through its updates, and says what happened in the terms of its states.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use stepwell_engine::Update;
use stepwell_interpreter::{
    Effect, Event, Failure, Step, Usage,
    event::{Details, StateType},
};

/// One entry of one state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Visit {
    /// The event it was entered by.
    pub(crate) id: u64,
    /// The state.
    pub(crate) state: String,
    pub(crate) state_type: StateType,
    /// How many Parallel and Map states it is inside of.
    pub(crate) depth: usize,
    pub(crate) entered: Timestamp,
    /// What the task, if it is one, has used over all its attempts so far.
    pub(crate) task: Option<TaskTotal>,
}

/// A task's attempts, taken together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TaskTotal {
    /// As the definition names it.
    pub(crate) resource: String,
    pub(crate) attempts: u32,
    /// Fuel of all attempts together, the most memory of any of them, the time of all.
    pub(crate) usage: Usage,
    /// Why the last attempt failed.
    pub(crate) failure: Option<Failure>,
}

/// What a person who watches wants to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    pub(crate) at: Timestamp,
    /// The visit it is about, as it stands now.
    pub(crate) visit: Visit,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    Entered,
    Left,
    /// The execution went on without the state's result.
    Aborted,
    /// An attempt failed; where the host tries again, after how long.
    AttemptFailed {
        failure: Failure,
        retry_in: Option<Duration>,
    },
    /// What an attempt logged.
    Log(String),
}

/// The visits of an execution so far.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    visits: Vec<Visit>,
    /// Where in the execution an event stands, by its id.
    places: HashMap<u64, Place>,
    /// When the last event happened.
    now: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    visit: usize,
    /// The event is the state's exit: what follows comes after the state, not inside of it.
    left: bool,
}

impl Tracker {
    /// Takes in an update.
    pub(crate) fn follow(&mut self, update: &Update) -> Vec<Notice> {
        match update {
            Update::Step(step) => {
                step.events.iter().filter_map(|event| self.event(event, step)).collect()
            }
            Update::TaskEnded(task, end) => self.log(task.task.0, &end.log).into_iter().collect(),
        }
    }

    /// All visits, in the order in which they were entered.
    pub(crate) fn visits(&self) -> &[Visit] {
        &self.visits
    }

    fn event(&mut self, event: &Event, step: &Step) -> Option<Notice> {
        self.now = event.timestamp;
        let previous = self.places.get(&event.previous_event_id).copied();
        if let Details::StateEntered { state_type, name, .. } = &event.details {
            let depth = previous.map_or(0, |place| {
                let before = &self.visits[place.visit];
                let container = matches!(before.state_type, StateType::Parallel | StateType::Map);
                before.depth + usize::from(container && !place.left)
            });
            self.places.insert(event.id, Place { visit: self.visits.len(), left: false });
            let visit = Visit {
                id: event.id,
                state: name.to_string(),
                state_type: *state_type,
                depth,
                entered: event.timestamp,
                task: None,
            };
            self.visits.push(visit.clone());
            return Some(Notice { at: event.timestamp, visit, what: What::Entered });
        }
        let place = previous?;
        let left = matches!(event.details, Details::StateExited { .. });
        self.places.insert(event.id, Place { left, ..place });
        let visit = &mut self.visits[place.visit];
        let what = match &event.details {
            Details::TaskScheduled(scheduled) => {
                let name = &scheduled.name;
                visit.attempt(format!("{}:{}", name.resource_type, name.resource));
                return None;
            }
            Details::LambdaFunctionScheduled(scheduled) | Details::ActivityScheduled(scheduled) => {
                visit.attempt(scheduled.resource.clone());
                return None;
            }
            Details::TaskSucceeded(..)
            | Details::LambdaFunctionSucceeded { .. }
            | Details::ActivitySucceeded { .. } => {
                visit.attempt_ended(event.usage, None);
                return None;
            }
            Details::TaskFailed(_, failure)
            | Details::TaskTimedOut(_, failure)
            | Details::LambdaFunctionFailed(failure)
            | Details::LambdaFunctionTimedOut(failure)
            | Details::ActivityFailed(failure)
            | Details::ActivityTimedOut(failure) => {
                visit.attempt_ended(event.usage, Some(failure.clone()));
                What::AttemptFailed { failure: failure.clone(), retry_in: retry_in(event, step) }
            }
            Details::StateExited { .. } => What::Left,
            Details::StateAborted { .. } => What::Aborted,
            _ => return None,
        };
        Some(Notice { at: event.timestamp, visit: visit.clone(), what })
    }

    /// What an attempt logged; a task's id is that of the event that scheduled it.
    fn log(&self, task: u64, log: &str) -> Option<Notice> {
        let visit = self.visits[self.places.get(&task)?.visit].clone();
        let log = log.trim_end();
        (!log.is_empty()).then(|| Notice { at: self.now, visit, what: What::Log(log.to_owned()) })
    }
}

impl Visit {
    fn attempt(&mut self, resource: String) {
        let empty = TaskTotal { resource, attempts: 0, usage: Usage::default(), failure: None };
        self.task.get_or_insert(empty).attempts += 1;
    }

    fn attempt_ended(&mut self, usage: Option<Usage>, failure: Option<Failure>) {
        let Some(task) = &mut self.task else { return };
        let usage = usage.unwrap_or_default();
        task.usage.fuel = task.usage.fuel.saturating_add(usage.fuel);
        task.usage.peak_memory = task.usage.peak_memory.max(usage.peak_memory);
        task.usage.duration_ms = task.usage.duration_ms.saturating_add(usage.duration_ms);
        task.failure = failure;
    }
}

/// How long the host waits before it tries again: after a failure the state is either left, or a
/// timer is set for its next attempt.
fn retry_in(failed: &Event, step: &Step) -> Option<Duration> {
    if step.events.iter().any(|event| event.id > failed.id) {
        return None;
    }
    step.effects.iter().find_map(|effect| match effect {
        Effect::SetTimer { at, .. } => at.duration_since(failed.timestamp).try_into().ok(),
        _ => None,
    })
}
