//! The execution and its two entries, [`Execution::start`] and [`Execution::on`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use stepwell_asl::{
    Json, StateMachine,
    data::MAX_NESTING,
    definition::{Kind, Workflow},
};

use crate::{
    Effect, EndedAttempt, Event, Failure, Occurrence, RunTask, Setting, TaskId, TimerId, errors,
    event::Details,
    map_run::{self, ChildType, MapRunId, StartChild},
    random::Random,
    redrive::Redrives,
    run::{Report, Run, Turn},
    states,
    strand::{Phase, Strand, StrandId},
    token::{Key, Secret},
};

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

impl Identity {
    /// Whether it is an Express execution: `arn:PARTITION:states:REGION:ACCOUNT:express:...`.
    pub(crate) fn is_express(&self) -> bool {
        self.execution_arn.split(':').nth(5) == Some("express")
    }
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
    /// Attempts of tasks that are over with it.
    pub ended: Vec<EndedAttempt>,
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

/// One execution: plain data, to be cloned and stored between any two steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Execution {
    pub(crate) identity: Identity,
    /// What its task tokens are signed with. Where it was stored without one, nobody takes them.
    #[serde(default = "Secret::none")]
    pub(crate) secret: Secret,
    pub(crate) started_at: Timestamp,
    /// The time of the last step: time never runs backwards.
    pub(crate) now: Timestamp,
    pub(crate) input: Json,
    /// The id of the last event.
    pub(crate) last_event: u64,
    /// The last id given to a timer.
    pub(crate) last_timer: u64,
    /// The last id given to a strand.
    pub(crate) last_strand: u64,
    /// Once it has ended: what a redrive goes on with.
    pub(crate) strands: BTreeMap<StrandId, Strand>,
    pub(crate) tasks: BTreeMap<TaskId, StrandId>,
    pub(crate) map_runs: BTreeMap<MapRunId, StrandId>,
    pub(crate) timers: BTreeMap<TimerId, Timer>,
    pub(crate) outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Redrives::is_none")]
    pub(crate) redrives: Redrives,
}

/// A timer that is set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Timer {
    pub(crate) at: Timestamp,
    pub(crate) purpose: Purpose,
}

/// What happens when a timer fires.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// `TimeoutSeconds` of the machine has passed.
    ExecutionTimeout,
    /// A strand that was paused goes on.
    Resume(StrandId),
    /// A Wait state is over.
    Wake(StrandId),
    /// The next attempt begins.
    Retry(StrandId),
    /// `TimeoutSeconds` of a task has passed.
    TaskTimeout(TaskId),
    /// `HeartbeatSeconds` has passed without a heartbeat.
    Heartbeat(TaskId),
}

impl Execution {
    /// One of which nothing has happened.
    pub(crate) fn new(identity: Identity, secret: Secret, input: Json, at: Timestamp) -> Self {
        Self {
            identity,
            secret,
            started_at: at,
            now: at,
            input,
            last_event: 0,
            last_timer: 0,
            last_strand: 0,
            strands: BTreeMap::new(),
            tasks: BTreeMap::new(),
            map_runs: BTreeMap::new(),
            timers: BTreeMap::new(),
            outcome: None,
            redrives: Redrives::default(),
        }
    }

