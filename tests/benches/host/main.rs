//! What the durable host does, beside the raw limits of the same machine in the same run.
//!
//! `cargo xtask bench host [PART]`. Host and raw limit take turns of less than a second, so that
//! what else the machine does hits both alike; what counts is the ratio.
//!
//! - `standard`: executions that are in the journal, beside bare SQLite that commits the same rows,
//!   and the disk that syncs the same bytes.
//! - `express`: executions in memory, beside the interpreter with its tasks in plain Wasmtime.
//! - `waiting`: what executions hold in memory that wait, and how long it takes to recover them.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]

mod express;
mod figures;
#[path = "../../../host/sandbox/benches/plain/mod.rs"]
mod plain;
mod raw;
mod scenario;
mod standard;
mod waiting;
mod watched;
mod world;

mod contract {
    #![allow(missing_docs, reason = "generated")]
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "task-plugin",
        exports: { default: async },
    });
}

use anyhow::Result;

/// How many executions go on at once.
const CONCURRENT: [usize; 4] = [1, 16, 64, 256];

fn main() -> Result<()> {
    if let Some(part) = waiting::Part::of_this_process() {
        return tokio::runtime::Runtime::new()?.block_on(part.run());
    }
    // Cargo adds `--bench`.
    let wanted = std::env::args().skip(1).find(|argument| argument != "--bench");
    let is_wanted =
        |part: &str| wanted.as_ref().is_none_or(|wanted| part.contains(wanted.as_str()));
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let all = scenario::all();
        let standard = all.iter().filter(|it| is_wanted(&format!("standard {}", it.name)));
        let express = all.iter().filter(|it| is_wanted(&format!("express {}", it.name)));
        let (standard, express): (Vec<_>, Vec<_>) = (standard.collect(), express.collect());
        let needs_payments = standard.iter().chain(&express).any(|scenario| scenario.payments);
        let payments = if needs_payments { Some(world::Payments::admit().await?) } else { None };
        for scenario in standard {
            standard::measure(scenario, payments.as_ref()).await?;
        }
        for scenario in express {
            express::measure(scenario, payments.as_ref()).await?;
        }
        anyhow::Ok(())
    })?;
    if is_wanted("waiting") {
        waiting::measure()?;
    }
    Ok(())
}
