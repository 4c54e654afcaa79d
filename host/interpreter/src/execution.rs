//! The execution and its two entries, [`Execution::start`] and [`Execution::on`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_asl::{Json, StateMachine};

use crate::{Effect, Event, Failure, Occurrence};

/// Who is running: what the context object and the events need to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `$$.Execution.Id`.
    pub execution_arn: String,
    /// `$$.Execution.Name`.
    pub execution_name: String,
    /// `$$.StateMachine.Id`.
    pub state_machine_arn: String,
    /// `$$.StateMachine.Name`.
    pub state_machine_name: String,
    /// `$$.Execution.RoleArn`.
    pub role_arn: String,
}

/// What follows from one occurrence.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// Events to append to the history.
    pub events: Vec<Event>,
    /// What to do once they are committed, in this order.
    pub effects: Vec<Effect>,
    /// How the execution ended, in the step in which it did.
    pub outcome: Option<Outcome>,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// `SUCCEEDED`.
    Succeeded {
        /// The execution's output.
        output: Json,
    },
    /// `FAILED`.
    Failed(Failure),
    /// `TIMED_OUT`.
    TimedOut(Failure),
    /// `ABORTED`.
    Aborted(Failure),
}

/// One execution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Execution {
    identity: Identity,
    outcome: Option<Outcome>,
}

impl Execution {
    /// Starts an execution and runs it on until it must wait.
    pub fn start(
        machine: &StateMachine,
        identity: Identity,
        input: Json,
        at: Timestamp,
    ) -> (Self, Step) {
        let _ = (machine, input, at);
        (
            Self {
                identity,
                outcome: None,
            },
            Step::default(),
        )
    }

    /// Takes in what happened and runs on until the execution must wait.
    pub fn on(&mut self, machine: &StateMachine, at: Timestamp, occurrence: Occurrence) -> Step {
        let _ = (machine, at, occurrence);
        Step::default()
    }

    /// How it ended; none while it runs.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Who is running.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The tasks and timers that are open: what a host that lost them carries out again.
    pub fn pending(&self, machine: &StateMachine) -> Vec<Effect> {
        let _ = machine;
        Vec::new()
    }
}
