//! `cargo xtask test`: everything that must hold before a change is taken.

use anyhow::{Result, ensure};
use clap::Args;

use stepwell_build::toolchain::Source;

use crate::{clients, demo, guests, process};

/// Build the guests, check formatting, lints and dependencies, run all tests and the order example
#[derive(Args)]
pub(crate) struct Arguments {
    /// Fail where a tool is not installed, instead of leaving its checks out
    #[arg(long)]
    require_tools: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    step("guests");
    guests::build(Source::Auto, arguments.require_tools)?;

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
        arguments.leave_out("cargo-deny is not installed: `cargo install --locked cargo-deny`")?;
    }

    step("documentation tests");
    process::run(process::cargo().args(["test", "--workspace", "--doc"]))?;

    step("tests");
    if process::is_installed("cargo-nextest") {
        process::run(process::cargo().args(["nextest", "run", "--workspace"]))?;
    } else {
        process::run(process::cargo().args(["test", "--workspace", "--lib", "--bins", "--tests"]))?;
    }

    step("real clients");
    if let Some(missing) = clients::test(None)? {
        arguments.leave_out(&missing)?;
    }

    step("the order example");
    demo::run_order()
}

impl Arguments {
    fn leave_out(&self, missing: &str) -> Result<()> {
        ensure!(!self.require_tools, "{missing}");
        anstream::println!("left out: {missing}");
        Ok(())
    }
}

fn step(name: &str) {
    anstream::println!("\n=== {name}");
}
