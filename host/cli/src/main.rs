//! The `stepwell` command.
//!
//! One file per command; `project` reads a `stepwell.toml`, `progress` shows an execution while
//! it runs, `report` shows what is wrong with a definition.

mod failure;
mod input;
mod plain;
mod plugin;
mod progress;
mod project;
mod report;
mod run;
mod sandbox;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Run workflows in the Amazon States Language whose tasks are sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Validate(validate::Arguments),
    #[command(subcommand)]
    Plugin(plugin::Command),
}

/// How a command ended where it did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All is well: exit code 0.
    Good,
    /// The execution failed, or the definition has errors: exit code 1.
    Bad,
}

#[tokio::main]
async fn main() -> ExitCode {
    let verdict = match Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Plugin(command) => plugin::run(command).await,
    };
    match verdict {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(error) => {
            failure::show(&error);
            ExitCode::from(2)
        }
    }
}
