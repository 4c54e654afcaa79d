//! `cargo xtask console-test`: the checks of the console's source, and the console in a browser.

use anyhow::{Result, bail};
use clap::Args;
use stepwell_build::toolchain::Source;

use crate::{browser::Browser, guests, packages, process};

/// Check the console's source, and drive the console in Chromium
///
/// Formatting, types and unit tests; then the tests of tests/console, with the host as it is built.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run the tests in the browser whose names match this regular expression alone
    #[arg(short = 'k', value_name = "EXPRESSION")]
    name: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    guests::build(Source::Auto)?;
    if let Some(missing) = check_source()? {
        bail!("{missing}");
    }
    process::run(process::cargo().args(["build", "--workspace", "--bin", "stepwell"]))?;
    if let Some(missing) = test(arguments.name.as_deref())? {
        bail!("{missing}");
    }
    Ok(())
}

/// Checks formatting and types of what the console is made of, and runs its unit tests. Tells what
/// is missing where that cannot be.
pub(crate) fn check_source() -> Result<Option<String>> {
    let console = process::root().join("host/console");
    let Some(bin) = packages::npm_in_place(&console)? else {
        return Ok(Some("npm is not installed".into()));
    };
    let tool = |name: &str| {
        let mut command = std::process::Command::new(bin.join(name));
        command.current_dir(&console);
        command
    };
    process::run(tool("prettier").args(["--check", "--log-level", "warn", "."]))?;
    // The tests in the browser are written in the same style.
    let style = ["--check", "--log-level", "warn", "--config", ".prettierrc.json"];
    process::run(tool("prettier").args(style).arg("../../tests/console/**/*.mjs"))?;
    packages::npm_in_place(&process::root().join("tests/console"))?;
    process::run(tool("tsc").args(["--project", "../../tests/console"]))?;
    let types = ["--tsconfig", "./tsconfig.json", "--fail-on-warnings", "--output", "human"];
    process::run(tool("svelte-check").args(types))?;
    process::run(tool("vitest").arg("run"))?;
    Ok(None)
}

/// Drives the console of the host that is built. Tells what is missing where that cannot be.
pub(crate) fn test(name: Option<&str>) -> Result<Option<String>> {
    let browser = match Browser::get()? {
        Ok(browser) => browser,
        Err(missing) => return Ok(Some(missing)),
    };
    let mut node = browser.node(&process::root().join("target/debug/stepwell"));
    // For all of it: nobody should have to wait for one that hangs.
    node.args(["--test", "--test-reporter=spec", "--test-timeout=1200000"]);
    if let Some(name) = name {
        node.arg(format!("--test-name-pattern={name}"));
    }
    // In one process: they share a browser, and hosts.
    process::run(node.arg("all.mjs"))?;
    Ok(None)
}

/// Builds the crate of the console without it, apart from all else, and runs its tests: the page
/// says that it was left out.
pub(crate) fn left_out() -> Result<()> {
    let mut tests = process::cargo();
    tests.args(["test", "--package", "stepwell-console", "--lib"]);
    tests.args(["--target-dir", "target/console-left-out"]);
    process::run(tests.env("STEPWELL_CONSOLE", "omit"))
}
