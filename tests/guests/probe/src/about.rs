//! What a plugin may ask of the host about the call and itself, and tell it.

use std::{collections::BTreeMap, env, io::Write as _};

use guest_support::{
    files,
    network::{self, Deed},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::{
    cli::{exit, stdin},
    clocks::{monotonic_clock, wall_clock},
    io::streams::StreamError,
    random::{insecure, insecure_seed, random},
};

use crate::{
    bindings::{
        exports::stepwell::task::plugin::Failure,
        stepwell::task::{call, config, log, secrets},
    },
    tasks::failure,
};

/// The call, and whether the host says the same of it twice.
pub(crate) fn call() -> Value {
    let first = about_call();
    call::heartbeat();
    let same = first == about_call();
    json!({ "call": first, "same": same })
}

fn about_call() -> Value {
    let context = call::info();
    let mut about = json!({
        "tenant": context.tenant,
        "execution-arn": context.execution_arn,
        "state-name": context.state_name,
        "attempt": context.attempt,
        "idempotency-key": context.idempotency_key,
    });
    if let Some(token) = context.task_token {
        about["task-token"] = token.into();
    }
    if let Some(deadline) = context.deadline_unix_ms {
        about["deadline-unix-ms"] = deadline.into();
    }
    about
}

/// Which attempts fail, and whom each tells its idempotency key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Attempt {
    fails_before: u32,
    tell: std::net::SocketAddr,
}

/// Tells the key to a server in a line, and fails in the first attempts.
pub(crate) fn key_of_attempt(attempt: &Attempt) -> Result<Value, Failure> {
    let context = call::info();
    let line = context.idempotency_key.clone();
    let told = network::run(Deed::Say { address: attempt.tell, line, times: 1 });
    match context.attempt < attempt.fails_before {
        true => Err(failure("Probe.Key", told)),
        false => Ok(json!({ "attempt": context.attempt, "key": context.idempotency_key })),
    }
}

/// Sends so many heartbeats.
pub(crate) fn heartbeat(count: u64) -> Value {
    for _ in 0..count {
        call::heartbeat();
    }
    json!(count)
}

/// All that is there without being asked for by name.
pub(crate) fn surroundings() -> Value {
    let variables: BTreeMap<String, String> = env::vars().collect();
    let mut directories = files::directories();
    directories.sort();
    json!({
        "variables": variables,
        "arguments": env::args().collect::<Vec<_>>(),
        "directories": directories,
        "config": config::names(),
        "stdin-is-at-its-end": matches!(stdin::get_stdin().blocking_read(1), Err(StreamError::Closed)),
    })
}

/// The names of the values, and those of the names that are asked for.
pub(crate) fn config(names: Vec<String>) -> Value {
    json!({ "names": config::names(), "values": values(names, config::get) })
}

/// The secrets of those names, and whether each is the same twice.
pub(crate) fn secrets(names: Vec<String>) -> Value {
    let first = values(names.clone(), secrets::get);
    let same = first == values(names, secrets::get);
    json!({ "values": first, "same": same })
}

/// What there is under those names; what is not there is left out.
fn values(names: Vec<String>, get: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    names
        .into_iter()
        .filter_map(|name| {
            let value = get(&name)?;
            Some((name, value))
        })
        .collect()
}

/// A line for the log; of a text that is repeated so many times.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    level: Level,
    text: String,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

pub(crate) fn log(lines: Vec<Line>) -> Value {
    for line in &lines {
        let level = match line.level {
            Level::Trace => log::Level::Trace,
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        };
        log::write(level, &line.text.repeat(line.times));
    }
    json!(lines.len())
}

/// What to write to the standard streams, so many times.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Print {
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default = "once")]
    times: usize,
}

pub(crate) fn print(what: &Print) -> Value {
    let mut written = 0;
    for _ in 0..what.times {
        written += usize::from(std::io::stdout().write_all(what.stdout.as_bytes()).is_ok());
        written += usize::from(std::io::stderr().write_all(what.stderr.as_bytes()).is_ok());
    }
    // Rust holds the end of a line back until its end.
    let _ = std::io::stdout().flush();
    json!(written)
}

/// The wall clock in milliseconds, and whether the monotonic one never goes back.
pub(crate) fn clocks() -> Value {
    let now = || {
        let now = wall_clock::now();
        now.seconds * 1000 + u64::from(now.nanoseconds) / 1_000_000
    };
    let (wall, monotonic) = (now(), monotonic_clock::now());
    monotonic_clock::subscribe_duration(5_000_000).block();
    json!({
        "wall-ms": wall,
        "wall-ms-later": now(),
        "monotonic-grows": monotonic_clock::now() > monotonic,
    })
}

/// Random numbers of all kinds.
pub(crate) fn random() -> Value {
    json!({
        "number": format!("{:016x}", random::get_random_u64()),
        "another": format!("{:016x}", random::get_random_u64()),
        "bytes": random::get_random_bytes(64).len(),
        "insecure": format!("{:016x}", insecure::get_insecure_random_u64()),
        "seed": format!("{:016x}", insecure_seed::insecure_seed().0),
    })
}

/// Says by `wasi:cli/exit` that it is over.
pub(crate) fn exit(success: bool) -> Value {
    exit::exit(if success { Ok(()) } else { Err(()) });
    Value::Null
}
