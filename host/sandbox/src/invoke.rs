//! One call: a fresh instance, entered, limited, and gone.

mod ended;
mod program;

use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use wasmtime::{CallHook, Store, component::ResourceTable};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::{
    admit,
    call::{CallInfo, Heartbeat},
    calls::{Calls, Recorder},
    capability::{
        files::{Budget, Files},
        refusals::Refusals,
        scratch::Scratch,
        secrets::Placeholders,
        tcp::Network,
    },
    contract::{TaskPluginPre, plugin},
    failure::{Failure, names},
    grants::Grants,
    info::Info,
    limits::{HostCalls, Limits, Memory, TooManyHostCalls, Usage},
    log::Log,
    sandbox::{Entry, Plugin, Runnable},
    state::{Pipe, Setting, State},
    stdio::{Output, Shared},
    wasi,
};

pub use program::{Program, Ran};

use ended::{cancelled, checked, denied, exited, is_too_much_at_once, said, status, stopped};

/// Fuel after which a guest gives way to others: some tens of microseconds of computing.
const YIELD_EVERY: u64 = 100_000;

/// Bytes that a guest may hand to the host at one go, besides an output. What is larger goes
/// through streams, which take it in parts.
const AT_ONCE: u64 = 4 << 20;

/// What is to be done.
#[derive(Clone)]
pub struct Invocation<'a> {
    /// Name of the task.
    pub task: &'a str,
    /// The input, as JSON text. It is handed on as it is.
    pub input: &'a str,
    /// The call, for the guest to ask about.
    pub call: CallInfo,
    /// What the call may use up.
    pub limits: &'a Limits,
    /// What the guest may touch.
    pub grants: &'a Grants,
    /// Called when the guest says it is still at work.
    pub heartbeat: Option<Heartbeat>,
    /// Stops the call once it is cancelled: the call ends in `Stepwell.Cancelled` then, and tells
    /// what it used so far.
    pub stop: CancellationToken,
}

/// How a call ended.
#[derive(Debug, Clone)]
pub struct Done {
    /// The output, which is valid JSON text, or why there is none.
    pub result: Result<String, Failure>,
    /// What the call used.
    pub usage: Usage,
    /// What the guest wrote for people.
    pub log: Log,
    /// What it did that reaches outside.
    pub calls: Calls,
    /// The failure that a component itself returned, as it did: neither named, where it has no
    /// name, nor cut.
    pub said: Option<Failure>,
}

/// What a component says of itself when it is asked once more.
#[derive(Debug)]
pub struct Described {
    /// What it says, or why the host would not take it.
    pub result: Result<Info, admit::Error>,
    /// What that used, of which it may have as much as when it is admitted.
    pub usage: Usage,
}

impl Plugin {
    /// Runs a task to its end, in a fresh instance.
    ///
    /// Waits for its turn where as many calls as [`Options::concurrency`](crate::Options) allows
    /// are running. Dropping the future stops the guest where it is, too, but tells nothing.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with timers.
    pub async fn invoke(&self, invocation: Invocation<'_>) -> Done {
        match unknown_task(self.info(), invocation.task) {
            Some(failure) => Done {
                result: Err(failure),
                usage: Usage::default(),
                log: Log::new(invocation.limits.log),
                calls: Calls::default(),
                said: None,
            },
            None => self.invoke_unannounced(invocation).await,
        }
    }

    /// The same without asking whether there is such a task, as no host does it: to see what the
    /// plugin makes of a task that it does not have.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with timers.
    pub async fn invoke_unannounced(&self, invocation: Invocation<'_>) -> Done {
        let log = Shared::new(Log::new(invocation.limits.log));
        let Ended { result, usage, calls, said } =
            self.runnable().call(invocation, None, &log).await;
        let result = result.map(|answer| answer.output);
        let log = std::mem::take(&mut *log.lock());
        Done { result, usage, log, calls, said }
    }

    /// Has a component describe itself once more, as when it is admitted; none for a command,
    /// which cannot.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with timers.
    pub async fn describe(&self) -> Option<Described> {
        let Entry::Component(pre) = &self.runnable().entry else { return None };
        let (said, usage) = self.runnable().describe(pre).await;
        let info = self.info();
        let candidate =
            admit::Candidate { kind: info.kind, name: None, imports: info.imports.clone() };
        let result = said
            .map_err(admit::Error::from)
            .and_then(|said| Ok(admit::of_component(said, &candidate, info.digest)?));
        Some(Described { result, usage })
    }
}

fn unknown_task(info: &Info, task: &str) -> Option<Failure> {
    if info.task(task).is_some() {
        return None;
    }
    let tasks: Vec<_> = info.tasks.iter().map(|task| task.name.as_str()).collect();
    Some(Failure::new(
        names::UNKNOWN_TASK,
        format!("The plugin `{}` has no task `{task}`. It has: {}.", info.name, tasks.join(", ")),
    ))
}

/// What a guest that came to its end leaves.
struct Answer {
    /// Valid JSON text; empty of a program.
    output: String,
    /// 0 of all but a program.
    status: i32,
}

impl Answer {
    fn output(output: String) -> Self {
        Self { output, status: 0 }
    }
}

