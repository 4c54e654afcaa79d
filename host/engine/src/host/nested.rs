//! Executions that executions start: `arn:aws:states:::states:startExecution`, with `.sync` and
//! `.sync:2`.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>

use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use stepwell_asl::{
    Json,
    definition::Type,
    resource::{Integration, Pattern, Resource},
};
use stepwell_interpreter::{
    Effect, Failure, Occurrence, Outcome, RunTask, Step, TaskId, map_run::EndedChild,
};
use stepwell_journal::{ExecutionId, Key, Outgoing, Status};
use uuid::Uuid;

use super::{
    Error, Host,
    loaded::{Loaded, Parent, Wait, Waits},
    mail::Mail,
    start::Order,
    turn::Input,
};
use crate::{
    Attempt, EffectClass, Generation, Reporter, TaskEnd, TaskRunner, arn, is_name,
    resources::{self, Qualifier, parse_machine_arn},
};

/// How long to wait before an execution is started again that could not be.
const AGAIN: Duration = Duration::from_secs(1);

/// The task of an occurrence.
pub(super) fn task_of(occurrence: &Occurrence) -> Option<TaskId> {
    match occurrence {
        Occurrence::TaskStarted { task, .. }
        | Occurrence::TaskSucceeded { task, .. }
        | Occurrence::TaskFailed { task, .. }
        | Occurrence::TaskSubmitted { task, .. }
        | Occurrence::TaskHeartbeat { task } => Some(*task),
        Occurrence::MapRunEnded { .. }
        | Occurrence::TimerFired { .. }
        | Occurrence::Stop { .. } => None,
    }
}

/// What the end of an attempt means: where an answer is waited for, its request was sent.
pub(super) fn ended(task: &RunTask, end: TaskEnd) -> Occurrence {
    let TaskEnd { result, usage, .. } = end;
    match result {
        Ok(output) if waits(&task.resource) => {
            Occurrence::TaskSubmitted { task: task.task, output }
        }
        Ok(output) => Occurrence::TaskSucceeded { task: task.task, output, usage },
        Err(failure) => Occurrence::TaskFailed { task: task.task, failure, usage },
    }
}

/// Whether a task's answer comes after the answer to its request. A plugin's `.sync` task is done
/// when it returns.
fn waits(resource: &Resource) -> bool {
    match resource {
        Resource::Integration(integration) => match integration.pattern {
            Pattern::WaitForTaskToken => true,
            Pattern::Sync | Pattern::Sync2 => starts_execution(integration),
            Pattern::RequestResponse => false,
        },
        _ => false,
    }
}

/// Whether it is `states:startExecution`, in any pattern.
pub(super) fn starts_execution(integration: &Integration) -> bool {
    &*integration.service == "states" && &*integration.action == "startExecution"
}

/// An execution that a task waits for.
pub(super) struct Child {
    task: TaskId,
    execution: ExecutionId,
    parent: Parent,
}

impl Loaded {
    /// The executions that tasks wait for.
    pub(super) fn nested(&self) -> Vec<Child> {
        if !self.revision.waits_for_executions {
            return Vec::new();
        }
        let child = |effect| match effect {
            Effect::RunTask(task) => {
                let Resource::Integration(integration) = &task.resource else { return None };
                if !starts_execution(integration) || !waits(&task.resource) {
                    return None;
                }
                let request = StartExecution::read(&task, &self.start.key.tenant).ok()?;
                let parent = parent(&self.execution.identity().execution_arn, &task);
                let execution = request.key(&self.start.key.tenant).id();
                Some(Child { task: task.task, execution, parent })
            }
            _ => None,
        };
        self.pending().into_iter().filter_map(child).collect()
    }
}

/// Stops the executions that a step gives up. They get the message with the step's commit.
pub(super) fn stops(step: &Step, before: Vec<Child>) -> impl Iterator<Item = Outgoing> {
    let cancelled = crate::run::cancelled(&step.effects);
    before.into_iter().filter(move |child| cancelled.contains(&child.task)).map(
        |Child { execution, parent, .. }| {
            Mail::Stop { child_of: Some(parent), error: None, cause: None }.to(execution)
        },
    )
}

