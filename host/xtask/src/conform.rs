//! `cargo xtask conform`: how far Stepwell agrees with recordings of others.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::process;

/// Print how far the language agrees with recordings, area by area
#[derive(Args)]
pub(crate) struct Arguments {
    /// Whose recordings
    #[arg(value_enum)]
    whose: Whose,
}

#[derive(Clone, Copy, ValueEnum)]
enum Whose {
    /// Executions and tests of single states recorded on AWS, run straight against the core
    Aws,
    /// The test suite of jsonata-js
    Jsonata,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let tests: &[&str] = match arguments.whose {
        Whose::Aws => &["aws_cases", "aws_test_state"],
        Whose::Jsonata => &["jsonata_suite"],
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
