//! `cargo xtask console`: builds everything and opens the order example in the console.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::Command,
    thread,
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use stepwell_build::toolchain::Source;

use crate::{demo, guests, process, smtp_sink::Sink};

/// Build everything, and run a host with the order example for its console
#[derive(Args)]
pub(crate) struct Arguments {
    /// The port that the host listens on; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Take the plugins and the command as they were built last
    #[arg(long)]
    no_build: bool,
}

/// The ports that the example's stepwell.toml grants, and where what comes there is kept.
const SINKS: [(u16, &str); 2] = [(demo::SMTP_PORT, "smtp"), (2526, "bookkeeping")];

/// Connections that a mail server turns away before each that it takes: as many as a state that
/// sends to bookkeeping has attempts.
const DOWN: u32 = 2;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.no_build {
        guests::build(Source::Auto)?;
        demo::build_command()?;
    }
    let example = process::root().join("examples/order-fulfilment");
    for (port, folder) in SINKS {
        let sink = Sink::bind(port, DOWN, &example.join("out").join(folder))?.again();
        thread::spawn(move || sink.serve());
    }
    let stepwell = demo::command()?;
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), arguments.port);
    tell(address);
    // An interrupt at the terminal reaches both: the host ends in order, and then this does.
    let status = Command::new(&stepwell)
        .args(["dev", "--project"])
        .arg(&example)
        .args(["--port", &address.port().to_string()])
        .status()
        .with_context(|| format!("cannot start {}", stepwell.display()))?;
    ensure!(status.success(), "stepwell ended with {status}");
    Ok(())
}

fn tell(address: SocketAddr) {
    let console = match address.port() {
        0 => "where the host says that it is ready, with /console/ behind it".to_owned(),
        _ => format!("http://{address}/console/"),
    };
    anstream::println!(
        "\nThe console is at {console}\n  \
         1. Start `order-fulfilment` with the example `good`, and watch it run.\n  \
         2. Start it with `bookkeeping-down`: it fails at SendToBookkeeping. See why, and redrive \
         it.\n  \
         3. Start it with `declined` or `processor-spins`, and see what the order does then.\n"
    );
}