/// Whose child the execution is that a task starts.
fn parent(execution_arn: &str, task: &RunTask) -> Parent {
    let wait = match &task.resource {
        Resource::Integration(integration) => Wait::of(integration.pattern),
        _ => Wait::RequestResponse,
    };
    let waits = Waits::Task { task: task.task, wait };
    Parent { execution_arn: execution_arn.to_owned(), waits }
}

/// What an execution that has ended tells the one that waits for it.
pub(super) fn farewell(loaded: &Loaded, outcome: Option<&Outcome>) -> Option<Outgoing> {
    let outcome = outcome?;
    let Parent { execution_arn, waits } = loaded.attributes.parent.as_ref()?;
    let mail = match waits {
        Waits::Task { wait: Wait::RequestResponse, .. } => return None,
        Waits::Task { task, wait } => {
            Mail::ChildEnded { task: *task, result: result(loaded, outcome, *wait) }
        }
        Waits::MapRun { map_run, child } => Mail::MapRunChildEnded {
            map_run: *map_run,
            ended: Box::new(EndedChild {
                child: *child,
                input: loaded.execution.input().clone(),
                started_at: loaded.execution.started_at(),
                outcome: outcome.clone(),
            }),
        },
    };
    Some(mail.to(arn::execution_id(execution_arn)?))
}

/// The result of a task that has waited for an execution: what DescribeExecution says of it.
fn result(loaded: &Loaded, outcome: &Outcome, wait: Wait) -> Result<Json, Failure> {
    let data = |data: &Json| match wait {
        Wait::Sync2 => data.value().clone(),
        Wait::Sync | Wait::RequestResponse => data.text().into(),
    };
    let execution = &loaded.execution;
    let identity = execution.identity();
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    let failure = match outcome {
        Outcome::Succeeded { .. } => None,
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            Some(failure)
        }
    };
    // In the order of their names, as AWS has them.
    if let Some(cause) = failure.and_then(|failure| failure.cause.as_deref()) {
        add("Cause", cause.into());
    }
    if let Some(error) = failure.and_then(|failure| failure.error.as_deref()) {
        add("Error", error.into());
    }
    add("ExecutionArn", identity.execution_arn.as_str().into());
    add("Input", data(execution.input()));
    add("InputDetails", json!({ "Included": true }));
    add("Name", identity.execution_name.as_str().into());
    if let Outcome::Succeeded { output } = outcome {
        add("Output", data(output));
        add("OutputDetails", json!({ "Included": true }));
    }
    add("RedriveCount", 0.into());
    add("RedriveStatus", "NOT_REDRIVABLE".into());
    add("StartDate", execution.started_at().as_millisecond().into());
    add("StateMachineArn", identity.state_machine_arn.as_str().into());
    add("Status", Status::from(outcome).as_str().into());
    add("StopDate", execution.now().as_millisecond().into());
    let described = Json::from(Value::Object(members));
    match failure {
        None => Ok(described),
        Some(_) => Err(Failure::new("States.TaskFailed", described.text())),
    }
}

/// The arguments of `states:startExecution`.
struct StartExecution {
    state_machine_arn: String,
    machine: String,
    qualifier: Option<Qualifier>,
    name: String,
    input: Json,
    trace_header: Option<String>,
}

