//! Task: has the host run something, and waits for what becomes of it.

use stepwell_asl::{
    Json, State, StateMachine,
    definition::{Io, Kind, Task},
    resource::{Pattern, Resource},
};

use crate::{
    Effect, Execution, Failure, MAX_PAYLOAD, RunTask, TaskId,
    errors::{self, Raised},
    event::{Details, ResourceName, Scheduled, TaskScheduled},
    execution::{Purpose, after},
    io::Processing,
    run::{Flow, Run, Turn},
    strand::{Phase, Running, Strand},
    token,
};

pub(super) fn execute(run: &mut Run<'_>, strand: &mut Strand, task: &Task) -> Result<Flow, Raised> {
    // The id of the event that will schedule it.
    let id = TaskId(run.execution.last_event + 1);
    let task_token = waits_for_token(&task.resource)
        .then(|| token::issue(&run.execution.identity.execution_arn, id));
    let (input, timeout, heartbeat, credentials) = {
        let processing = processing(run, strand, &task.io, task_token.as_deref());
        let effective = processing.input()?;
        let input = processing.arguments(&effective)?;
        let seconds = |field: &Option<_>, name| {
            field.as_ref().map(|field| processing.integer(field, name, &effective)).transpose()
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
    let scheduled =
        scheduled(run, &task.resource, &input, timeout, heartbeat, credentials.as_ref());
    run.emit(strand, scheduled);
    let now = run.now();
    let running = Running {
        task: id,
        input,
        started: false,
        task_token,
        credentials,
        heartbeat_seconds: heartbeat,
        timeout: timeout
            .map(|seconds| run.set_timer(after(now, seconds), Purpose::TaskTimeout(id))),
        heartbeat: heartbeat
            .map(|seconds| run.set_timer(after(now, seconds), Purpose::Heartbeat(id))),
    };
    run.execution.tasks.insert(id, strand.id);
    if let Some(effect) = effect(run.execution, run.machine, strand, &running) {
        run.effect(effect);
    }
    strand.visit.phase = Phase::Running(Box::new(running));
    Ok(Flow::Wait)
}

/// What has the host run a strand's task.
pub(crate) fn effect(
    execution: &Execution,
    machine: &StateMachine,
    strand: &Strand,
    running: &Running,
) -> Option<Effect> {
    let Kind::Task(task) = &machine.states.get(&strand.visit.state)?.kind else { return None };
    Some(Effect::RunTask(Box::new(RunTask {
        task: running.task,
        resource: task.resource.clone(),
        state: strand.visit.state.clone(),
        input: running.input.clone(),
        attempt: u32::try_from(strand.visit.retry_count()).unwrap_or(u32::MAX),
        idempotency_key: token::idempotency_key(
            &execution.identity.execution_arn,
            strand.visit.entered,
        ),
        task_token: running.task_token.clone(),
        deadline: running
            .timeout
            .and_then(|timer| execution.timers.get(&timer))
            .map(|timer| timer.at),
        heartbeat_seconds: running.heartbeat_seconds,
        credentials: running.credentials.clone(),
    })))
}

/// Goes on with what the host reports of a strand's task.
pub(crate) fn on(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
    turn: Turn,
) -> Result<Flow, Raised> {
    let Kind::Task(task) = &state.kind else { return Ok(Flow::Wait) };
    let phase = std::mem::replace(&mut strand.visit.phase, Phase::Ready);
    let Phase::Running(mut running) = phase else {
        strand.visit.phase = phase;
        return Ok(Flow::Wait);
    };
    if !matches!(turn, Turn::Heartbeat) {
        tell_started(run, strand, &task.resource, &mut running);
    }
    match turn {
        Turn::Succeeded(output, usage) => {
            close(run, &running);
            let output = output.compact();
            if output.text().len() > MAX_PAYLOAD {
                let failure = errors::data_limit_exceeded(&type_of(&task.resource));
                let failed = failed(&task.resource, &failure);
                strand.previous = run.append(strand.previous, failed, usage);
                return Err(failure.into());
            }
            let succeeded = succeeded(&task.resource, &output);
            strand.previous = run.append(strand.previous, succeeded, usage);
            let exit = {
                let token = running.task_token.as_deref();
                processing(run, strand, &task.io, token).exit(&output, &task.assign)?
            };
            return run.leave(strand, exit, &task.transition);
        }
        Turn::Failed(failure, usage) => {
            close(run, &running);
            let failed = failed(&task.resource, &failure);
            strand.previous = run.append(strand.previous, failed, usage);
            return Err(failure.into());
        }
        Turn::Submitted(output) => {
            if let Some(name) = resource_name(&task.resource) {
                run.emit(strand, Details::TaskSubmitted(name, output.compact()));
            }
        }
        Turn::Heartbeat => {
            if let (Some(seconds), Some(timer)) = (running.heartbeat_seconds, running.heartbeat) {
                run.cancel_timer(timer);
                let at = after(run.now(), seconds);
                let purpose = Purpose::Heartbeat(running.task);
                running.heartbeat = Some(run.set_timer(at, purpose));
            }
        }
        _ => {}
    }
    strand.visit.phase = Phase::Running(running);
    Ok(Flow::Wait)
}

/// Ends a strand's task because its time is up. What follows from this is for its turn.
pub(crate) fn timed_out(run: &mut Run<'_>, strand: &mut Strand, failure: &Failure) {
    let Some(state) = run.machine.states.get(&strand.visit.state) else { return };
    let Kind::Task(task) = &state.kind else { return };
    let timed_out = match &task.resource {
        Resource::Lambda(_) => Details::LambdaFunctionTimedOut(failure.clone()),
        Resource::Activity(_) => Details::ActivityTimedOut(failure.clone()),
        Resource::Wasm(_) | Resource::Integration(_) => match resource_name(&task.resource) {
            Some(name) => Details::TaskTimedOut(name, failure.clone()),
            None => return,
        },
    };
    run.emit(strand, timed_out);
    run.release(strand);
}

/// Forgets a task that is over, with its timers.
pub(crate) fn close(run: &mut Run<'_>, running: &Running) {
    run.execution.tasks.remove(&running.task);
    for timer in [running.timeout, running.heartbeat].into_iter().flatten() {
        run.cancel_timer(timer);
    }
}

fn processing<'s>(
    run: &'s Run<'_>,
    strand: &'s Strand,
    io: &'s Io,
    task_token: Option<&'s str>,
) -> Processing<'s> {
    let mut processing = run.processing(strand, io);
    processing.environment.retryable = true;
    processing.environment.task_token = task_token;
    processing
}

