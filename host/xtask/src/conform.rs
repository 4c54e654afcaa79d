//! `cargo xtask conform`: how far Stepwell agrees with recordings of others, and keeps the contract
//! between hosts and plugins.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};
use stepwell_build::toolchain::Source;

use crate::{guests, process};

/// Print how far the language agrees with recordings, or the host with the contract, area by area
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
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let tests: &[&str] = match arguments.whose {
        Whose::Aws => &["aws_cases", "aws_test_state"],
        Whose::Jsonata => &["jsonata_suite"],
        Whose::Host => return host(),
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
