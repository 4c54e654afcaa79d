//! Tasks that are plugins: which plugin a `Resource` names, and how an attempt runs in it.

mod aws;
mod check;
mod ecs;
mod lambda;
mod unresolved;

pub use unresolved::Unresolved;

use std::{
    collections::{BTreeMap, VecDeque},
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use stepwell_asl::{
    Json,
    resource::{Pattern, Resource, Wasm},
};
use stepwell_interpreter::{Calls, Failure, HostCall, MAX_PAYLOAD, RunTask, Usage};
use stepwell_sandbox::{
    COMMAND_TASK, CallInfo, Effect, Grants, Info, Invocation, Kind, Limits, Plugin, failure::names,
};
use tokio::sync::watch;

use stepwell_engine::{Attempt, EffectClass, Generation, Reporter, TaskEnd, TaskRunner};

use crate::versions::Versions;

/// Heartbeats count in whole seconds: those that come closer together than this are one.
const HEARTBEAT_PAUSE: Duration = Duration::from_millis(100);

/// A plugin with what it may touch and use.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The plugin.
    pub plugin: Plugin,
    /// What it may touch.
    pub grants: Grants,
    /// What each call may use.
    pub limits: Limits,
}

/// The plugins of one tenant, by the name they are installed under. Runs tasks in them.
#[derive(Debug, Clone, Default)]
pub struct Plugins {
    /// Of each name the first counts that had anything installed at the time in question.
    installed: BTreeMap<String, VecDeque<Versions>>,
}

/// What runs for a resource, and on which input.
struct Target<'a> {
    /// The name that the plugin is installed under.
    plugin: String,
    installed: &'a Installed,
    task: String,
    limits: Limits,
    convention: Convention,
}

/// What becomes of a state's input on its way to a task, and of the result on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Convention {
    /// Nothing.
    Plain,
    /// The task is a function that lambda:invoke names: it gets the payload, and its result goes
    /// into the answer of Lambda's Invoke.
    Invoked,
    /// The task is lambda:invoke itself, as a plugin has it.
    Invokes,
    /// The same for the function of this ARN: the input is its payload, and so is the result.
    InvokesFunction(Arc<str>),
    /// The task is a container that ECS's RunTask starts.
    Container,
}

impl Plugins {
    /// Installs a plugin, in place of one of the same name.
    pub fn install(&mut self, name: &str, installed: Installed) {
        self.install_versions(name, Versions::only(installed));
    }

    /// Installs versions of a plugin, in place of those of the same name for as long as any of them
    /// is current.
    pub fn install_versions(&mut self, name: &str, versions: Versions) {
        self.installed.entry(name.to_owned()).or_default().push_front(versions);
    }

