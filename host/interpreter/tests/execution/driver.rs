//! A host that does nothing by itself: the test says what happens, and when.

use std::collections::BTreeMap;

use serde_json::Value;
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Event, Execution, Failure, Identity, Occurrence, Outcome, RunTask, Step, TaskId,
    TimerId, Timestamp,
    event::{Details, Timestamps},
    map_run::{MapRunId, StartMapRun},
    redrive::NotRedrivable,
    token::Key,
};

pub(crate) struct Host {
    machine: StateMachine,
    execution: Execution,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<Event>,
    /// Tasks that were started and neither ended nor cancelled.
    pub(crate) tasks: BTreeMap<TaskId, RunTask>,
    /// Map Runs that were started and neither ended nor stopped.
    pub(crate) map_runs: BTreeMap<MapRunId, StartMapRun>,
    /// Timers that are set.
    pub(crate) timers: BTreeMap<TimerId, Timestamp>,
    pub(crate) outcome: Option<Outcome>,
}

pub(crate) const START: &str = "2026-11-22T12:00:00Z";

pub(crate) fn identity() -> Identity {
    Identity {
        execution_arn: "arn:aws:states:eu-west-1:1:execution:machine:run".into(),
        execution_name: "run".into(),
        state_machine_arn: "arn:aws:states:eu-west-1:1:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::1:role/role".into(),
    }
}

pub(crate) fn key() -> Key {
    Key::new([7; 32])
}

impl Host {
    /// Starts an execution of a definition.
    pub(crate) fn start(definition: &Value, input: &str) -> Self {
        let machine = StateMachine::parse(&definition.to_string()).unwrap().machine;
        let now: Timestamp = START.parse().unwrap();
        let input = Json::parse(input).unwrap();
        let (execution, step) = Execution::start(&machine, identity(), &key(), input, now);
        let mut host = Self {
            machine,
            execution,
            now,
            events: Vec::new(),
            tasks: BTreeMap::new(),
            map_runs: BTreeMap::new(),
            timers: BTreeMap::new(),
            outcome: None,
        };
        host.take(step);
        host
    }

    /// Starts an execution whose only state is this one, named `S`.
    pub(crate) fn state(state: Value, input: &str) -> Self {
        Self::start(&serde_json::json!({ "StartAt": "S", "States": { "S": state } }), input)
    }

    /// Tells the execution what happened: a copy of it, as after a restart of the host.
    pub(crate) fn on(&mut self, occurrence: Occurrence) {
        let stored = serde_json::to_string(&self.execution).unwrap();
        let mut copy: Execution = serde_json::from_str(&stored).unwrap();
        let step = copy.on(&self.machine, self.now, occurrence.clone());
        let same = self.execution.on(&self.machine, self.now, occurrence);
        assert_eq!(step, same, "a copy goes on as the original does");
        self.execution = copy;
        self.take(step);
    }

    /// Redrives the execution: a copy of it, as after a restart of the host.
    pub(crate) fn redrive(&mut self) -> Result<(), NotRedrivable> {
        let stored = serde_json::to_string(&self.execution).unwrap();
        let mut copy: Execution = serde_json::from_str(&stored).unwrap();
        let step = copy.redrive(&self.machine, None, self.now);
        let same = self.execution.redrive(&self.machine, None, self.now);
        assert_eq!(step, same, "a copy goes on as the original does");
        self.execution = copy;
        let step = step?;
        self.outcome = None;
        self.take(step);
        Ok(())
    }

    /// The execution itself.
    pub(crate) fn execution(&mut self) -> (&mut Execution, &StateMachine) {
        (&mut self.execution, &self.machine)
    }

