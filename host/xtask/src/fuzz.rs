//! `cargo xtask fuzz`: random input against everything that reads what people wrote.

use std::fs;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process;

/// Run the fuzz targets of tests/fuzz, each for some time
///
/// Stops at the first input that breaks a target; it is kept in tests/fuzz/artifacts.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The target; all of them where none is named
    target: Option<String>,

    /// How long to run each target
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        process::is_installed("cargo-fuzz"),
        "cargo-fuzz is not installed; `cargo install --locked cargo-fuzz` does it"
    );
    let folder = process::root().join("tests/fuzz");
    let fuzz = || {
        let mut command = process::cargo();
        command
            .current_dir(&folder)
            // Lets a stable compiler build with the sanitizer.
            .env("RUSTC_BOOTSTRAP", "1")
            .arg("fuzz");
        command
    };
    let known = process::output(fuzz().arg("list"))?;
    let targets: Vec<_> = match &arguments.target {
        Some(target) => {
            ensure!(
                known.lines().any(|name| name == target),
                "there is no fuzz target {target:?}; there is {}",
                known.lines().collect::<Vec<_>>().join(", ")
            );
            vec![target.as_str()]
        }
        None => known.lines().collect(),
    };
    for target in targets {
        let corpus = folder.join("corpus").join(target);
        fs::create_dir_all(&corpus)
            .with_context(|| format!("cannot create {}", corpus.display()))?;
        let mut command = fuzz();
        command.args(["run", target]).arg(&corpus);
        let seeds = folder.join("seeds").join(target);
        if seeds.is_dir() {
            command.arg(seeds);
        }
        command.arg("--").arg(format!("-max_total_time={}", arguments.seconds));
        let dictionary = folder.join("dictionaries").join(target).with_extension("dict");
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        process::run(&mut command)?;
    }
    Ok(())
}
