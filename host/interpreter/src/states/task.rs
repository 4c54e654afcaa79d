//! Task: has the host run something, and waits for what becomes of it.

mod events;

use stepwell_asl::{
    Json, State, StateMachine,
    data::MAX_NESTING,
    definition::{Field, Kind, Task},
    resource::Resource,
};

use crate::{
    Effect, Execution, Failure, MAX_PAYLOAD, RunTask, TaskId, Usage,
    attempt::{self, AttemptEnd},
    errors::{self, Raised},
    execution::{Purpose, after},
    io::Processing,
    run::{Flow, Report, Run},
    states::MAX_SECONDS,
    strand::{Phase, Running, Strand},
    token,
};
use events::Family;

pub(super) fn execute(run: &mut Run<'_>, strand: &mut Strand, task: &Task) -> Result<Flow, Raised> {
    // The id of the event that will schedule it.
    let id = TaskId(run.execution.last_event + 1);
    let task_token = task.resource.waits_for_token().then(|| issue(run.execution, id));
    let (input, timeout, heartbeat, credentials) = {
        let processing =
            run.processing(strand, &task.io).retryable().with_task_token(task_token.as_deref());
        let effective = processing.input()?;
        let input = processing.arguments(&effective)?;
        let seconds = |field: &Option<_>, name| {
            field.as_ref().map(|field| seconds(&processing, field, name, &effective)).transpose()
        };
        let timeout = seconds(&task.timeout_seconds, "TimeoutSeconds")?;
        let heartbeat = seconds(&task.heartbeat_seconds, "HeartbeatSeconds")?;
        let credentials = task
            .credentials
            .as_ref()
            .map(|template| {
                processing.template(template, &processing.scope(&effective), "Credentials")
            })
            .transpose()?;
        (input, timeout, heartbeat, credentials)
    };
    let family = Family::of(&task.resource);
    if let Resource::Activity(arn) = &task.resource
        && run.missing_activities.contains(arn)
    {
        let text = format_args!("The activity {arn} does not exist.");
        return Err(run.processing(strand, &task.io).place().raise(errors::RUNTIME, text));
    }
    if input.text().len() > MAX_PAYLOAD {
        return Err(errors::data_limit_exceeded(family.name()).into());
    }
    if input.nesting() > MAX_NESTING {
        return Err(errors::nests_too_deep(family.name()).into());
    }
    // arn:aws:states:REGION:...
    let region = run.execution.identity.state_machine_arn.split(':').nth(3).unwrap_or_default();
    let scheduled =
        family.scheduled(region, input.clone(), timeout, heartbeat, credentials.as_ref());
    run.emit(strand, scheduled);
    let now = run.now();
    let running = Running {
        task: id,
        scheduled_at: Some(now),
        input,
        started: false,
        submitted: false,
        task_token,
        credentials,
        heartbeat_seconds: heartbeat,
        timeout: timeout
            .map(|seconds| run.set_timer(after(now, seconds), Purpose::TaskTimeout(id))),
        heartbeat: heartbeat
            .map(|seconds| run.set_timer(after(now, seconds), Purpose::Heartbeat(id))),
    };
    run.execution.tasks.insert(id, strand.id);
    if let Some(task) = asked(run.execution, run.machine, strand, &running) {
        run.effect(Effect::RunTask(Box::new(task)));
    }
    strand.visit.phase = Phase::Running(Box::new(running));
    Ok(Flow::Wait)
}

impl RunTask {
    /// How the attempt fails where its result is larger than [`MAX_PAYLOAD`], and was not even
    /// taken in.
    pub fn result_too_large(&self) -> Failure {
        errors::data_limit_exceeded(Family::of(&self.resource).name())
    }
}

fn issue(execution: &Execution, task: TaskId) -> String {
    let Execution { secret, identity, started_at, .. } = execution;
    token::issue(secret, &identity.execution_arn, *started_at, task)
}

/// `TimeoutSeconds` or `HeartbeatSeconds`: positive, computed or not.
fn seconds(
    processing: &Processing<'_>,
    field: &Field<u64>,
    name: &str,
    input: &Json,
) -> Result<u64, Raised> {
    let seconds = processing.signed_integer(field, name, input)?;
    match u64::try_from(seconds) {
        Ok(seconds @ 1..=MAX_SECONDS) => Ok(seconds),
        _ => Err(processing.out_of_range(
            name,
            format_args!("{name} must be from 1 to {MAX_SECONDS}, but is {seconds}."),
        )),
    }
}

