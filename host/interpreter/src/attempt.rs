//! Attempts of tasks that are over, as figures are kept of them.

use stepwell_asl::{
    Json,
    definition::{Kind, Name},
    resource::Resource,
};

use crate::{
    RunTask, TaskId, Usage,
    run::Run,
    strand::{Phase, Running, Strand},
};

/// An attempt of a task that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedAttempt {
    /// Which.
    pub task: TaskId,
    /// The state that ran it.
    pub state: Name,
    /// What it ran.
    pub resource: Resource,
    /// What was run is named so by the [argument](Resource::callee_argument) that names it, where
    /// the resource does not.
    pub callee: Option<String>,
    /// How often it was tried before: 0 for the first attempt.
    pub attempt: u32,
    /// How it ended.
    pub end: AttemptEnd,
    /// What it used, where it ran in this host.
    pub usage: Option<Usage>,
    /// How long it took in milliseconds, where that is known: of what did not run in this host from
    /// when it was scheduled.
    pub took_ms: Option<u64>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It returned.
    Returned,
    /// It failed, or its time was up: the state saw an error.
    Failed {
        /// The error's name, empty where it has none.
        error: String,
    },
    /// Nobody saw its end: the execution went on or ended without it, or its host went down and it is
    /// run again.
    GivenUp {
        /// Whether it is known to have begun. It may have been waiting for its turn, or for a worker.
        begun: bool,
    },
}

impl EndedAttempt {
    /// One whose host went down while it ran, and that is run again.
    pub fn cut_off(task: &RunTask) -> Self {
        Self {
            task: task.task,
            state: task.state.clone(),
            resource: task.resource.clone(),
            callee: callee(&task.resource, &task.input),
            attempt: task.attempt,
            end: AttemptEnd::GivenUp { begun: true },
            usage: None,
            took_ms: None,
        }
    }

    /// Takes note that it ran in this host, and of what it used.
    pub fn ran(&mut self, usage: Option<Usage>) {
        if let AttemptEnd::GivenUp { begun } = &mut self.end {
            *begun = true;
        }
        self.usage = usage.or(self.usage);
        self.took_ms = usage.map(|usage| usage.duration_ms).or(self.took_ms);
    }
}

fn callee(resource: &Resource, input: &Json) -> Option<String> {
    let argument = resource.callee_argument()?;
    input.value()[argument].as_str().map(str::to_owned)
}

/// Tells that a strand's attempt has ended.
pub(crate) fn ended(
    run: &mut Run<'_>,
    strand: &Strand,
    resource: &Resource,
    running: &Running,
    end: AttemptEnd,
    usage: Option<Usage>,
) {
    let waited = running.scheduled_at.map(|at| run.now().duration_since(at).as_millis());
    let waited = waited.and_then(|waited| u64::try_from(waited).ok());
    run.step.ended.push(EndedAttempt {
        task: running.task,
        state: strand.visit.state.clone(),
        resource: resource.clone(),
        callee: callee(resource, &running.input),
        attempt: u32::try_from(strand.visit.retry_count()).unwrap_or(u32::MAX),
        end,
        usage,
        took_ms: usage.map(|usage| usage.duration_ms).or(waited),
    });
}

/// Tells that a strand's attempt is given up, where it has one.
pub(crate) fn given_up(run: &mut Run<'_>, strand: &Strand) {
    let Phase::Running(running) = &strand.visit.phase else { return };
    let Some(Kind::Task(task)) = run.machine.states.get(&strand.visit.state).map(|it| &it.kind)
    else {
        return;
    };
    let end = AttemptEnd::GivenUp { begun: running.started || running.submitted };
    ended(run, strand, &task.resource, running, end, None);
}
