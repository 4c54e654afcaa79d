//! `cargo xtask test`: everything that must hold before a change is taken.

use anyhow::{Result, ensure};
use clap::Args;

use stepwell_build::{Language, toolchain::Source};

use crate::{clients, console_test, demo, examples, guests, process, services};

/// Build the guests, check formatting, lints and dependencies, run all tests and the order example
#[derive(Args)]
pub(crate) struct Arguments {
    /// Fail where a tool is not installed, instead of leaving its checks out
    #[arg(long)]
    require_tools: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    step("guests");
    guests::build_all(Source::Auto, arguments.require_tools)?;

    step("formatting");
    process::run(process::cargo().args(["fmt", "--all", "--check"]))?;

    step("the console's source");
    if let Some(missing) = console_test::check_source()? {
        arguments.leave_out(&missing)?;
    }

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
    let mut tests = process::cargo();
    if process::is_installed("cargo-nextest") {
        tests.args(["nextest", "run", "--workspace"]);
    } else {
        tests.args(["test", "--workspace", "--lib", "--bins", "--tests"]);
    }
    // Properties are tried with the same values each time: with new ones, a change would be refused
    // for what is none of its own. New ones are tried by `cargo nextest run`, and by fuzzing.
    tests.env("PROPTEST_RNG_SEED", "1");
    if arguments.require_tools {
        // The examples that must be there: the tests leave out what is not.
        let built = examples::REQUIRED.map(Language::name).join(",");
        tests.env("STEPWELL_BUILT_LANGUAGES", built);
        // The programs that tests start: they are left out, too, where they are missing.
        tests.env("STEPWELL_REQUIRE_TOOLS", "1");
    }
    match services::moto()? {
        Some(moto) => {
            tests.env("STEPWELL_MOTO", moto);
        }
        None => arguments.leave_out("python3 with its module venv is not installed, for moto")?,
    }
    process::run(&mut tests)?;

    step("a build without the console");
    console_test::left_out()?;

    step("real clients");
    if let Some(missing) = clients::test(None)? {
        arguments.leave_out(&missing)?;
    }

    step("the console in a browser");
    if let Some(missing) = console_test::test(None)? {
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
