//! `cargo xtask test`: everything that must hold before a change is taken.

use anyhow::{Result, ensure};
use clap::Args;

use crate::{demo, guests, process, toolchain::Source};

/// Build the guests, check formatting, lints and dependencies, run all tests and the order example
#[derive(Args)]
pub(crate) struct Arguments {
    /// Fail where cargo-deny is not installed, instead of leaving its checks out
    #[arg(long)]
    require_deny: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    step("guests");
    guests::build(Source::Auto)?;

    step("formatting");
    process::run(process::cargo().args(["fmt", "--all", "--check"]))?;

    step("lints");
    process::run(process::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;

    step("dependencies: licences, bans, sources");
    if process::is_installed("cargo-deny") {
        process::run(process::cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    } else {
        ensure!(
            !arguments.require_deny,
            "cargo-deny is not installed; `cargo install --locked cargo-deny` does it"
        );
        anstream::println!("left out: cargo-deny is not installed");
    }

    step("documentation tests");
    process::run(process::cargo().args(["test", "--workspace", "--doc"]))?;

    step("tests");
    if process::is_installed("cargo-nextest") {
        process::run(process::cargo().args(["nextest", "run", "--workspace"]))?;
    } else {
        process::run(process::cargo().args(["test", "--workspace", "--lib", "--bins", "--tests"]))?;
    }

    step("the order example");
    demo::run_order()
}

fn step(name: &str) {
    anstream::println!("\n=== {name}");
}