    fn take(&mut self, step: Step) {
        self.events.extend(step.events);
        for effect in step.effects {
            match effect {
                Effect::RunTask(run) => {
                    self.tasks.insert(run.task, *run);
                }
                Effect::CancelTask { task } => {
                    self.tasks.remove(&task);
                }
                Effect::StartMapRun(start) => {
                    self.map_runs.insert(start.order.map_run, *start);
                }
                Effect::StopMapRun { map_run } => {
                    self.map_runs.remove(&map_run);
                }
                Effect::SetTimer { timer, at } => {
                    self.timers.insert(timer, at);
                }
                Effect::CancelTimer { timer } => {
                    self.timers.remove(&timer);
                }
            }
        }
        assert!(step.outcome.is_none() || self.outcome.is_none(), "an execution ends once");
        self.outcome = step.outcome.or(self.outcome.take());
        assert_eq!(self.execution.outcome(), self.outcome.as_ref());
        if self.outcome.is_none() {
            let open = self.timers.len() + self.tasks.len() + self.map_runs.len();
            assert_eq!(self.execution.pending(&self.machine).len(), open);
        } else {
            assert!(self.timers.is_empty() && self.tasks.is_empty(), "nothing outlives it");
            assert!(self.pending().is_empty(), "nothing is left to do");
            assert!(self.map_runs.is_empty(), "nothing outlives it");
        }
    }

    /// Lets the next timer fire, and returns for how many milliseconds it was waited for.
    pub(crate) fn fire(&mut self) -> i64 {
        let (&timer, &at) = self.timers.iter().min_by_key(|(_, at)| **at).unwrap();
        let waited = at.as_millisecond() - self.now.as_millisecond();
        self.now = self.now.max(at);
        // It fires all that are due.
        self.timers.retain(|_, due| *due > self.now);
        self.on(Occurrence::TimerFired { timer });
        waited
    }

    /// What a host that lost it carries out again.
    pub(crate) fn pending(&self) -> Vec<Effect> {
        self.execution.pending(&self.machine)
    }

    /// The one task that runs.
    pub(crate) fn task(&self) -> &RunTask {
        assert_eq!(self.tasks.len(), 1);
        self.tasks.values().next().unwrap()
    }

    /// The task of a state with this input.
    pub(crate) fn task_of(&self, input: &str) -> TaskId {
        self.tasks.values().find(|run| run.input.text() == input).unwrap().task
    }

    pub(crate) fn succeed(&mut self, task: TaskId, output: &str) {
        self.tasks.remove(&task);
        let output = Json::parse(output).unwrap();
        self.on(Occurrence::TaskSucceeded { task, output, usage: None });
    }

    pub(crate) fn fail(&mut self, task: TaskId, error: &str) {
        self.fail_with(task, Failure::new(error, "why"));
    }

    pub(crate) fn fail_with(&mut self, task: TaskId, failure: Failure) {
        self.tasks.remove(&task);
        self.on(Occurrence::TaskFailed { task, failure, usage: None });
    }

    /// The output of an execution that has succeeded.
    pub(crate) fn output(&self) -> &str {
        match &self.outcome {
            Some(Outcome::Succeeded { output }) => output.text(),
            other => panic!("{other:?}"),
        }
    }

    /// Error and cause of an execution that has failed.
    pub(crate) fn failure(&self) -> (&str, &str) {
        match &self.outcome {
            Some(Outcome::Failed(failure)) => (
                failure.error.as_deref().unwrap_or("(none)"),
                failure.cause.as_deref().unwrap_or("(none)"),
            ),
            other => panic!("{other:?}"),
        }
    }

    /// The history as `TYPE<previousEventId`, without its first event.
    pub(crate) fn history(&self) -> Vec<String> {
        for (index, event) in self.events.iter().enumerate() {
            assert_eq!(event.id, index as u64 + 1);
        }
        self.events[1..]
            .iter()
            .map(|event| format!("{}<{}", event.details.type_name(), event.previous_event_id))
            .collect()
    }

    /// The details of the event with this id, as AWS gives them.
    pub(crate) fn details(&self, id: usize) -> Value {
        let event = self.events[id - 1].to_aws(Timestamps::Iso8601);
        let details = event.as_object().unwrap().values().find(|value| value.is_object());
        details.cloned().unwrap_or_default()
    }

    /// The types of the events so far.
    pub(crate) fn has(&self, matches: impl Fn(&Details) -> bool) -> bool {
        self.events.iter().any(|event| matches(&event.details))
    }
}
