//! `stepwell plugin`: what has to do with plugin files.

mod add;
mod build;
mod call;
mod case;
pub(crate) mod config;
mod directory;
pub(crate) mod grant_flags;
mod inline;
mod inspect;
pub(crate) mod installed;
mod list;
pub(crate) mod name;
mod new;
mod remove;
mod run;
pub(crate) mod store;
mod test;

use anyhow::Result;
use clap::Subcommand;

use crate::Verdict;

/// Make plugins, look at them, try them and install them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(add::Arguments),
    Build(build::Arguments),
    Inspect(inspect::Arguments),
    List(list::Arguments),
    New(new::Arguments),
    Remove(remove::Arguments),
    Run(run::Arguments),
    Test(test::Arguments),
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Add(arguments) => add::run(arguments).await,
        Command::Build(arguments) => build::run(&arguments),
        Command::Inspect(arguments) => inspect::run(arguments).await,
        Command::List(arguments) => list::run(&arguments),
        Command::New(arguments) => new::run(arguments),
        Command::Remove(arguments) => remove::run(arguments),
        Command::Run(arguments) => run::run(arguments).await,
        Command::Test(arguments) => test::run(arguments).await,
    }
}