/// A task that reports anything has been started.
fn tell_started(
    run: &mut Run<'_>,
    strand: &mut Strand,
    resource: &Resource,
    running: &mut Running,
) {
    if std::mem::replace(&mut running.started, true) {
        return;
    }
    let started = match (resource, resource_name(resource)) {
        (Resource::Lambda(_), _) => Details::LambdaFunctionStarted,
        (_, Some(name)) => Details::TaskStarted(name),
        (_, None) => Details::ActivityStarted { worker_name: None },
    };
    run.emit(strand, started);
}

fn scheduled(
    run: &Run<'_>,
    resource: &Resource,
    input: &Json,
    timeout_in_seconds: Option<u64>,
    heartbeat_in_seconds: Option<u64>,
    credentials: Option<&Json>,
) -> Details {
    let credentials_role_arn = credentials
        .and_then(|credentials| credentials.value().get("RoleArn")?.as_str())
        .map(ToOwned::to_owned);
    let arn = match resource {
        Resource::Lambda(lambda) => &lambda.arn,
        Resource::Activity(arn) => arn,
        Resource::Wasm(_) | Resource::Integration(_) => {
            let arn = &run.execution.identity.state_machine_arn;
            return Details::TaskScheduled(Box::new(TaskScheduled {
                name: resource_name(resource).unwrap_or_default(),
                region: arn.split(':').nth(3).unwrap_or_default().to_owned(),
                parameters: input.clone(),
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials_role_arn,
            }));
        }
    };
    let scheduled = Box::new(Scheduled {
        resource: arn.to_string(),
        input: input.clone(),
        timeout_in_seconds,
        heartbeat_in_seconds,
        credentials_role_arn,
    });
    match resource {
        Resource::Activity(_) => Details::ActivityScheduled(scheduled),
        _ => Details::LambdaFunctionScheduled(Box::new(Scheduled {
            heartbeat_in_seconds: None,
            ..*scheduled
        })),
    }
}

fn succeeded(resource: &Resource, output: &Json) -> Details {
    let output = output.clone();
    match (resource, resource_name(resource)) {
        (Resource::Lambda(_), _) => Details::LambdaFunctionSucceeded { output },
        (_, Some(name)) => Details::TaskSucceeded(name, output),
        (_, None) => Details::ActivitySucceeded { output },
    }
}

fn failed(resource: &Resource, failure: &Failure) -> Details {
    let failure = failure.clone();
    match (resource, resource_name(resource)) {
        (Resource::Lambda(_), _) => Details::LambdaFunctionFailed(failure),
        (_, Some(name)) => Details::TaskFailed(name, failure),
        (_, None) => Details::ActivityFailed(failure),
    }
}

fn waits_for_token(resource: &Resource) -> bool {
    matches!(
        resource,
        Resource::Integration(integration) if integration.pattern == Pattern::WaitForTaskToken
    )
}

/// `resourceType`, or the ARN where the events have none.
fn type_of(resource: &Resource) -> String {
    match resource {
        Resource::Wasm(_) => "wasm".to_owned(),
        Resource::Lambda(lambda) => lambda.arn.to_string(),
        Resource::Integration(integration) => integration.service.to_string(),
        Resource::Activity(arn) => arn.to_string(),
    }
}

/// `resourceType` and `resource`; none for Lambda functions and activities, whose events have none.
fn resource_name(resource: &Resource) -> Option<ResourceName> {
    match resource {
        Resource::Lambda(_) | Resource::Activity(_) => None,
        Resource::Wasm(wasm) => Some(ResourceName {
            resource_type: "wasm".to_owned(),
            resource: format!("{}/{}", wasm.plugin, wasm.task),
        }),
        Resource::Integration(integration) => {
            let pattern = match integration.pattern {
                Pattern::RequestResponse => "",
                Pattern::Sync => ".sync",
                Pattern::Sync2 => ".sync:2",
                Pattern::WaitForTaskToken => ".waitForTaskToken",
            };
            Some(ResourceName {
                resource_type: integration.service.to_string(),
                resource: format!("{}{pattern}", integration.action),
            })
        }
    }
}