    /// What runs for a task of an execution that was started in a generation.
    fn called(
        &self,
        generation: Option<Generation>,
        task: &RunTask,
    ) -> Result<Target<'_>, Unresolved> {
        let named_by = task.resource.callee_argument();
        let callee = named_by.and_then(|field| task.input.value()[field].as_str());
        self.resolve(&task.resource, callee, generation)
    }

    /// What runs for a resource, which for some is what their arguments name. Without a generation
    /// what is current runs.
    fn resolve(
        &self,
        resource: &Resource,
        callee: Option<&str>,
        generation: Option<Generation>,
    ) -> Result<Target<'_>, Unresolved> {
        match resource {
            Resource::Wasm(wasm) => self.wasm(wasm, generation),
            Resource::Lambda(lambda) => {
                let elsewhere = Convention::InvokesFunction(lambda.arn.clone());
                self.function(&lambda.function, Convention::Plain, elsewhere, generation)
            }
            Resource::Activity(_) => Err(Unresolved::BuiltIn),
            Resource::Integration(_) if resource.is_built_in() => Err(Unresolved::BuiltIn),
            Resource::Integration(_) if resource.is_lambda_invoke() => {
                let name = callee.ok_or(Unresolved::FunctionName)?;
                let name = lambda::function_name(name);
                self.function(name, Convention::Invoked, Convention::Invokes, generation)
            }
            Resource::Integration(integration) if resource.is_ecs_run_task() => {
                if integration.pattern == Pattern::RequestResponse {
                    return Err(Unresolved::Unawaited);
                }
                let name = callee.ok_or(Unresolved::TaskDefinition)?;
                self.container(ecs::family(name), generation)
            }
            Resource::Integration(integration) => self.integration(integration, generation),
        }
    }

    fn wasm(&self, wasm: &Wasm, generation: Option<Generation>) -> Result<Target<'_>, Unresolved> {
        let installed = match &wasm.version {
            None => self.plugin(&wasm.plugin, generation)?,
            Some(wanted) => self.pinned(&wasm.plugin, wanted, generation)?,
        };
        let info = installed.plugin.info();
        let mut limits = installed.limits.clone();
        limits.fuel = wasm.fuel.map_or(limits.fuel, |fuel| fuel.min(limits.fuel));
        limits.memory = wasm.memory.map_or(limits.memory, |memory| memory.min(limits.memory));
        let task = task(&wasm.plugin, info, &wasm.task)?;
        let plugin = wasm.plugin.to_string();
        Ok(Target { plugin, installed, task, limits, convention: Convention::Plain })
    }

    /// A function that is a plugin, or else one that the plugin `lambda` invokes.
    fn function(
        &self,
        name: &str,
        convention: Convention,
        elsewhere: Convention,
        generation: Option<Generation>,
    ) -> Result<Target<'_>, Unresolved> {
        let installed = match self.plugin(name, generation) {
            Err(missing @ Unresolved::Plugin { .. }) => {
                return self.invoker(elsewhere, generation).ok_or(missing);
            }
            installed => installed?,
        };
        let tasks = &installed.plugin.info().tasks;
        let task = match &**tasks {
            [only] => only,
            _ => tasks.iter().find(|task| task.name == "handler").ok_or_else(|| {
                Unresolved::Ambiguous {
                    plugin: name.to_owned(),
                    tasks: tasks.iter().map(|task| task.name.clone()).collect(),
                }
            })?,
        };
        let limits = installed.limits.clone();
        let (plugin, task) = (name.to_owned(), task.name.clone());
        Ok(Target { plugin, installed, task, limits, convention })
    }

    fn container(
        &self,
        name: &str,
        generation: Option<Generation>,
    ) -> Result<Target<'_>, Unresolved> {
        let installed = self.plugin(name, generation)?;
        let info = installed.plugin.info();
        if info.kind != Kind::Command {
            let tasks = info.tasks.iter().map(|task| task.name.clone()).collect();
            return Err(Unresolved::NoCommand { plugin: name.to_owned(), tasks });
        }
        let limits = installed.limits.clone();
        Ok(Target {
            plugin: name.to_owned(),
            installed,
            task: COMMAND_TASK.to_owned(),
            limits,
            convention: Convention::Container,
        })
    }

    fn plugin(&self, name: &str, generation: Option<Generation>) -> Result<&Installed, Unresolved> {
        self.versions(name, generation)?.current(generation).map_err(|version| Unresolved::Gone {
            plugin: name.to_owned(),
            version: version.to_owned(),
        })
    }

    fn pinned(
        &self,
        name: &str,
        wanted: &str,
        generation: Option<Generation>,
    ) -> Result<&Installed, Unresolved> {
        let versions = self.versions(name, generation)?;
        versions.pinned(wanted, generation).ok_or_else(|| Unresolved::Version {
            plugin: name.to_owned(),
            installed: versions.numbers(),
            awaiting: versions.held(wanted),
            wanted: wanted.to_owned(),
        })
    }

    /// The versions that counted at a time; where there were none, those that came later.
    fn versions(
        &self,
        name: &str,
        generation: Option<Generation>,
    ) -> Result<&Versions, Unresolved> {
        let all = || self.installed.get(name).into_iter().flatten();
        let counts = all().find(|versions| versions.was_current(generation));
        counts.or_else(|| all().find(|versions| !versions.is_empty())).ok_or_else(|| {
            let some = self.installed.iter().filter(|(_, all)| !all.iter().all(Versions::is_empty));
            let known: Vec<_> = some.map(|(name, _)| name.clone()).collect();
            Unresolved::Plugin {
                name: name.to_owned(),
                nearest: nearest(name, known.iter()),
                known,
            }
        })
    }
}

fn task(plugin: &str, info: &Info, name: &str) -> Result<String, Unresolved> {
    info.task(name).map(|task| task.name.clone()).ok_or_else(|| Unresolved::Task {
        plugin: plugin.to_owned(),
        task: name.to_owned(),
        nearest: nearest(name, info.tasks.iter().map(|task| &task.name)),
        known: info.tasks.iter().map(|task| task.name.clone()).collect(),
    })
}

fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a String>) -> Option<String> {
    among
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.clone())
}

