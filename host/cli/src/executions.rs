//! What has to do with executions that a host runs.

mod describe;
mod follow;
mod history;
mod list;
mod logs;
mod redrive;
mod start;
mod stop;

use anyhow::Result;
use clap::Subcommand;

use crate::Verdict;

/// The commands, which are the command line's own.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Start(start::Arguments),
    List(list::Arguments),
    Describe(describe::Arguments),
    History(history::Arguments),
    Logs(logs::Arguments),
    Stop(stop::Arguments),
    Redrive(redrive::Arguments),
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Start(arguments) => start::run(arguments).await,
        Command::List(arguments) => list::run(arguments).await,
        Command::Describe(arguments) => describe::run(arguments).await,
        Command::History(arguments) => history::run(arguments).await,
        Command::Logs(arguments) => logs::run(arguments).await,
        Command::Stop(arguments) => stop::run(arguments).await,
        Command::Redrive(arguments) => redrive::run(arguments).await,
    }
}
