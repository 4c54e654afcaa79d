//! `cargo xtask conform`: how far Stepwell agrees with recordings of others, and how both sides keep
//! the contract between hosts and plugins.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use stepwell_build::{Project, toolchain::Source};

use crate::{guests, process};

/// Print how far the language agrees with recordings, or host or plugins with the contract, area by
/// area
#[derive(Args)]
pub(crate) struct Arguments {
    /// Whose recordings, or which side of the contract
    #[arg(value_enum)]
    whose: Whose,
}

#[derive(Clone, Copy, ValueEnum)]
enum Whose {
    /// Executions and tests of single states recorded on AWS, run straight against the core
    Aws,
    /// The test suite of jsonata-js
    Jsonata,
    /// The suite that any host can run: whether Stepwell keeps what hosts promise to plugins
    Host,
    /// The plugins of this repository, held against the contract; build them with `guests` first
    Plugins,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let tests: &[&str] = match arguments.whose {
        Whose::Aws => &["aws_cases", "aws_test_state"],
        Whose::Jsonata => &["jsonata_suite"],
        Whose::Host => return host(),
        Whose::Plugins => return plugins(),
    };
    let selected = tests.iter().flat_map(|test| ["--test", test]);
    // Of the whole workspace, lest dependencies be built again with other features. One test that
    // fails does not keep the table of the other one from being printed.
    process::run(
        process::cargo()
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(selected)
            .args(["--", "--nocapture"]),
    )
}

/// Has the suite for hosts run against Stepwell, as anybody would who has a host of their own.
fn host() -> Result<()> {
    guests::build(Source::Auto)?;
    process::run(process::cargo().args(["build", "--workspace", "--bins"]))?;
    let folder = process::root().join("target/debug");
    process::run(
        Command::new(folder.join("stepwell-host-conformance"))
            .current_dir(process::root())
            .arg("--")
            .arg(folder.join("stepwell"))
            .arg("conformance-adapter"),
    )
}

/// Holds each crate in `plugins` that has examples against the contract.
fn plugins() -> Result<()> {
    process::run(process::cargo().args(["build", "--workspace", "--bin", "stepwell"]))?;
    let root = process::root();
    let mut failed = Vec::new();
    for folder in ["plugins", "plugins/examples"] {
        for entry in fs::read_dir(root.join(folder))? {
            let folder = entry?.path();
            let examples = folder.join("examples");
            let name = match Project::read(&folder) {
                Ok(project) => project.name().to_string(),
                Err(_) => package(&folder).unwrap_or_default(),
            };
            if !examples.is_dir() {
                continue;
            }
            let file = root.join("target/guests").join(format!("{name}.wasm"));
            if !file.is_file() {
                anstream::println!("left out: {}, which is not built", file.display());
                continue;
            }
            let mut conform = Command::new(root.join("target/debug/stepwell"));
            conform.args(["plugin", "conform"]).arg(file).arg("--examples").arg(examples);
            if process::run(&mut conform).is_err() {
                failed.push(name);
            }
        }
    }
    ensure!(failed.is_empty(), "these plugins do not conform: {}", failed.join(", "));
    Ok(())
}

/// The name of the package in a folder, as its manifest has it.
fn package(folder: &Path) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim_matches('"').to_owned())
}
