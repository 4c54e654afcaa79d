//! One call: a fresh instance, entered, limited, and gone.

use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use wasmtime::{CallHook, Store, Trap, WasmBacktrace, component::ResourceTable};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::WasiHttpCtx;

use crate::{
    admit,
    call::{CallInfo, Heartbeat},
    capability::{
        files::{Budget, Files},
        refusals::Refusals,
        scratch::Scratch,
        secrets::Placeholders,
        tcp::Network,
    },
    contract::{TaskPluginPre, plugin, types},
    failure::{Failure, names},
    grants::Grants,
    info::Info,
    limits::{HostCalls, Limits, Memory, TooManyHostCalls, Usage},
    log::Log,
    sandbox::{Entry, Plugin, Runnable},
    state::{Pipe, Setting, State},
    stdio::{Full, Output, Shared},
    wasi,
};

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
        let log = Shared::new(Log::new(invocation.limits.log));
        let (result, usage) = match unknown_task(self.info(), invocation.task) {
            Some(failure) => (Err(failure), Usage::default()),
            None => self.runnable().call(invocation, &log).await,
        };
        let log = std::mem::take(&mut *log.lock());
        Done { result, usage, log }
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

impl Runnable {
    async fn call(
        &self,
        invocation: Invocation<'_>,
        log: &Shared<Log>,
    ) -> (Result<String, Failure>, Usage) {
        let Invocation { task, input, call, limits, grants, heartbeat, stop } = invocation;
        let refusals = Refusals::default();
        let mut files = Files::new(limits.file_bytes, refusals.clone());
        let scratch = match self.scratch(grants, &mut files).await {
            Ok(scratch) => scratch,
            Err(failure) => return (Err(failure), Usage::default()),
        };
        let setting = |pipe| Setting {
            call,
            heartbeat,
            grants: grants.clone(),
            network: Network::new(grants.clone(), refusals.clone()),
            requests: self.sandbox.requests(),
            refusals: refusals.clone(),
            placeholders: Placeholders::default(),
            limits: limits.clone(),
            log: log.clone(),
            pipe,
        };
        let (result, usage) = match &self.entry {
            Entry::Component(pre) => {
                let input = input.to_owned();
                let begin = self.begin(setting(None), files, limits);
                let Some(mut running) = stop.run_until_cancelled(begin).await else {
                    return (Err(cancelled()), Usage::default());
                };
                let ended = within(limits.time, &stop, async {
                    let plugin = pre.instantiate_async(&mut running.store).await?;
                    let plugin = plugin.stepwell_task_plugin();
                    plugin.call_run(&mut running.store, task, &input).await
                })
                .await;
                let (result, usage) = running.finish(ended, limits);
                match result {
                    Ok(Ok(output)) => (checked(output.into_bytes(), task, limits), usage),
                    Ok(Err(failure)) => (Err(said(failure)), usage),
                    Err(failure) => (Err(failure), usage),
                }
            }
            Entry::Command(pre) => {
                let output = Shared::new(Output::new(limits.output));
                let pipe = Pipe {
                    input: bytes::Bytes::copy_from_slice(input.as_bytes()),
                    output: output.clone(),
                };
                let begin = self.begin(setting(Some(pipe)), files, limits);
                let Some(mut running) = stop.run_until_cancelled(begin).await else {
                    return (Err(cancelled()), Usage::default());
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
                    0 => checked(output, task, limits),
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
        (result.map_err(|failure| denied(failure, &refused)), usage)
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
    ) -> Result<plugin::Info, Failure> {
        let limits = admit::describe_limits();
        let refusals = Refusals::default();
        let setting = Setting {
            call: CallInfo::default(),
            heartbeat: None,
            grants: Grants::none(),
            network: Network::new(Grants::none(), refusals.clone()),
            requests: self.sandbox.requests(),
            refusals,
            placeholders: Placeholders::default(),
            limits: limits.clone(),
            log: Shared::new(Log::new(limits.log)),
            pipe: None,
        };
        let files = Files::new(limits.file_bytes, setting.refusals.clone());
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
        running.finish(ended, &limits).0
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
        Running { store, started: Instant::now(), _room: room }
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

fn cancelled() -> Failure {
    Failure::new(names::CANCELLED, "Nobody waits for the call any more: it was stopped.")
}

/// Whether Wasmtime refused to copy what a guest hands over. It has no public type for that.
fn is_too_much_at_once(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().ends_with("fuel allocated for hostcalls has been exhausted")
}

/// Why Wasmtime stopped the guest.
fn stopped(error: &wasmtime::Error, limits: &Limits, log: &Log) -> Failure {
    if let Some(Trap::OutOfFuel) = error.downcast_ref() {
        let fuel = limits.fuel;
        return Failure::new(
            names::OUT_OF_FUEL,
            format!("The call is over its fuel limit of {fuel}: it used all of it."),
        );
    }
    if let Some(full) = error.downcast_ref::<Full>() {
        return Failure::new(names::DATA_LIMIT_EXCEEDED, full.to_string());
    }
    let mut cause = match error.downcast_ref() {
        Some(I32Exit(status)) => {
            format!("the plugin exited with status {status} and gave no answer")
        }
        None => error.root_cause().to_string(),
    };
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        let frames = backtrace.to_string();
        let frames = frames.split_once('\n').map_or("", |(_title, frames)| frames);
        cause.push_str(&format!("\nwasm backtrace:\n{}", frames.trim_end()));
    }
    // Languages write there what they panic about.
    let tail = log.tail();
    if !tail.is_empty() {
        cause.push_str(&format!("\nthe log ends with:\n{tail}"));
    }
    Failure::new(names::TRAP, cause)
}

/// The status a command ended with.
fn status(ended: wasmtime::Result<Result<(), ()>>) -> wasmtime::Result<i32> {
    match ended {
        Ok(Ok(())) => Ok(0),
        Ok(Err(())) => Ok(1),
        Err(error) => match error.downcast_ref() {
            Some(I32Exit(status)) => Ok(*status),
            None => Err(error),
        },
    }
}

fn exited(status: i32, log: &Log) -> Failure {
    let tail = log.tail();
    let cause = match tail.is_empty() {
        true => format!("exit status {status}, and nothing on stderr"),
        false => format!("exit status {status}: {tail}"),
    };
    Failure::new(names::COMMAND_FAILED, cause)
}

/// The failure a plugin named itself.
fn said(failure: types::Failure) -> Failure {
    Failure {
        retry_after: failure.retry_after_ms.map(Duration::from_millis),
        ..Failure::new(&failure.error, failure.cause)
    }
}

/// The output, if it is within its limit and JSON.
fn checked(output: Vec<u8>, task: &str, limits: &Limits) -> Result<String, Failure> {
    let size = output.len() as u64;
    if size > limits.output {
        let full = Full { limit: limits.output, size, more: false };
        return Err(Failure::new(names::DATA_LIMIT_EXCEEDED, full.to_string()));
    }
    let invalid = |output: &[u8], why: String| {
        let begin: String = String::from_utf8_lossy(output).chars().take(80).collect();
        let begin = match begin.is_empty() {
            true => "It is empty.".to_owned(),
            false => format!("It begins with: {begin}"),
        };
        let cause = format!("The output of the task `{task}` is not JSON: {why}. {begin}");
        Failure::new(names::INVALID_OUTPUT, cause)
    };
    let output = String::from_utf8(output)
        .map_err(|error| invalid(error.as_bytes(), error.utf8_error().to_string()))?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&output) {
        Ok(_) => Ok(output),
        Err(error) => Err(invalid(output.as_bytes(), error.to_string())),
    }
}

/// A guest that did not cope with a refusal is better explained by the refusal.
fn denied(failure: Failure, refused: &[String]) -> Failure {
    let broke = [names::TRAP, names::COMMAND_FAILED].contains(&failure.error.as_str());
    if refused.is_empty() || !broke {
        return failure;
    }
    let cause = format!("{}\n{}", refused.join(" "), failure.cause);
    Failure::new(names::PERMISSION_DENIED, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_that_breaks_over_a_refusal_is_explained_by_it() {
        let refused = ["Connecting to 10.0.0.1:25 was refused: it is not granted.".to_owned()];
        let failure =
            denied(Failure::new(names::COMMAND_FAILED, "exit status 1: no mail"), &refused);
        assert_eq!(failure.error, "Stepwell.PermissionDenied");
        assert_eq!(
            failure.cause,
            "Connecting to 10.0.0.1:25 was refused: it is not granted.\nexit status 1: no mail"
        );
        let own = Failure::new("Email.Unreachable", "no mail");
        assert_eq!(denied(own.clone(), &refused), own);
        let trap = Failure::new(names::TRAP, "out of bounds");
        assert_eq!(denied(trap.clone(), &[]), trap);
    }
}
