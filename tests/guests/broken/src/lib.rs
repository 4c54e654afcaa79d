//! A plugin that keeps the contract, and breaks the one rule whose name is written into its file:
//! see [`rule`]. The rules are the checks of the conformance kit; what follows a `/` is another way
//! to break one.
//!
//! It speaks the contract itself, since the SDK would not let it break it.

#[allow(missing_docs, clippy::all, unused_qualifications, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "task-plugin",
    });
}

mod describe;
mod rule;
mod tasks;

use bindings::{
    exports::stepwell::task::plugin::{Failure, Guest, Info},
    stepwell::task::call,
};
use serde_json::Value;

use rule::breaks;

struct Broken;

impl Guest for Broken {
    fn describe() -> Info {
        describe::info()
    }

    fn run(task: String, input: String) -> Result<String, Failure> {
        trap_over(&input);
        let input: Value = serde_json::from_str(&input)
            .map_err(|error| failure("Broken.InvalidInput", &error.to_string()))?;
        tasks::waste();
        let output = match task.as_str() {
            "upper" => tasks::upper(&input),
            "look" => tasks::look(&input),
            "note" => tasks::note(&input),
            "send" => tasks::send(&input),
            _ if breaks("run.unknown-task") => tasks::upper(&input),
            _ => Err(failure("Broken.NoSuchTask", &task)),
        }?;
        if breaks("output.json") && tasks::is_special(&input) {
            return Ok(r#"{"half": "#.to_owned());
        }
        Ok(output.to_string())
    }
}

bindings::export!(Broken with_types_in bindings);

/// Traps over what a rule says.
fn trap_over(input: &str) {
    let deadline = call::info().deadline_unix_ms;
    let traps = (breaks("json.odd") && input.contains(r"\u0000"))
        || (breaks("json.deep") && input.contains("[[[[[[[[[["))
        || (breaks("json.large") && input.len() > 250_000)
        || (breaks("json.mutated") && input.contains(":1e400"))
        || (breaks("schema.sampled") && input.starts_with(r#"{"text":"Z"#))
        || (breaks("call.context") && deadline.is_some_and(|deadline| deadline < 1_000_000));
    assert!(!traps, "a rule is broken");
}

fn failure(error: &str, cause: &str) -> Failure {
    Failure { error: error.to_owned(), cause: cause.to_owned(), retry_after_ms: None }
}