impl StartExecution {
    fn read(task: &RunTask, tenant: &str) -> Result<Self, Failure> {
        let arguments = task.input.value();
        let text = |name: &str| match arguments.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let arn = text("StateMachineArn").ok_or_else(|| {
            refused("ValidationException", "The StateMachineArn is missing, or is no string")
        })?;
        let parsed = parse_machine_arn(&arn).filter(|parsed| parsed.tenant == tenant);
        let parsed = parsed.ok_or_else(|| no_such_machine(&arn))?;
        let name = text("Name").unwrap_or_else(|| name(task));
        if !is_name(&name) {
            return Err(refused("InvalidName", &format!("Invalid Name: '{name}'")));
        }
        let input = match arguments.get("Input") {
            None | Some(Value::Null) => Json::empty(),
            Some(Value::String(text)) => Json::parse(text.as_str()).map_err(|error| {
                refused(
                    "InvalidExecutionInput",
                    &format!("Invalid State Machine Execution Input: '{error}'"),
                )
            })?,
            Some(value) => Json::from(value.clone()),
        };
        Ok(Self {
            machine: parsed.machine,
            qualifier: parsed.qualifier,
            state_machine_arn: arn,
            name,
            input,
            trace_header: text("TraceHeader"),
        })
    }

    fn key(&self, tenant: &str) -> Key {
        Key { tenant: tenant.to_owned(), machine: self.machine.clone(), name: self.name.clone() }
    }
}

/// The name of an execution that is started without one: the same however often the start is tried,
/// so that an attempt starts one execution and no more.
fn name(task: &RunTask) -> String {
    uuid::Builder::from_random_bytes(bits(task).to_be_bytes()).into_uuid().to_string()
}

fn no_such_machine(arn: &str) -> Failure {
    refused("StateMachineDoesNotExist", &format!("State Machine Does Not Exist: '{arn}'"))
}

/// An exception of Step Functions, as its integration reports it.
fn refused(code: &str, message: &str) -> Failure {
    let cause = format!(
        "{message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code}; Request ID: \
         {}; Proxy: null)",
        Uuid::new_v4()
    );
    let ending = if code.ends_with("Exception") { "" } else { "Exception" };
    Failure::new(format!("StepFunctions.{code}{ending}"), cause)
}

impl Host {
    /// Starts the execution that a task asks for, and reports it to the execution.
    pub(super) fn start_nested(&self, id: ExecutionId, loaded: &Loaded, task: RunTask) {
        let host = self.clone();
        let tenant = loaded.start.key.tenant.clone();
        let execution_arn = loaded.execution.identity().execution_arn.clone();
        tokio::spawn(async move {
            // The next host starts it where this one is about to stop.
            let Some(result) = host.nested(&tenant, &execution_arn, &task).await else { return };
            let end = TaskEnd::without_usage(result);
            host.deliver(id, Input::TaskEnded(task.task, end));
        });
    }

