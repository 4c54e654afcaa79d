//! Runs an execution in virtual time: nothing sleeps, and an hour's wait takes no time.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use jiff::Timestamp;
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Event, Execution, Failure, Identity, Occurrence, Outcome, RunTask, Step,
};

/// What a task does: how long it takes, and what it returns.
pub struct Answer {
    /// From its start to its end.
    pub takes: Duration,
    /// Its end.
    pub result: Result<Json, Failure>,
}

/// How an execution went.
#[derive(Debug)]
pub struct Report {
    /// Its history.
    pub events: Vec<Event>,
    /// Its end; none where nothing is left that could happen to it.
    pub outcome: Option<Outcome>,
}

/// What is yet to happen, earliest first, and in the order in which it was planned.
struct Planned {
    at: Timestamp,
    number: u64,
    occurrence: Occurrence,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A run of one execution.
pub struct Driver<'a> {
    machine: &'a StateMachine,
    answer: &'a dyn Fn(&RunTask) -> Option<Answer>,
    planned: BinaryHeap<Reverse<Planned>>,
    count: u64,
    events: Vec<Event>,
}

/// From a task's scheduling to its start.
const START: Duration = Duration::from_millis(10);

impl<'a> Driver<'a> {
    /// A driver whose tasks answer like this. One that gets no answer never ends.
    pub fn new(machine: &'a StateMachine, answer: &'a dyn Fn(&RunTask) -> Option<Answer>) -> Self {
        Self { machine, answer, planned: BinaryHeap::new(), count: 0, events: Vec::new() }
    }

    /// Plans something to happen at a time.
    pub fn plan(&mut self, at: Timestamp, occurrence: Occurrence) {
        self.count += 1;
        self.planned.push(Reverse(Planned { at, number: self.count, occurrence }));
    }

    /// Runs until the execution ends, or nothing is left to happen.
    pub fn run(mut self, identity: Identity, input: Json, at: Timestamp) -> Report {
        let (mut execution, step) = Execution::start(self.machine, identity, input, at);
        self.take(step, at);
        while execution.outcome().is_none() {
            let Some(Reverse(next)) = self.planned.pop() else { break };
            let step = execution.on(self.machine, next.at, next.occurrence);
            self.take(step, next.at);
        }
        Report { events: self.events, outcome: execution.outcome().cloned() }
    }

    fn take(&mut self, step: Step, now: Timestamp) {
        self.events.extend(step.events);
        for effect in step.effects {
            match effect {
                Effect::SetTimer { timer, at } => self.plan(at, Occurrence::TimerFired { timer }),
                Effect::RunTask(run) => {
                    let started = now + START;
                    let task = run.task;
                    self.plan(started, Occurrence::TaskStarted { task });
                    if let Some(answer) = (self.answer)(&run) {
                        let occurrence = match answer.result {
                            Ok(output) => Occurrence::TaskSucceeded { task, output, usage: None },
                            Err(failure) => Occurrence::TaskFailed { task, failure, usage: None },
                        };
                        self.plan(started + answer.takes, occurrence);
                    }
                }
                // What is cancelled may still be reported: the execution ignores it.
                Effect::CancelTask { .. } | Effect::CancelTimer { .. } => {}
            }
        }
    }
}
