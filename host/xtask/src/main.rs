//! What a contributor runs: `cargo xtask COMMAND`. One file per command.
//!
//! It does not depend on Wasmtime, so that it is built quickly.

mod bench;
mod browser;
mod clients;
mod conform;
mod console;
mod console_shots;
mod console_test;
mod demo;
mod distribution;
mod examples;
mod fuzz;
mod guests;
mod packages;
mod process;
mod services;
mod smtp_sink;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, shows, tests and measures Stepwell"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Arguments),
    Clients(clients::Arguments),
    Conform(conform::Arguments),
    Console(console::Arguments),
    ConsoleShots(console_shots::Arguments),
    ConsoleTest(console_test::Arguments),
    Demo(demo::Arguments),
    Distribution(distribution::Arguments),
    Fuzz(fuzz::Arguments),
    Guests(guests::Arguments),
    SmtpSink(smtp_sink::Arguments),
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Clients(arguments) => clients::run(&arguments),
        Command::Conform(arguments) => conform::run(&arguments),
        Command::Console(arguments) => console::run(&arguments),
        Command::ConsoleShots(arguments) => console_shots::run(&arguments),
        Command::ConsoleTest(arguments) => console_test::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Distribution(arguments) => distribution::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Guests(arguments) => guests::run(&arguments),
        Command::SmtpSink(arguments) => smtp_sink::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
