//! Using up what is limited.

use std::{arch::wasm32, hint};

use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::{
    clocks::monotonic_clock::{now, subscribe_duration},
    random::random::get_random_bytes,
};

use crate::bindings::stepwell::task::{call, log};

/// What is used.
#[derive(Deserialize)]
#[serde(tag = "take", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(crate) enum What {
    /// Instructions, without end.
    Instructions,
    /// Memory, in pieces of 64 KiB, until there is so much.
    Memory { bytes: usize },
    /// Memory, by one instruction, whose answer it gives.
    Grow { pages: usize },
    /// Time.
    Time { ms: u64 },
    /// Calls to the host: so many.
    Calls { count: u64 },
    /// Handles that are held: so many.
    Handles { count: usize },
    /// Random bytes at one go.
    Random { bytes: u64 },
    /// A message for the log at one go.
    Message { bytes: usize },
}

pub(crate) fn run(what: What) -> Value {
    match what {
        What::Instructions => loop {
            hint::black_box(());
        },
        What::Memory { bytes } => {
            let mut held: Vec<Vec<u8>> = Vec::new();
            for _ in 0..bytes.div_ceil(64 << 10) {
                held.push(vec![1; 64 << 10]);
                hint::black_box(&held);
            }
            json!(held.len() * (64 << 10))
        }
        What::Grow { pages } => match wasm32::memory_grow::<0>(pages) {
            usize::MAX => json!("refused"),
            _ => json!("granted"),
        },
        What::Time { ms } => {
            subscribe_duration(ms * 1_000_000).block();
            json!("over")
        }
        What::Calls { count } => {
            for _ in 0..count {
                hint::black_box(now());
            }
            json!(count)
        }
        What::Handles { count } => {
            let held: Vec<_> = (0..count).map(|_| subscribe_duration(u64::MAX)).collect();
            call::heartbeat();
            json!(held.len())
        }
        What::Random { bytes } => json!(get_random_bytes(bytes).len()),
        What::Message { bytes } => {
            log::write(log::Level::Info, &"x".repeat(bytes));
            json!(bytes)
        }
    }
}