    /// Starts the execution that a task asks for, however often that has to be tried: there is one.
    /// None where the host is about to stop.
    pub(super) async fn nested(
        &self,
        tenant: &str,
        execution_arn: &str,
        task: &RunTask,
    ) -> Option<Result<Json, Failure>> {
        let request = match StartExecution::read(task, tenant) {
            Ok(request) => request,
            Err(failure) => return Some(Err(failure)),
        };
        loop {
            let error = match self.try_nested(tenant, execution_arn, task, &request).await {
                Ok(result) => return Some(result),
                Err(error) => error,
            };
            if self.is_stopping() {
                return None;
            }
            tracing::warn!(execution = execution_arn, %error, "a nested execution cannot be started");
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn try_nested(
        &self,
        tenant: &str,
        execution_arn: &str,
        task: &RunTask,
        request: &StartExecution,
    ) -> Result<Result<Json, Failure>, Error> {
        let (machine, qualifier) = (&request.machine, request.qualifier.as_ref());
        let resolved = self.inner.resources.resolve(tenant, machine, qualifier, bits(task) as u64);
        let arn = &request.state_machine_arn;
        let target = match resolved.await {
            // One of another region is another.
            Ok(Some(target)) if arn.starts_with(&target.revision.machine.arn) => target,
            Ok(_) | Err(resources::Error::Deleting { .. }) => {
                return Ok(Err(no_such_machine(arn)));
            }
            Err(error) => return Err(error.into()),
        };
        let type_ = target.revision.type_;
        let order = Order {
            target,
            name: request.name.clone(),
            input: request.input.clone(),
            trace_header: request.trace_header.clone(),
            parent: Some(parent(execution_arn, task)),
        };
        if type_ == Type::Express {
            // Nobody knows when it has ended.
            if waits(&task.resource) {
                let message = "This operation is not supported by this type of state machine";
                return Ok(Err(refused("StateMachineTypeNotSupported", message)));
            }
            let (arn, started) = self.start_express(order)?;
            return Ok(Ok(answer(&arn, started.at)));
        }
        let arn = order.execution_arn();
        match self.start_execution(order).await {
            Ok(started) => Ok(Ok(answer(&arn, started.at))),
            Err(Error::AlreadyExists) => Ok(Err(refused(
                "ExecutionAlreadyExists",
                &format!("Execution Already Exists: '{arn}'"),
            ))),
            Err(Error::TooManyOpen) => Ok(Err(refused(
                "ExecutionLimitExceeded",
                "The maximum number of running executions has been reached",
            ))),
            Err(error) => Err(error),
        }
    }
}

/// What StartExecution answers, as the integration hands it on.
fn answer(arn: &str, at: jiff::Timestamp) -> Json {
    let request_id = Uuid::new_v4().to_string();
    let body = format!(
        "{{\"executionArn\":\"{arn}\",\"startDate\":{:.12E}}}",
        at.as_millisecond() as f64 / 1e3
    );
    let length = body.len().to_string();
    let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let content_type = "application/x-amz-json-1.0";
    json!({
        "ExecutionArn": arn,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "connection": ["keep-alive"],
                "x-amzn-RequestId": [request_id],
                "Date": [date],
                "Content-Length": [length],
                "Content-Type": [content_type],
            },
            "HttpHeaders": {
                "connection": "keep-alive",
                "Content-Length": length,
                "Content-Type": content_type,
                "Date": date,
                "x-amzn-RequestId": request_id,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": { "RequestId": request_id },
        "StartDate": at.as_millisecond(),
    })
    .into()
}

/// The same bits for an attempt of a task, however often it is tried.
fn bits(task: &RunTask) -> u128 {
    let key = u128::from_str_radix(&task.idempotency_key, 16).unwrap_or_default();
    key.wrapping_add(task.attempt.into())
}

/// Runs the tasks of executions that are not durable: those that are built in, and all others as
/// the host's runner does.
pub(super) struct Builtin {
    runner: Arc<dyn TaskRunner>,
    host: OnceLock<Weak<super::Inner>>,
}

impl Builtin {
    pub(super) fn new(runner: Arc<dyn TaskRunner>) -> Self {
        Self { runner, host: OnceLock::new() }
    }

    /// Whose tasks it runs.
    pub(super) fn serve(&self, host: &Host) {
        let _ = self.host.set(Arc::downgrade(&host.inner));
    }
}

impl TaskRunner for Builtin {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let Resource::Integration(integration) = &attempt.task.resource else {
            return self.runner.run(attempt, reporter);
        };
        if !starts_execution(integration) {
            return self.runner.run(attempt, reporter);
        }
        let inner = self.host.get().and_then(Weak::upgrade);
        Box::pin(async move {
            let Some(inner) = inner else {
                return TaskEnd::refused("Stepwell.HostError", "The host is gone.");
            };
            reporter.started();
            let Attempt { task, identity, tenant, .. } = attempt;
            match (Host { inner }).nested(&tenant, &identity.execution_arn, &task).await {
                Some(result) => TaskEnd::without_usage(result),
                None => TaskEnd::refused("Stepwell.HostError", Error::Stopping.to_string()),
            }
        })
    }

    fn effect(&self, tenant: &str, generation: Option<Generation>, task: &RunTask) -> EffectClass {
        self.runner.effect(tenant, generation, task)
    }

    fn plugin(
        &self,
        tenant: &str,
        generation: Option<Generation>,
        resource: &Resource,
        callee: Option<&str>,
    ) -> Option<String> {
        self.runner.plugin(tenant, generation, resource, callee)
    }

    fn generation(&self) -> Option<Generation> {
        self.runner.generation()
    }
}