impl TaskRunner for Plugins {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let input = &attempt.task.input;
        let target = match self.called(attempt.generation, &attempt.task) {
            Ok(target) => target,
            Err(why) => {
                let failure = why.failure(&attempt);
                let end = TaskEnd::without_usage(Err(failure));
                return Box::pin(std::future::ready(end));
            }
        };
        let Target { installed, task, limits, convention, .. } = target;
        let input = match &convention {
            Convention::Plain | Convention::Invokes | Convention::Container => input.clone(),
            Convention::Invoked => lambda::payload(input.value()),
            Convention::InvokesFunction(arn) => lambda::parameters(arn, input.value()),
        };
        let installed = installed.clone();
        if convention == Convention::Container {
            return Box::pin(ecs::run(installed, limits, attempt, reporter));
        }
        Box::pin(
            async move { run(installed, task, limits, input, convention, attempt, reporter).await },
        )
    }

    fn effect(&self, _: &str, generation: Option<Generation>, task: &RunTask) -> EffectClass {
        // What cannot run now may have run when its plugin was still there.
        let Ok(Target { installed, task, .. }) = self.called(generation, task) else {
            return EffectClass::AtMostOnce;
        };
        match installed.plugin.info().task(&task).map(|task| task.effect) {
            Some(Effect::Pure) => EffectClass::Pure,
            Some(Effect::Idempotent) => EffectClass::Idempotent,
            Some(Effect::AtMostOnce) | None => EffectClass::AtMostOnce,
        }
    }

    fn plugin(
        &self,
        _: &str,
        generation: Option<Generation>,
        resource: &Resource,
        callee: Option<&str>,
    ) -> Option<String> {
        Some(self.resolve(resource, callee, generation).ok()?.plugin)
    }
}

async fn run(
    installed: Installed,
    task: String,
    limits: Limits,
    input: Json,
    convention: Convention,
    attempt: Attempt,
    reporter: Reporter,
) -> TaskEnd {
    let (beat, mut beats) = watch::channel(());
    let invocation = Invocation {
        task: &task,
        input: input.text(),
        call: call_info(&attempt, &limits),
        limits: &limits,
        grants: &installed.grants,
        heartbeat: Some(Arc::new(move || {
            beat.send_replace(());
        })),
        stop: attempt.stop.clone(),
    };
    reporter.started();
    let mut call = pin!(installed.plugin.invoke(invocation));
    let done = loop {
        tokio::select! {
            biased;
            done = &mut call => break done,
            Ok(()) = beats.changed() => {
                reporter.heartbeat();
                tokio::select! {
                    done = &mut call => break done,
                    () = tokio::time::sleep(HEARTBEAT_PAUSE) => {}
                }
            }
        }
    };
    let result = done
        .result
        .map_err(|failure| {
            // It is too large for a state, too, which AWS has its own words for.
            let for_all = usize::try_from(limits.output).is_ok_and(|limit| limit >= MAX_PAYLOAD);
            if for_all && failure.error == names::DATA_LIMIT_EXCEEDED {
                return attempt.task.result_too_large();
            }
            failed(failure)
        })
        .and_then(|text| {
            Json::parse(text).map_err(|error| {
                Failure::new("Stepwell.InvalidOutput", format!("The output is not JSON: {error}"))
            })
        });
    let log = done.log.text();
    let parameters = attempt.task.input.value();
    TaskEnd {
        result: result.map(|result| match convention {
            Convention::Plain | Convention::Invokes | Convention::Container => result,
            Convention::Invoked => lambda::answer(parameters, &result, &log, attempt.at),
            Convention::InvokesFunction(_) => lambda::result(&result),
        }),
        usage: Some(usage(&done.usage)),
        log,
        calls: calls(done.calls),
    }
}

/// A failure of the sandbox, as the execution sees it.
fn failed(failure: stepwell_sandbox::Failure) -> Failure {
    Failure {
        error: Some(failure.error),
        cause: Some(failure.cause),
        retry_after: failure.retry_after,
    }
}

fn usage(used: &stepwell_sandbox::Usage) -> Usage {
    Usage {
        fuel: used.fuel,
        peak_memory: used.peak_memory,
        duration_ms: milliseconds(used.duration),
        host_calls: used.host_calls,
    }
}

fn calls(made: stepwell_sandbox::Calls) -> Calls {
    let call = |call: stepwell_sandbox::HostCall| HostCall {
        at_ms: milliseconds(call.at),
        duration_ms: milliseconds(call.took),
        capability: call.capability.as_str().to_owned(),
        what: call.what,
        result: call.result,
    };
    Calls { first: made.first.into_iter().map(call).collect(), more: made.more }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What the guest may know of its call. Its deadline is the earlier of the state's and its own.
fn call_info(attempt: &Attempt, limits: &Limits) -> CallInfo {
    let own = attempt.at.checked_add(limits.time).ok();
    let deadline = [attempt.task.deadline, own].into_iter().flatten().min();
    CallInfo {
        tenant: attempt.tenant.clone(),
        execution_arn: attempt.identity.execution_arn.clone(),
        state_name: attempt.task.state.to_string(),
        attempt: attempt.task.attempt,
        idempotency_key: attempt.task.idempotency_key.clone(),
        task_token: attempt.task.task_token.clone(),
        deadline: deadline.map(SystemTime::from),
    }
}