    /// Starts an execution and runs it on until it must wait. One whose input nests deeper than
    /// [`MAX_NESTING`] fails at once.
    ///
    /// Its task tokens are signed with the host's `key`.
    pub fn start<'a>(
        setting: impl Into<Setting<'a>>,
        identity: Identity,
        key: &Key,
        input: Json,
        at: Timestamp,
    ) -> (Self, Step) {
        let setting = setting.into();
        let StateMachine { workflow, timeout_seconds, .. } = setting.machine;
        let secret = Secret::derive(key, &identity.execution_arn, at);
        let execution = Self::new(identity, secret, input, at);
        execution.begin(setting, workflow, *timeout_seconds)
    }

    /// Starts an Express execution: one that takes longer than five minutes times out.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    pub fn start_express<'a>(
        setting: impl Into<Setting<'a>>,
        identity: Identity,
        key: &Key,
        input: Json,
        at: Timestamp,
    ) -> (Self, Step) {
        let setting = setting.into();
        let StateMachine { workflow, timeout_seconds, .. } = setting.machine;
        let timeout = timeout_seconds.unwrap_or(MAX_EXPRESS_SECONDS).min(MAX_EXPRESS_SECONDS);
        let secret = Secret::derive(key, &identity.execution_arn, at);
        Self::new(identity, secret, input, at).begin(setting, workflow, Some(timeout))
    }

    /// Starts a child execution of a Map Run: it runs the item processor of the Map state.
    ///
    /// # Errors
    /// Where the machine has no such Map state.
    pub fn start_child<'a>(
        setting: impl Into<Setting<'a>>,
        child: StartChild,
        key: &Key,
        at: Timestamp,
    ) -> Result<(Self, Step), Failure> {
        let setting = setting.into();
        let state = setting.machine.states.get(&child.state);
        let Some(Kind::Map(map)) = state.map(|state| &state.kind) else {
            return Err(map_run::missing_state(&child.state));
        };
        let timeout = match child.child_type {
            ChildType::Standard => None,
            ChildType::Express => Some(MAX_EXPRESS_SECONDS),
        };
        let StartChild { identity, input, .. } = child;
        let secret = Secret::derive(key, &identity.execution_arn, at);
        Ok(Self::new(identity, secret, input, at).begin(setting, &map.processor, timeout))
    }

    fn begin(
        mut self,
        setting: Setting<'_>,
        workflow: &Workflow,
        timeout_seconds: Option<u64>,
    ) -> (Self, Step) {
        let role_arn = self.identity.role_arn.clone();
        let input = self.input.clone();
        let at = self.started_at;
        let mut run = Run::new(&mut self, setting, at);
        run.append(0, Details::ExecutionStarted { input: input.clone(), role_arn }, None);
        if input.nesting() > MAX_NESTING {
            let failure = errors::input_nests_too_deep();
            let outcome = Outcome::Failed(failure.clone());
            run.finish(1, Details::ExecutionFailed(failure), outcome);
        } else {
            if let Some(seconds) = timeout_seconds {
                run.set_timer(after(at, seconds), Purpose::ExecutionTimeout);
            }
            run.spawn(None, 0, None, workflow.start_at.clone(), input);
            run.drain();
        }
        let step = run.step;
        (self, step)
    }

    /// Takes in what happened and runs on until the execution must wait.
    ///
    /// `TimerFired` fires every timer that is due by `at`, in the order of their times: what the
    /// execution does depends on the time, and not on the order in which a host's timers come in.
    /// One that comes early, because a clock was set back, is set again.
    pub fn on<'a>(
        &mut self,
        setting: impl Into<Setting<'a>>,
        at: Timestamp,
        occurrence: Occurrence,
    ) -> Step {
        if self.outcome.is_some() {
            return Step::default();
        }
        let mut run = Run::new(self, setting.into(), at);
        run.occur(occurrence);
        run.drain();
        run.step
    }

    /// The next 64 random bits.
    pub(crate) fn draw(&self, random: &Random) -> u64 {
        random.next(&self.identity.execution_arn, self.last_event, self.last_timer)
    }

    /// How it ended; none while it runs.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Who is running.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What it was started with.
    pub fn input(&self) -> &Json {
        &self.input
    }

    /// Whether a task is open: neither has it ended, nor was it given up.
    pub fn is_open(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }

    /// Whether it waits for a task or a Map Run, and not for timers alone.
    pub fn waits_for_work(&self) -> bool {
        !(self.tasks.is_empty() && self.map_runs.is_empty())
    }

    /// Whether it waits for a Map Run.
    pub fn waits_for_map_runs(&self) -> bool {
        !self.map_runs.is_empty()
    }

    /// When it was started.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The time of its last step. Timers that were due by then have fired, if the step was one in
    /// which timers fire.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The id of its last event so far.
    pub fn last_event_id(&self) -> u64 {
        self.last_event
    }

    /// A task that is open, as the host is asked to run it.
    pub fn open_task(&self, machine: &StateMachine, task: TaskId) -> Option<RunTask> {
        let strand = self.strands.get(self.tasks.get(&task)?)?;
        match &strand.visit.phase {
            Phase::Running(running) => states::task::asked(self, machine, strand, running),
            _ => None,
        }
    }

    /// The tasks, Map Runs and timers that are open: what a host that lost them carries out again.
    pub fn pending(&self, machine: &StateMachine) -> Vec<Effect> {
        let timers = self.timers.iter().map(|(&timer, set)| Effect::SetTimer { timer, at: set.at });
        let tasks = self.strands.values().filter_map(|strand| match &strand.visit.phase {
            Phase::Running(running) => states::task::asked(self, machine, strand, running)
                .map(|task| Effect::RunTask(Box::new(task))),
            Phase::Distributed(order) if self.map_runs.contains_key(&order.map_run) => {
                Some(states::map::effect(self, strand, order))
            }
            _ => None,
        });
        timers.chain(tasks).collect()
    }
}

/// How long an Express execution may take.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const MAX_EXPRESS_SECONDS: u64 = 5 * 60;

/// A time so many seconds later, or the end of time.
pub(crate) fn after(at: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

impl Run<'_> {
    /// Takes in what the host reports.
    pub(crate) fn occur(&mut self, occurrence: Occurrence) {
        let (task, report) = match occurrence {
            Occurrence::TaskStarted { task, worker_name } => (task, Report::Started(worker_name)),
            Occurrence::TaskSubmitted { task, output } => (task, Report::Submitted(output)),
            Occurrence::TaskHeartbeat { task } => (task, Report::Heartbeat),
            Occurrence::TaskSucceeded { task, output, usage } => {
                (task, Report::Succeeded(output, usage))
            }
            Occurrence::TaskFailed { task, failure, usage } => {
                (task, Report::Failed(failure, usage))
            }
            Occurrence::Stop { error, cause } => {
                let failure = Failure { error, cause, retry_after: None };
                let outcome = Outcome::Aborted(failure.clone());
                return self.finish(0, Details::ExecutionAborted(failure), outcome);
            }
            Occurrence::MapRunEnded { map_run, result } => {
                if let Some(&strand) = self.execution.map_runs.get(&map_run) {
                    self.enqueue(strand, Turn::MapRunEnded(result));
                }
                return;
            }
            Occurrence::TimerFired { timer } => return self.fire(timer),
        };
        if let Some(&strand) = self.execution.tasks.get(&task) {
            self.enqueue(strand, Turn::Report(report));
        }
    }
}
