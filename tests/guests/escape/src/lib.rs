//! A plugin that tries to get out of its sandbox, for the tests of the sandbox.
//!
//! It does what its input asks for, and tells what the host answered. Whether the host may answer
//! that is for the tests to say.

#[allow(missing_docs, clippy::all, unused_qualifications, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "task-plugin",
    });
}

mod exhaust;

use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicU64, Ordering},
};

use bindings::{
    exports::stepwell::task::plugin::{Effect, Failure, Guest, Info, TaskInfo, Wants},
    stepwell::task::call,
};
use guest_support::{files, network};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The tasks, and what they do.
const TASKS: [(&str, &str); 6] = [
    ("files", "Does the steps of its input, a list, one after the other, and lists the answers."),
    ("network", "Does one thing with a socket."),
    ("exhaust", "Takes something until there is no more."),
    ("identity", "Tells all that the host says about itself and the call."),
    ("remember", "Counts up in memory, and gives the count."),
    ("output", "Returns `depth` arrays in one another."),
];

struct Escape;

impl Guest for Escape {
    fn describe() -> Info {
        Info {
            name: "escape".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Tries to get out of its sandbox.".into(),
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
                directories: Vec::new(),
                key_value: Vec::new(),
            },
        }
    }

    fn run(task: String, input: String) -> Result<String, Failure> {
        let answer = match task.as_str() {
            "files" => files::run(read(&input)?),
            "network" => network::run(read(&input)?),
            "exhaust" => exhaust::run(read(&input)?),
            "identity" => identity(),
            "remember" => remember(),
            _ => return Ok(nested(read(&input)?)),
        };
        Ok(answer.to_string())
    }
}

bindings::export!(Escape with_types_in bindings);

fn read<T: DeserializeOwned>(input: &str) -> Result<T, Failure> {
    serde_json::from_str(input).map_err(|error| Failure {
        error: "Escape.Input".into(),
        cause: error.to_string(),
        retry_after_ms: None,
    })
}

fn identity() -> Value {
    let call = call::info();
    let environment: BTreeMap<String, String> = env::vars().collect();
    json!({
        "tenant": call.tenant,
        "execution": call.execution_arn,
        "environment": environment,
        "arguments": env::args().collect::<Vec<_>>(),
        "directories": files::directories(),
    })
}

fn remember() -> Value {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    json!(COUNT.fetch_add(1, Ordering::Relaxed) + 1)
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}
