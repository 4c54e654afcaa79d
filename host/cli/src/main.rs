//! The `stepwell` command.
//!
//! One file per command; `project` reads a `stepwell.toml`, `progress` shows an execution while
//! it runs, `report` shows what is wrong with a definition, `client` speaks with a host.

mod backup;
mod client;
mod conformance;
mod dev;
mod doctor;
mod executions;
mod failure;
mod hosting;
mod input;
mod logging;
mod machine;
mod plain;
mod plugin;
mod progress;
mod project;
mod report;
mod run;
mod sandbox;
mod send_task;
mod serve;
mod serving;
mod shown;
mod stop;
mod tenant;
mod test_state;
mod validate;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
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
    TestState(test_state::Arguments),
    #[command(subcommand)]
    Plugin(Box<plugin::Command>),
    Dev(dev::Arguments),
    Serve(serve::Arguments),
    Backup(backup::Arguments),
    Doctor(doctor::Arguments),
    #[command(subcommand)]
    Tenant(tenant::Command),
    #[command(subcommand)]
    Machine(machine::Command),
    #[command(flatten)]
    Executions(executions::Command),
    SendTaskSuccess(send_task::Success),
    SendTaskFailure(send_task::Failure),
    SendTaskHeartbeat(send_task::Heartbeat),
    /// Compile the plugin on standard input for the host that started this process.
    #[command(hide = true)]
    CompilePlugin,
    /// Answer the suite that checks hosts, which started this process.
    #[command(hide = true)]
    ConformanceAdapter,
}

/// How a command ended where it did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All is well: exit code 0.
    Good,
    /// The execution failed, or the definition has errors: exit code 1.
    Bad,
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let verdict = runtime(&command)
        .context("cannot start")
        .and_then(|runtime| runtime.block_on(execute(command)));
    match verdict {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(error) => {
            failure::show(&error);
            ExitCode::from(2)
        }
    }
}

fn runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = match command {
        Command::Run(arguments) if arguments.in_order() => {
            tokio::runtime::Builder::new_current_thread()
        }
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

async fn execute(command: Command) -> Result<Verdict> {
    match command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Validate(arguments) => validate::run(&arguments).await,
        Command::TestState(arguments) => test_state::run(&arguments).await,
        Command::Plugin(command) => plugin::run(*command).await,
        Command::Tenant(command) => tenant::run(command).await,
        Command::Dev(arguments) => dev::run(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Machine(command) => machine::run(command).await,
        Command::Executions(command) => executions::run(command).await,
        Command::SendTaskSuccess(arguments) => send_task::success(arguments).await,
        Command::SendTaskFailure(arguments) => send_task::failure(arguments).await,
        Command::SendTaskHeartbeat(arguments) => send_task::heartbeat(arguments).await,
        Command::CompilePlugin => {
            stepwell_sandbox::compile_plugin().context("cannot compile the plugin")?;
            Ok(Verdict::Good)
        }
        Command::ConformanceAdapter => conformance::run().await,
    }
}