/// A strand's task, as the host is asked to run it.
pub(crate) fn asked(
    execution: &Execution,
    machine: &StateMachine,
    strand: &Strand,
    running: &Running,
) -> Option<RunTask> {
    let Kind::Task(task) = &machine.states.get(&strand.visit.state)?.kind else { return None };
    Some(RunTask {
        task: running.task,
        resource: task.resource.clone(),
        state: strand.visit.state.clone(),
        input: running.input.clone(),
        attempt: u32::try_from(strand.visit.retry_count()).unwrap_or(u32::MAX),
        idempotency_key: token::idempotency_key(
            &execution.identity.execution_arn,
            strand.visit.entered,
            execution.redrives.count(),
        ),
        started: running.started,
        submitted: running.submitted,
        task_token: match task.resource {
            // It shows nowhere in the execution.
            Resource::Activity(_) => Some(issue(execution, running.task)),
            _ => running.task_token.clone(),
        },
        deadline: running
            .timeout
            .and_then(|timer| execution.timers.get(&timer))
            .map(|timer| timer.at),
        heartbeat_seconds: running.heartbeat_seconds,
        credentials: running.credentials.clone(),
    })
}

/// Goes on with what the host reports of a strand's task.
pub(crate) fn on(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
    report: Report,
) -> Result<Flow, Raised> {
    let Kind::Task(task) = &state.kind else { return Ok(Flow::Wait) };
    let phase = std::mem::replace(&mut strand.visit.phase, Phase::Ready);
    let Phase::Running(mut running) = phase else {
        strand.visit.phase = phase;
        return Ok(Flow::Wait);
    };
    let family = Family::of(&task.resource);
    // A task that reports a result has been started.
    if !matches!(report, Report::Heartbeat) && !std::mem::replace(&mut running.started, true) {
        let worker_name = match &report {
            Report::Started(worker_name) => worker_name.clone(),
            _ => None,
        };
        run.emit(strand, Family::of(&task.resource).started(worker_name));
    }
    match report {
        Report::Succeeded(output, usage) => {
            close(run, &running);
            // AWS shows a mocked result as it was written.
            let output = if run.inspector.is_some() { output } else { output.compact() };
            if output.text().len() > MAX_PAYLOAD {
                let failure = errors::data_limit_exceeded(family.name());
                return fail(run, strand, task, &running, failure, usage);
            }
            attempt::ended(run, strand, &task.resource, &running, AttemptEnd::Returned, usage);
            let succeeded = family.succeeded(output.clone());
            strand.previous = run.append(strand.previous, succeeded, usage);
            let exit = run
                .processing(strand, &task.io)
                .retryable()
                .with_task_token(running.task_token.as_deref())
                .exit(&output, &task.assign)?;
            return run.leave(strand, exit, &task.transition);
        }
        Report::Failed(failure, usage) => {
            close(run, &running);
            return fail(run, strand, task, &running, failure, usage);
        }
        Report::Submitted(output)
            if output.text().len() > MAX_PAYLOAD || output.nesting() > MAX_NESTING =>
        {
            close(run, &running);
            run.effect(Effect::CancelTask { task: running.task });
            let failure = errors::data_limit_exceeded(family.name());
            return fail(run, strand, task, &running, failure, None);
        }
        Report::Submitted(output) => {
            if !std::mem::replace(&mut running.submitted, true)
                && let Some(submitted) = family.submitted(output.compact())
            {
                run.emit(strand, submitted);
            }
        }
        Report::Heartbeat => {
            if let (Some(seconds), Some(timer)) = (running.heartbeat_seconds, running.heartbeat) {
                run.cancel_timer(timer);
                let at = after(run.now(), seconds);
                let purpose = Purpose::Heartbeat(running.task);
                running.heartbeat = Some(run.set_timer(at, purpose));
            }
        }
        Report::Started(_) => {}
    }
    strand.visit.phase = Phase::Running(running);
    Ok(Flow::Wait)
}

fn fail(
    run: &mut Run<'_>,
    strand: &mut Strand,
    task: &Task,
    running: &Running,
    failure: Failure,
    usage: Option<Usage>,
) -> Result<Flow, Raised> {
    let end = AttemptEnd::Failed { error: failure.error.clone().unwrap_or_default() };
    attempt::ended(run, strand, &task.resource, running, end, usage);
    let failed = Family::of(&task.resource).failed(failure.clone());
    strand.previous = run.append(strand.previous, failed, usage);
    Err(failure.into())
}

/// Ends a strand's task because its time is up. What follows from this is for its turn.
pub(crate) fn timed_out(run: &mut Run<'_>, strand: &mut Strand, failure: &Failure) {
    let Some(state) = run.machine.states.get(&strand.visit.state) else { return };
    let Kind::Task(task) = &state.kind else { return };
    if let Phase::Running(running) = &strand.visit.phase {
        let end = AttemptEnd::Failed { error: failure.error.clone().unwrap_or_default() };
        attempt::ended(run, strand, &task.resource, running, end, None);
    }
    run.emit(strand, Family::of(&task.resource).timed_out(failure.clone()));
    run.let_go(strand);
}

/// Forgets a task that is over, with its timers.
pub(crate) fn close(run: &mut Run<'_>, running: &Running) {
    run.execution.tasks.remove(&running.task);
    for timer in [running.timeout, running.heartbeat].into_iter().flatten() {
        run.cancel_timer(timer);
    }
}
