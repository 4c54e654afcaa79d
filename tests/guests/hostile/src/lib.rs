//! A plugin that does what a sandbox is there to stop, for the tests of the sandbox.
//!
//! It speaks the contract itself, since the SDK would not let it break it.

#[allow(missing_docs, clippy::all, unused_qualifications, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "task-plugin",
    });
}

use std::{fs, hint, thread, time::Duration};

use bindings::{
    exports::stepwell::task::plugin::{Effect, Failure, Guest, Info, TaskInfo, Wants},
    stepwell::task::call,
};
use serde_json::{Value, json};
use stepwell_task::net::TcpStream;

/// The tasks, and what they do with their input.
const TASKS: [(&str, &str); 15] = [
    ("echo", "Returns its input: the one that is harmless."),
    (
        "context",
        "Returns what the host says about the call; its first `failures` attempts fail with it.",
    ),
    ("fail", "Fails with `error`, `cause` and `retryAfterMs` of its input."),
    ("heartbeat", "Sends `count` heartbeats."),
    ("spin", "Never comes to an end."),
    ("allocate", "Takes memory until it has `bytes`, or without end."),
    ("recurse", "Calls itself without end."),
    ("open-file", "Reads the file at `path`."),
    ("write-file", "Writes `bytes` to the file at `path`."),
    ("open-socket", "Connects to `address`; where it cannot and `trap` is set, panics."),
    ("trap", "Panics, a few functions deep."),
    ("not-json", "Returns what is not JSON."),
    ("output", "Returns a string of `bytes`, a megabyte by default."),
    ("log-flood", "Writes `bytes` to stderr, sixteen megabytes by default."),
    ("sleep", "Sleeps for `ms`."),
];

struct Hostile;

impl Guest for Hostile {
    fn describe() -> Info {
        Info {
            name: "hostile".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Does what a sandbox is there to stop.".into(),
            tasks: TASKS
                .iter()
                .map(|(name, summary)| TaskInfo {
                    name: (*name).into(),
                    summary: (*summary).into(),
                    effect: Effect::Pure,
                    input_schema: None,
                    output_schema: None,
                })
                .collect(),
            wants: Wants {
                http: Vec::new(),
                secrets: Vec::new(),
                config: Vec::new(),
                directories: vec!["/data".into()],
                key_value: Vec::new(),
            },
        }
    }

    fn run(task: String, input: String) -> Result<String, Failure> {
        let value: Value = serde_json::from_str(&input).unwrap_or_default();
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        match task.as_str() {
            "echo" => Ok(input),
            "context" if u64::from(call::info().attempt) < number("failures").unwrap_or(0) => {
                Err(Failure {
                    error: "Hostile.Context".into(),
                    cause: context(),
                    retry_after_ms: None,
                })
            }
            "context" => Ok(context()),
            "fail" => Err(Failure {
                error: text("error").into(),
                cause: text("cause").into(),
                retry_after_ms: number("retryAfterMs"),
            }),
            "heartbeat" => {
                for _ in 0..number("count").unwrap_or(1) {
                    call::heartbeat();
                }
                Ok("null".into())
            }
            "spin" => loop {
                hint::black_box(());
            },
            "allocate" => Ok(allocate(number("bytes").unwrap_or(u64::MAX))),
            "recurse" => Ok(recurse(0).to_string()),
            "open-file" => fs::read(text("path"))
                .map(|bytes| json!({ "bytes": bytes.len() }).to_string())
                .map_err(refused),
            "write-file" => {
                let bytes = vec![b'x'; size(number("bytes"), 1)];
                fs::write(text("path"), bytes).map(|()| "null".into()).map_err(refused)
            }
            "open-socket" => TcpStream::connect(text("address"), Duration::from_secs(5))
                .map(|_| "null".into())
                .map_err(|error| {
                    assert!(value.get("trap").is_none(), "{error}");
                    refused(error)
                }),
            "trap" => Ok(first_step(&input)),
            "not-json" => Ok(r#"{"half": "#.into()),
            "output" => Ok(json!("x".repeat(size(number("bytes"), 1 << 20))).to_string()),
            "log-flood" => {
                log_flood(size(number("bytes"), 16 << 20));
                Ok("null".into())
            }
            "sleep" => {
                thread::sleep(Duration::from_millis(number("ms").unwrap_or(u64::MAX / 4)));
                Ok("null".into())
            }
            other => Err(Failure {
                error: "Hostile.NoSuchTask".into(),
                cause: other.into(),
                retry_after_ms: None,
            }),
        }
    }
}

bindings::export!(Hostile with_types_in bindings);

fn size(asked: Option<u64>, default: usize) -> usize {
    asked.map_or(default, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}

fn context() -> String {
    let context = call::info();
    json!({
        "tenant": context.tenant,
        "executionArn": context.execution_arn,
        "stateName": context.state_name,
        "attempt": context.attempt,
        "idempotencyKey": context.idempotency_key,
        "taskToken": context.task_token,
        "deadlineUnixMs": context.deadline_unix_ms,
    })
    .to_string()
}

fn refused(error: std::io::Error) -> Failure {
    Failure {
        error: "Hostile.Refused".into(),
        cause: format!("{:?}: {error}", error.kind()),
        retry_after_ms: None,
    }
}

fn allocate(bytes: u64) -> String {
    const PIECE: u64 = 64 << 10;
    let mut held: Vec<Vec<u8>> = Vec::new();
    for _ in 0..bytes.div_ceil(PIECE) {
        held.push(vec![1; PIECE as usize]);
        hint::black_box(&held);
    }
    held.len().to_string()
}

#[allow(unconditional_recursion)]
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let frame = hint::black_box([depth; 64]);
    recurse(depth + 1) + frame[0]
}

fn log_flood(bytes: usize) {
    let line = format!("{}\n", "flood ".repeat(170));
    for _ in 0..bytes.div_ceil(line.len()) {
        eprint!("{line}");
    }
}

#[inline(never)]
fn first_step(input: &str) -> String {
    hint::black_box(second_step(input))
}

#[inline(never)]
fn second_step(input: &str) -> String {
    hint::black_box(last_step(input))
}

#[inline(never)]
fn last_step(input: &str) -> String {
    assert!(input.is_empty(), "a bug in the guest");
    input.to_owned()
}
