//! Follows an execution through its updates, and says what happened in the terms of its states.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use stepwell_engine::{ChildFailed, MapRunProgress, Update};
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
    /// The innermost of them.
    parent: Option<usize>,
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
    /// How the last attempt ended.
    pub(crate) end: End,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Running,
    Succeeded,
    Failed(Failure),
    /// The execution went on, or ended, without it.
    Cancelled,
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
    /// The execution went on, or ended, without the state's task.
    Cancelled,
    /// An attempt failed; where the host tries again, after how long.
    AttemptFailed {
        failure: Failure,
        retry_in: Option<Duration>,
    },
    /// What an attempt logged.
    Log(String),
    /// How far the state's Map Run is.
    MapRun(Box<MapRunProgress>),
    /// A child execution of the state's Map Run did not succeed.
    ChildFailed(Box<ChildFailed>),
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
                let mut notices: Vec<_> =
                    step.events.iter().filter_map(|event| self.event(event, step)).collect();
                notices.extend(step.effects.iter().filter_map(|effect| self.cancelled(effect)));
                notices
            }
            Update::TaskEnded(task, end) => {
                // A task's id is that of the event that scheduled it.
                self.used(task.task.0, end.usage, &end.log).into_iter().collect()
            }
            Update::MapRun(progress) => {
                self.notice(progress.map_run.0, What::MapRun(progress.clone()))
            }
            Update::ChildFailed(child) => {
                self.notice(child.map_run.0, What::ChildFailed(child.clone()))
            }
        }
    }

    /// All visits, in the order in which they were entered.
    pub(crate) fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// The visit that an event is of.
    pub(crate) fn visit(&self, event: u64) -> Option<&Visit> {
        self.places.get(&event).map(|place| &self.visits[place.visit])
    }

    /// A notice about the visit that an event is of.
    fn notice(&self, event: u64, what: What) -> Vec<Notice> {
        let visit = self.visit(event).cloned();
        visit.into_iter().map(|visit| Notice { at: self.now, visit, what: what.clone() }).collect()
    }

    fn event(&mut self, event: &Event, step: &Step) -> Option<Notice> {
        self.now = event.timestamp;
        let previous = self.places.get(&event.previous_event_id).copied();
        if let Details::StateEntered { state_type, name, .. } = &event.details {
            let parent = previous.and_then(|place| {
                let before = &self.visits[place.visit];
                let container = matches!(before.state_type, StateType::Parallel | StateType::Map);
                if container && !place.left { Some(place.visit) } else { before.parent }
            });
            self.places.insert(event.id, Place { visit: self.visits.len(), left: false });
            let visit = Visit {
                id: event.id,
                state: name.to_string(),
                state_type: *state_type,
                depth: parent.map_or(0, |parent| self.visits[parent].depth + 1),
                parent,
                entered: event.timestamp,
                task: None,
            };
            self.visits.push(visit.clone());
            return Some(Notice { at: event.timestamp, visit, what: What::Entered });
        }
        let at = self.subject(previous?.visit, &event.details);
        let left = matches!(event.details, Details::StateExited { .. });
        self.places.insert(event.id, Place { visit: at, left });
        let visit = &mut self.visits[at];
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
                visit.attempt_ended(End::Succeeded);
                return None;
            }
            Details::TaskFailed(_, failure)
            | Details::TaskTimedOut(_, failure)
            | Details::LambdaFunctionFailed(failure)
            | Details::LambdaFunctionTimedOut(failure)
            | Details::ActivityFailed(failure)
            | Details::ActivityTimedOut(failure) => {
                visit.attempt_ended(End::Failed(failure.clone()));
                What::AttemptFailed { failure: failure.clone(), retry_in: retry_in(event, step) }
            }
            Details::StateExited { .. } => What::Left,
            _ => return None,
        };
        Some(Notice { at: event.timestamp, visit: visit.clone(), what })
    }

    /// The visit that an event is about, given that of the event that led to it: what ends a
    /// Parallel or Map state is led to by the end of what was inside of it.
    fn subject(&self, previous: usize, details: &Details) -> usize {
        let is_subject = |visit: &Visit| match details {
            Details::StateExited { name, .. } => visit.state == **name,
            Details::ParallelStateSucceeded | Details::ParallelStateFailed => {
                visit.state_type == StateType::Parallel
            }
            Details::MapIterationStarted { .. }
            | Details::MapIterationSucceeded { .. }
            | Details::MapIterationFailed { .. }
            | Details::MapIterationAborted { .. }
            | Details::MapStateSucceeded
            | Details::MapStateFailed => visit.state_type == StateType::Map,
            _ => true,
        };
        let outwards = std::iter::successors(Some(previous), |at| self.visits[*at].parent);
        outwards.into_iter().find(|at| is_subject(&self.visits[*at])).unwrap_or(previous)
    }

    /// Takes note of a task that was still running when its execution stopped waiting for it. (An
    /// aborted state's event says neither which state it was nor what it used.)
    fn cancelled(&mut self, effect: &Effect) -> Option<Notice> {
        let Effect::CancelTask { task } = effect else { return None };
        let visit = &mut self.visits[self.places.get(&task.0)?.visit];
        let task = visit.task.as_mut().filter(|task| task.end == End::Running)?;
        task.end = End::Cancelled;
        Some(Notice { at: self.now, visit: visit.clone(), what: What::Cancelled })
    }

    /// Adds up what an attempt used, however it ended, and tells what it logged. The event is any
    /// of the attempt's.
    pub(crate) fn used(&mut self, event: u64, usage: Option<Usage>, log: &str) -> Option<Notice> {
        let visit = &mut self.visits[self.places.get(&event)?.visit];
        if let (Some(task), Some(usage)) = (&mut visit.task, usage) {
            task.usage.fuel = task.usage.fuel.saturating_add(usage.fuel);
            task.usage.peak_memory = task.usage.peak_memory.max(usage.peak_memory);
            task.usage.duration_ms = task.usage.duration_ms.saturating_add(usage.duration_ms);
        }
        let log = log.trim_end().to_owned();
        (!log.is_empty()).then(|| Notice {
            at: self.now,
            visit: visit.clone(),
            what: What::Log(log),
        })
    }
}

impl Visit {
    fn attempt(&mut self, resource: String) {
        let empty = TaskTotal { resource, attempts: 0, usage: Usage::default(), end: End::Running };
        self.task.get_or_insert(empty).attempts += 1;
    }

    fn attempt_ended(&mut self, end: End) {
        if let Some(task) = &mut self.task {
            task.end = end;
        }
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

#[cfg(test)]
mod tests;
