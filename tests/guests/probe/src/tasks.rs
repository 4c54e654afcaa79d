//! What the plugin exports.

use guest_support::{Request, fetch, files, network};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    about,
    bindings::{
        self,
        exports::stepwell::task::plugin::{Failure, Guest, Info},
        stepwell::task::secrets,
    },
    description, exhaust, key_value, memory,
};

struct Probe;

impl Guest for Probe {
    fn describe() -> Info {
        description::describe()
    }

    fn run(task: String, input: String) -> Result<String, Failure> {
        let answer = match task.as_str() {
            "echo" => return Ok(input),
            "raw" => return Ok(read::<String>(&input)?),
            "output" => {
                let bytes: usize = read(&input)?;
                return Ok(format!("\"{}\"", "x".repeat(bytes - 2)));
            }
            "fail" => return Err(read::<Fail>(&input)?.into()),
            "fail-with-call" => {
                return Err(failure("Probe.Call", about::call()["call"].to_string()));
            }
            "trap" => trap(read(&input)?),
            "call" => about::call(),
            "key-of-attempt" => about::key_of_attempt(&read(&input)?)?,
            "heartbeat" => about::heartbeat(read(&input)?),
            "surroundings" => about::surroundings(),
            "config" => about::config(read(&input)?),
            "secrets" => about::secrets(read(&input)?),
            "log" => about::log(read(&input)?),
            "print" => about::print(&read::<about::Print>(&input)?),
            "clocks" => about::clocks(),
            "random" => about::random(),
            "exit" => about::exit(read(&input)?),
            "key-value" => key_value::run(read(&input)?),
            "remember" => memory::remember(&input)?,
            "exhaust" => exhaust::run(read(&input)?),
            "files" => files::run(read(&input)?),
            "network" => network::run(read(&input)?),
            "http" => {
                let requests: Vec<Request> = read(&input)?;
                requests.into_iter().map(|request| json!(fetch(request, secrets::get))).collect()
            }
            other => return Err(failure("Probe.NoSuchTask", other)),
        };
        Ok(answer.to_string())
    }
}

bindings::export!(Probe with_types_in bindings);

/// A failure of the probe itself, which no case expects.
pub(crate) fn failure(error: &str, cause: impl ToString) -> Failure {
    Failure { error: error.to_owned(), cause: cause.to_string(), retry_after_ms: None }
}

pub(crate) fn read<T: DeserializeOwned>(input: &str) -> Result<T, Failure> {
    serde_json::from_str(input).map_err(|error| failure("Probe.Input", error))
}

/// How to fail. Of the texts those with a length are the letter so many times.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fail {
    #[serde(default)]
    error: String,
    #[serde(default)]
    cause: String,
    #[serde(default = "once")]
    error_times: usize,
    #[serde(default = "once")]
    cause_times: usize,
    retry_after_ms: Option<u64>,
}

fn once() -> usize {
    1
}

impl From<Fail> for Failure {
    fn from(fail: Fail) -> Self {
        Self {
            error: fail.error.repeat(fail.error_times),
            cause: fail.cause.repeat(fail.cause_times),
            retry_after_ms: fail.retry_after_ms,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Trap {
    /// A panic, which says so on standard error.
    Panic,
    /// A division by zero, as the instruction has it.
    Division,
    /// An abort.
    Abort,
}

#[inline(never)]
fn trap(how: Trap) -> Value {
    match how {
        Trap::Panic => panic!("as the probe was asked to"),
        Trap::Division => json!(divided_by_zero()),
        Trap::Abort => std::process::abort(),
    }
}

#[inline(never)]
fn divided_by_zero() -> i32 {
    // A core module of its own is no part of a plugin, so Rust's own check is what there is to
    // get around: it panics before the instruction would trap.
    std::hint::black_box(1) / std::hint::black_box(0)
}
