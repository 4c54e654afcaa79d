//! `stepwell plugin`: what has to do with plugin files.

mod add;
pub(crate) mod config;
mod directory;
mod inspect;
pub(crate) mod installed;
mod list;
pub(crate) mod name;
mod remove;
pub(crate) mod store;

use anyhow::Result;
use clap::Subcommand;

use crate::Verdict;

/// Look at plugins, and install them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(add::Arguments),
    Inspect(inspect::Arguments),
    List(list::Arguments),
    Remove(remove::Arguments),
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Add(arguments) => add::run(arguments).await,
        Command::Inspect(arguments) => inspect::run(arguments).await,
        Command::List(arguments) => list::run(&arguments),
        Command::Remove(arguments) => remove::run(arguments),
    }
}
