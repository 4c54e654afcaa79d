//! What a contributor runs: `cargo xtask COMMAND`. One file per command.
//!
//! It does not depend on Wasmtime, so that it is built in seconds.

mod guests;
mod process;
mod toolchain;

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
    Guests(guests::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Guests(arguments) => guests::run(&arguments),
    }
}