impl Runnable {
    /// Runs a task, or the command as a program.
    async fn call(
        &self,
        invocation: Invocation<'_>,
        program: Option<Program>,
        log: &Shared<Log>,
    ) -> Ended {
        let Invocation { task, input, call, limits, grants, heartbeat, stop } = invocation;
        let refusals = Refusals::default();
        let calls = Recorder::new(grants.clone());
        let mut files = Files::new(limits.file_bytes, refusals.clone(), calls.clone());
        let scratch = match self.scratch(grants, &mut files).await {
            Ok(scratch) => scratch,
            Err(failure) => return Ended::before(failure),
        };
        let setting = |pipe| Setting {
            call,
            heartbeat,
            grants: grants.clone(),
            network: Network::new(grants.clone(), refusals.clone(), calls.clone()),
            requests: self.sandbox.requests(),
            refusals: refusals.clone(),
            calls: calls.clone(),
            placeholders: Placeholders::default(),
            limits: limits.clone(),
            log: log.clone(),
            pipe,
        };
        let mut own = None;
        let (result, usage) = match &self.entry {
            Entry::Component(pre) => {
                let input = input.to_owned();
                let begin = self.begin(setting(None), files, limits);
                let Some(mut running) = stop.run_until_cancelled(begin).await else {
                    return Ended::before(cancelled());
                };
                let ended = within(limits.time, &stop, async {
                    let plugin = pre.instantiate_async(&mut running.store).await?;
                    let plugin = plugin.stepwell_task_plugin();
                    plugin.call_run(&mut running.store, task, &input).await
                })
                .await;
                let (result, usage) = running.finish(ended, limits);
                match result {
                    Ok(Ok(output)) => {
                        let output = checked(output.into_bytes(), task, limits);
                        (output.map(Answer::output), usage)
                    }
                    Ok(Err(failure)) => {
                        own = Some(Failure {
                            retry_after: failure.retry_after_ms.map(Duration::from_millis),
                            error: failure.error.clone(),
                            cause: failure.cause.clone(),
                        });
                        (Err(said(failure)), usage)
                    }
                    Err(failure) => (Err(failure), usage),
                }
            }
            Entry::Command(pre) => {
                let output = Shared::new(Output::new(limits.output));
                let is_program = program.is_some();
                let pipe = Pipe {
                    input: bytes::Bytes::copy_from_slice(input.as_bytes()),
                    output: (!is_program).then(|| output.clone()),
                    program: program.unwrap_or_default(),
                };
                let begin = self.begin(setting(Some(pipe)), files, limits);
                let Some(mut running) = stop.run_until_cancelled(begin).await else {
                    return Ended::before(cancelled());
                };
                let ended = within(limits.time, &stop, async {
                    let command = pre.instantiate_async(&mut running.store).await?;
                    let ended = command.wasi_cli_run().call_run(&mut running.store).await;
                    status(ended)
                })
                .await;
                let (result, usage) = running.finish(ended, limits);
                let output = output.lock().take();
                let result = result.and_then(|status| match status {
                    _ if is_program => Ok(Answer { output: String::new(), status }),
                    0 => checked(output, task, limits).map(Answer::output),
                    _ => Err(exited(status, &log.lock())),
                });
                (result, usage)
            }
        };
        if let Some((scratch, budget)) = scratch {
            // What a guest that was stopped has asked for may be done a moment later.
            match result.is_ok() && budget.is_whole() {
                true => scratch.give_back().await,
                false => scratch.remove().await,
            }
        }
        let refused = refusals.all();
        for refusal in &refused {
            log.lock().write(format!("stepwell: {refusal}\n").as_bytes());
        }
        let result = result.map_err(|failure| denied(failure, &refused));
        Ended { result, usage, calls: calls.take(), said: own }
    }

    /// Makes the call a directory of its own, where it is granted one.
    async fn scratch(
        &self,
        grants: &Grants,
        files: &mut Files,
    ) -> Result<Option<(Scratch, Budget)>, Failure> {
        let Some(limit) = grants.spec().scratch else { return Ok(None) };
        let made = self.sandbox.scratch().await.and_then(|scratch| {
            let budget = files.add_scratch(scratch.open()?, limit.as_u64());
            Ok((scratch, budget))
        });
        made.map(Some).map_err(|error| {
            let cause = format!("The call's scratch directory cannot be made: {error}");
            Failure::new(names::HOST_ERROR, cause)
        })
    }

