//! The Lambda functions that AWS's recordings call, as plugins: each is an example of this crate
//! and is called as its handler was, so that a folder of them serves the recorded definitions.
//!
//! They speak the contract themselves: the SDK would put the plugin's name before the errors'.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use serde_json::{Value, json};
pub use stepwell_task::bindings;

use bindings::exports::stepwell::task::plugin::{Effect, Failure, Info, TaskInfo, Wants};

/// What a function comes to.
pub type Outcome = Result<Value, Failure>;

/// Makes a plugin of a `fn(Value) -> Outcome`.
#[macro_export]
macro_rules! function {
    ($name:literal, $run:expr) => {
        /// What the function does.
        pub static RUN: fn(::serde_json::Value) -> $crate::Outcome = $run;

        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::bindings::exports::stepwell::task::plugin::{Failure, Guest, Info};

            struct Function;

            impl Guest for Function {
                fn describe() -> Info {
                    $crate::describe($name)
                }

                fn run(_: String, input: String) -> Result<String, Failure> {
                    let input = ::serde_json::from_str(&input).unwrap_or_default();
                    RUN(input).map(|output| output.to_string())
                }
            }

    $crate::bindings::export!(Function with_types_in $crate::bindings);
        };
    };
}

/// A plugin of this name with the one task that a function stands for.
pub fn describe(name: &str) -> Info {
    Info {
        name: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        summary: "A Lambda function of AWS's recordings.".to_owned(),
        tasks: vec![TaskInfo {
            name: "handler".to_owned(),
            summary: String::new(),
            effect: Effect::Pure,
            input_schema: None,
            output_schema: None,
        }],
        wants: Wants {
            http: Vec::new(),
            secrets: Vec::new(),
            config: Vec::new(),
            directories: Vec::new(),
            key_value: Vec::new(),
        },
    }
}

/// What Lambda's Python runtime makes of an exception: `statement` of the handler's `line` raised
/// it.
pub fn raised(error: &str, message: &str, line: u32, statement: &str) -> Failure {
    let trace =
        format!("  File \"/var/task/handler.py\", line {line}, in handler\n    {statement}\n");
    let cause: Value = json!({
        "errorMessage": message,
        "errorType": error,
        "requestId": request_id(),
        "stackTrace": [trace],
    });
    Failure { error: error.to_owned(), cause: cause.to_string(), retry_after_ms: None }
}

/// A random UUID.
fn request_id() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
