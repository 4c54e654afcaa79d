//! `stepwell plugin`: what has to do with plugin files.

mod inspect;

use anyhow::Result;
use clap::Subcommand;

use crate::Verdict;

/// Look at plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(inspect::Arguments),
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Inspect(arguments) => inspect::run(arguments).await,
    }
}
