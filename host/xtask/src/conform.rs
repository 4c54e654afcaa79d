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
    /// Executions recorded on AWS, run straight against the core
    Aws,
    /// The test suite of jsonata-js
    Jsonata,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let test = match arguments.whose {
        Whose::Aws => "aws_cases",
        Whose::Jsonata => "jsonata_suite",
    };
    // Of the whole workspace, lest dependencies be built again with other features.
    process::run(process::cargo().args([
        "test",
        "--workspace",
        "--test",
        test,
        "--",
        "--nocapture",
    ]))
}
