//! `cargo xtask bench`: measurements.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};

use stepwell_build::toolchain::Source;

use crate::{browser::Browser, guests, process};

/// Measure, and print the results
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// A transition from state to state: time, and instructions where valgrind is installed
    Interpreter {
        /// Only the scenarios whose names have this in them
        scenario: Option<String>,
    },
    /// A distributed Map over many items: time, and memory at its peak
    MapRun,
    /// The durable host: executions, transitions and fsyncs per second, beside bare SQLite, the
    /// disk, and the interpreter with plain Wasmtime; memory and recovery of those that wait
    Host {
        /// Only the parts whose names have this in them: `standard`, `express 10 Pass`, `waiting`
        part: Option<String>,
    },
    /// The console in Chromium: how soon a list of very many executions is shown, and one with very
    /// many events, by a browser that has nothing of it yet, and by one that has
    Console {
        /// A data directory that `seed` has filled; by default one is filled in target/console-bench
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// How often each is opened, both ways
        #[arg(long, default_value_t = 7)]
        runs: u32,
    },
    /// Nothing by itself: fills a data directory with very many executions, so that what reads it
    /// can be measured
    Seed {
        /// The directory, which is made
        directory: PathBuf,
        /// How many executions; a million by default
        executions: Option<u64>,
    },
    /// A call through the sandbox, beside plain Wasmtime doing the same
    Sandbox {
        /// With the release profile, for which Wasmtime is built anew; otherwise with that of the
        /// tests, in which it is optimised too
        #[arg(long)]
        release: bool,
        /// The plugin, its task and the input; `payments` by default
        #[arg(last = true, value_names = ["WASM", "TASK", "INPUT"])]
        call: Vec<String>,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.subject {
        Subject::Interpreter { scenario } => {
            // On its own: the interpreter needs no Wasmtime.
            let mut bench = process::cargo();
            bench.args(["bench", "-p", "stepwell-interpreter", "--bench", "interpreter"]);
            if let Some(scenario) = scenario {
                bench.arg("--").arg(scenario);
            }
            process::run(&mut bench)
        }
        Subject::MapRun => {
            let mut bench = process::cargo();
            // With the profile of the tests, in which all that the engine is made of is built.
            bench.args(["bench", "--workspace", "--bench", "map_run", "--profile", "dev"]);
            process::run(&mut bench)
        }
        Subject::Host { part } => {
            guests::build(Source::Auto)?;
            let mut bench = process::cargo();
            bench.args(["bench", "--workspace", "--bench", "host", "--profile", "dev"]);
            optimise(&mut bench);
            if let Some(part) = part {
                bench.arg("--").arg(part);
            }
            process::run(&mut bench)
        }
        Subject::Console { data, runs } => console(data.as_deref(), *runs),
        Subject::Seed { directory, executions } => seed(directory, *executions),
        Subject::Sandbox { release, call } => {
            guests::build_all(Source::Auto, false)?;
            let mut bench = process::cargo();
            let profile = if *release { "release" } else { "dev" };
            bench.args(["bench", "--workspace", "--bench", "sandbox", "--profile", profile]);
            if !call.is_empty() {
                bench.arg("--").args(call);
            }
            process::run(&mut bench)
        }
    }
}

fn seed(directory: &Path, executions: Option<u64>) -> Result<()> {
    let mut bench = process::cargo();
    bench.args(["bench", "--workspace", "--bench", "seed", "--profile", "dev"]);
    optimise(&mut bench);
    // Benches run in the directory of their package.
    bench.arg("--").arg(std::path::absolute(directory)?);
    bench.args(executions.map(|count| count.to_string()));
    process::run(&mut bench)
}

fn console(data: Option<&Path>, runs: u32) -> Result<()> {
    let browser = match Browser::get()? {
        Ok(browser) => browser,
        Err(missing) => bail!("{missing}"),
    };
    let folder = process::root().join("target/console-bench");
    fs::create_dir_all(&folder).context("target/console-bench cannot be made")?;
    let data = match data {
        Some(data) => std::path::absolute(data)?,
        None => {
            let data = folder.join("data");
            if !data.exists() {
                seed(&data, None)?;
            }
            data
        }
    };
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bin", "stepwell"]);
    optimise(&mut build);
    process::run(&mut build)?;
    // Elsewhere, as the next build puts one that is not optimised in its place.
    let stepwell = folder.join("stepwell");
    fs::copy(process::root().join("target/debug/stepwell"), &stepwell)
        .context("the command cannot be copied")?;
    let mut node = browser.node(&stepwell);
    process::run(node.arg("bench.mjs").arg(data).arg(runs.to_string()))
}

/// The profile of the tests, so that Wasmtime is not built anew, with this workspace's own crates
/// optimised as all others are in it.
fn optimise(bench: &mut Command) {
    for setting in
        ["opt-level=3", "debug-assertions=false", "overflow-checks=false", "incremental=false"]
    {
        bench.args(["--config", &format!("profile.dev.{setting}")]);
    }
}