    /// Asks a component to describe itself, in an instance of no particular call.
    pub(crate) async fn describe(
        &self,
        pre: &TaskPluginPre<State>,
    ) -> (Result<plugin::Info, Failure>, Usage) {
        let limits = admit::describe_limits();
        let refusals = Refusals::default();
        let setting = Setting {
            call: CallInfo::default(),
            heartbeat: None,
            grants: Grants::none(),
            network: Network::new(Grants::none(), refusals.clone(), Recorder::default()),
            requests: self.sandbox.requests(),
            refusals,
            calls: Recorder::default(),
            placeholders: Placeholders::default(),
            limits: limits.clone(),
            log: Shared::new(Log::new(limits.log)),
            pipe: None,
        };
        let files = Files::new(limits.file_bytes, setting.refusals.clone(), setting.calls.clone());
        let mut running = self.begin(setting, files, &limits).await;
        // The answer is a tree of lists and texts that may all lie in the same memory of the guest:
        // it is bounded while it is read, since afterwards it may be larger than any memory.
        running.store.set_hostcall_fuel(limits.output as usize);
        let ended = within(limits.time, &CancellationToken::new(), async {
            let plugin = pre.instantiate_async(&mut running.store).await?;
            let plugin = plugin.stepwell_task_plugin();
            plugin.call_describe(&mut running.store).await
        })
        .await;
        running.finish(ended, &limits)
    }

    /// Waits for room, and makes the store of one call.
    async fn begin(&self, setting: Setting, files: Files, limits: &Limits) -> Running {
        let room = self.sandbox.enter(self.room).await;
        let mut table = ResourceTable::new();
        table.set_max_capacity(wasi::HANDLES);
        let state = State {
            memory: Memory::new(limits.memory),
            host_calls: HostCalls::new(limits.host_calls),
            setting,
            files,
            table,
            wasi: None,
            http: WasiHttpCtx::new(),
        };
        let started = Instant::now();
        state.setting.calls.start(started);
        let mut store = Store::new(self.sandbox.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.call_hook(|mut store, hook| match hook {
            CallHook::CallingHost => Ok(store.data_mut().host_calls.count()?),
            _ => Ok(()),
        });
        // Both fail only where the engine does not count fuel, and ours does; a call that could
        // not be limited would end at once, having no fuel.
        let _ = store.set_fuel(limits.fuel);
        let _ = store.fuel_async_yield_interval(Some(YIELD_EVERY));
        // The host has a copy of what it is handed, be it only to refuse it.
        let at_once = limits.output.saturating_add(AT_ONCE);
        store.set_hostcall_fuel(usize::try_from(at_once).unwrap_or(usize::MAX));
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        Running { store, started, _room: room }
    }
}

/// How a call ended, but for its log.
struct Ended {
    result: Result<Answer, Failure>,
    usage: Usage,
    calls: Calls,
    said: Option<Failure>,
}

impl Ended {
    /// Before the guest ran.
    fn before(failure: Failure) -> Self {
        let (usage, calls) = (Usage::default(), Calls::default());
        Self { result: Err(failure), usage, calls, said: None }
    }
}

/// A call under way. The room it takes is free again when its store is gone: fields are dropped
/// in order.
struct Running {
    store: Store<State>,
    started: Instant,
    _room: Option<OwnedSemaphorePermit>,
}

impl Running {
    /// Tells how it ended: with an answer, or by a limit or a trap.
    fn finish<T>(
        self,
        ended: Result<wasmtime::Result<T>, Interrupted>,
        limits: &Limits,
    ) -> (Result<T, Failure>, Usage) {
        let left = self.store.get_fuel().unwrap_or_default();
        let memory = &self.store.data().memory;
        let usage = Usage {
            fuel: limits.fuel.saturating_sub(left),
            peak_memory: memory.held(),
            duration: self.started.elapsed(),
            host_calls: self.store.data().host_calls.made(),
        };
        let result = match ended {
            Ok(Ok(answer)) => Ok(answer),
            // A refusal may be hidden in the error of whoever asked, or be followed by another.
            Ok(Err(_)) if memory.refused().is_some() => Err(memory.refused().map_or_else(
                || Failure::new(names::OUT_OF_MEMORY, ""),
                |refused| Failure::new(names::OUT_OF_MEMORY, refused.to_string()),
            )),
            Ok(Err(error)) if error.is::<TooManyHostCalls>() => {
                Err(Failure::new(names::OUT_OF_HOST_CALLS, error.root_cause().to_string()))
            }
            Ok(Err(error)) if is_too_much_at_once(&error) => Err(Failure::new(
                names::DATA_LIMIT_EXCEEDED,
                format!(
                    "The plugin handed the host more than {} bytes at one go.",
                    self.store.hostcall_fuel()
                ),
            )),
            Ok(Err(error)) => Err(stopped(&error, limits, &self.store.data().setting.log.lock())),
            Err(Interrupted::Stopped) => Err(cancelled()),
            Err(Interrupted::OutOfTime) => Err(Failure::new(
                names::TIMEOUT,
                format!(
                    "The call is over its time limit of {:?}: it was stopped after {:.3?}, having \
                     used {} of fuel.",
                    limits.time, usage.duration, usage.fuel
                ),
            )),
        };
        (result, usage)
    }
}

/// Why the host did not wait for the guest's end.
enum Interrupted {
    OutOfTime,
    Stopped,
}

/// Waits for a guest, but no longer than it may take and anybody wants to know.
async fn within<T>(
    time: Duration,
    stop: &CancellationToken,
    guest: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    match stop.run_until_cancelled(tokio::time::timeout(time, guest)).await {
        Some(Ok(ended)) => Ok(ended),
        Some(Err(_)) => Err(Interrupted::OutOfTime),
        None => Err(Interrupted::Stopped),
    }
}
