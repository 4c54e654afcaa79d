//! Attempts of tasks that have ended, as figures are kept of them.

use stepwell_asl::{definition::Name, resource::Resource};

use crate::{
    TaskId, Usage,
    run::Run,
    strand::{Running, Strand},
};

/// An attempt of a task that has ended: it returned, failed, or its time was up. One that was given
/// up, because its execution went on or ended without it, is none of these.
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
    /// The name of the error that it failed with, empty where it has none; none where it returned.
    pub error: Option<String>,
    /// What it used, where it ran in this host.
    pub usage: Option<Usage>,
    /// How long it took in milliseconds, where that is known: of what did not run in this host from
    /// when it was scheduled.
    pub took_ms: Option<u64>,
}

/// Tells that a strand's attempt has ended.
pub(crate) fn ended(
    run: &mut Run<'_>,
    strand: &Strand,
    resource: &Resource,
    running: &Running,
    error: Option<String>,
    usage: Option<Usage>,
) {
    let callee = resource
        .callee_argument()
        .and_then(|argument| running.input.value()[argument].as_str().map(str::to_owned));
    let attempt = u32::try_from(strand.visit.retry_count()).unwrap_or(u32::MAX);
    let waited = running.scheduled_at.map(|at| run.now().duration_since(at).as_millis());
    let waited = waited.and_then(|waited| u64::try_from(waited).ok());
    run.step.ended.push(EndedAttempt {
        task: running.task,
        state: strand.visit.state.clone(),
        resource: resource.clone(),
        callee,
        attempt,
        error,
        usage,
        took_ms: usage.map(|usage| usage.duration_ms).or(waited),
    });
}
