//! `stepwell plugin`: what has to do with plugins, from the first line of one to its last version.

mod add;
mod approve;
mod believing;
mod build;
mod call;
mod case;
pub(crate) mod catalogue;
pub(crate) mod config;
mod conform;
mod directory;
pub(crate) mod from;
mod getting;
mod grant;
pub(crate) mod grant_flags;
mod holding;
pub(crate) mod inline;
mod inspect;
pub(crate) mod installed;
mod key;
mod list;
mod lock;
pub(crate) mod locking;
pub(crate) mod name;
mod new;
mod place;
pub(crate) mod publishers;
mod pull;
pub(crate) mod pulled;
mod push;
pub(crate) mod registry;
mod remove;
mod reported;
mod revoke;
mod run;
mod sign;
pub(crate) mod store;
mod table;
mod test;
mod trust;
mod upgrade;
mod use_version;
mod verify;

use anyhow::Result;
use clap::Subcommand;

use crate::Verdict;

/// Make plugins and try them; publish and install them, and say what they may touch.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(new::Arguments),
    Build(build::Arguments),
    Test(test::Arguments),
    Conform(conform::Arguments),
    Run(run::Arguments),
    Inspect(inspect::Arguments),
    Add(add::Arguments),
    List(list::Arguments),
    Grant(grant::Arguments),
    Revoke(revoke::Arguments),
    Upgrade(upgrade::Arguments),
    Approve(approve::Arguments),
    Use(use_version::Arguments),
    Remove(remove::Arguments),
    Push(push::Arguments),
    Pull(pull::Arguments),
    Sign(sign::Arguments),
    Verify(verify::Arguments),
    #[command(subcommand)]
    Trust(trust::Command),
    #[command(subcommand)]
    Key(key::Command),
    Lock(lock::Arguments),
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::New(arguments) => new::run(arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Test(arguments) => test::run(arguments).await,
        Command::Conform(arguments) => conform::run(arguments).await,
        Command::Run(arguments) => run::run(arguments).await,
        Command::Inspect(arguments) => inspect::run(arguments).await,
        Command::Add(arguments) => add::run(arguments).await,
        Command::List(arguments) => list::run(&arguments),
        Command::Grant(arguments) => grant::run(arguments).await,
        Command::Revoke(arguments) => revoke::run(arguments).await,
        Command::Upgrade(arguments) => upgrade::run(arguments).await,
        Command::Approve(arguments) => approve::run(arguments).await,
        Command::Use(arguments) => use_version::run(&arguments).await,
        Command::Remove(arguments) => remove::run(&arguments),
        Command::Push(arguments) => push::run(arguments).await,
        Command::Pull(arguments) => pull::run(arguments).await,
        Command::Sign(arguments) => sign::run(arguments).await,
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::Trust(command) => trust::run(command),
        Command::Key(command) => key::run(&command),
        Command::Lock(arguments) => lock::run(&arguments).await,
    }
}
