//! Redriving an execution: it goes on from where it did not succeed.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Execution, MAX_EVENTS, Outcome, Setting, Step,
    errors::Raised,
    event::Details,
    execution::{Purpose, after},
    run::{Flow, Run, Turn},
    states,
    strand::Strand,
};

/// How long after its end an execution can be redriven.
const PERIOD: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How long an execution may take from its first start.
const MAX_TIME: SignedDuration = SignedDuration::from_hours(365 * 24);

/// How many client tokens are remembered, and how long.
const TOKENS: (usize, SignedDuration) = (10, SignedDuration::from_mins(15));

/// Why an execution cannot be redriven, in the words of AWS's `redriveStatusReason`.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRedrivable {
    /// It runs.
    #[error("Execution is RUNNING and cannot be redriven")]
    Running,
    /// There is nothing to do again.
    #[error("Execution is SUCCEEDED and cannot be redriven")]
    Succeeded,
    /// Its state machine is being deleted: its host sees to that.
    #[error("State machine is in DELETING status")]
    Deleting,
    /// Where it failed was not kept.
    #[error("Execution was started before the launch of RedriveExecution")]
    NotKept,
    /// Its history has no room for another event besides `ExecutionRedriven` and its end.
    #[error("Execution history event limit exceeded")]
    HistoryFull,
    /// It was started a year ago.
    #[error("Execution has exceeded the max execution time")]
    MaxTime,
    /// It ended more than 14 days ago.
    #[error("Execution redrivable period exceeded")]
    PeriodOver,
}

/// Whether an execution that has ended other than in success can be redriven now.
///
/// # Errors
/// Where it cannot, because of its age or the length of its history.
pub fn check(
    started_at: Timestamp,
    stopped_at: Timestamp,
    last_event_id: u64,
    at: Timestamp,
) -> Result<(), NotRedrivable> {
    if last_event_id >= MAX_EVENTS - 1 {
        return Err(NotRedrivable::HistoryFull);
    }
    if at.duration_since(started_at) > MAX_TIME {
        return Err(NotRedrivable::MaxTime);
    }
    if at.duration_since(stopped_at) > PERIOD {
        return Err(NotRedrivable::PeriodOver);
    }
    Ok(())
}

/// How often an execution was redriven, and when.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Redrives {
    count: u64,
    last_at: Option<Timestamp>,
    /// The last client tokens, with when they redrove it.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    tokens: VecDeque<(String, Timestamp)>,
}

impl Redrives {
    pub(crate) fn is_none(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    fn add(&mut self, at: Timestamp, client_token: Option<String>) {
        self.count += 1;
        self.last_at = Some(at);
        self.tokens.extend(client_token.map(|token| (token, at)));
        let (most, _) = TOKENS;
        self.tokens.drain(..self.tokens.len().saturating_sub(most));
    }
}

impl Execution {
    /// How often it was redriven.
    pub fn redrive_count(&self) -> u64 {
        self.redrives.count()
    }

    /// When it was last redriven.
    pub fn redriven_at(&self) -> Option<Timestamp> {
        self.redrives.last_at()
    }

    /// When it was redriven under this client token, where it was one of the last ten, within the
    /// last 15 minutes.
    pub fn redriven_with(&self, client_token: &str, at: Timestamp) -> Option<Timestamp> {
        let (_, kept) = TOKENS;
        let mut tokens = self.redrives.tokens.iter();
        let (_, redriven_at) = tokens.find(|(token, redriven_at)| {
            token == client_token && at.duration_since(*redriven_at) <= kept
        })?;
        Some(*redriven_at)
    }

    /// Goes on with an execution that ended other than in success: the states that did not succeed
    /// are tried again with the same input, and without counting earlier retries. The definition is
    /// to be that with which it was started; its timeout begins anew.
    ///
    /// # Errors
    /// Where it cannot be redriven. It stays as it is.
    pub fn redrive<'a>(
        &mut self,
        setting: impl Into<Setting<'a>>,
        client_token: Option<String>,
        at: Timestamp,
    ) -> Result<Step, NotRedrivable> {
        match &self.outcome {
            None => return Err(NotRedrivable::Running),
            Some(Outcome::Succeeded { .. }) => return Err(NotRedrivable::Succeeded),
            Some(_) => check(self.started_at, self.now, self.last_event, at)?,
        }
        if self.strands.is_empty() {
            return Err(NotRedrivable::NotKept);
        }
        let setting = setting.into();
        // A child of a Map Run has a machine of its own, with a label, and no timeout.
        let is_child = self.identity.state_machine_arn.contains('/');
        let timeout = setting.machine.timeout_seconds.filter(|_| !is_child);
        self.outcome = None;
        let mut run = Run::new(self, setting, at);
        let now = run.now();
        run.execution.redrives.add(now, client_token);
        let redrive_count = run.execution.redrives.count();
        let ended = run.execution.last_event;
        let redriven = run.append(ended, Details::ExecutionRedriven { redrive_count }, None);
        if let Some(seconds) = timeout {
            run.set_timer(after(now, seconds), Purpose::ExecutionTimeout);
        }
        for strand in std::mem::take(&mut run.execution.strands).into_values() {
            run.revive(strand, redriven);
        }
        run.drain();
        Ok(run.step)
    }
}

impl Run<'_> {
    /// Has a strand go on that was stopped, in its turn.
    pub(crate) fn revive(&mut self, strand: Strand, previous: u64) {
        self.enqueue(strand.id, Turn::Redrive(previous));
        self.execution.strands.insert(strand.id, strand);
    }

    /// Goes on where a strand was stopped.
    pub(crate) fn go_on(&mut self, strand: &mut Strand, previous: u64) -> Result<Flow, Raised> {
        strand.previous = previous;
        if !strand.visit.is_entered() {
            return self.enter(strand);
        }
        strand.visit.retries.fill(0);
        let state = self.state(&strand.visit.state)?;
        states::redrive(self, strand, state)
    }
}
