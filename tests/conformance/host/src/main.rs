//! The command `stepwell-host-conformance`.

use std::{ffi::OsString, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, ValueEnum};
use stepwell_host_conformance::{
    Suite, Verdict, adapter::Adapter, case, probes::Probes, report::Report,
};

/// Check whether a host keeps the contract stepwell:task@0.1.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// The adapter of the host, with its arguments: a program that speaks the protocol of the
    /// suite. It comes last.
    #[arg(last = true, required_unless_present = "list", value_name = "ADAPTER")]
    adapter: Vec<OsString>,

    /// Where the probes are that `cargo xtask guests` builds.
    #[arg(long, value_name = "DIR", default_value = "target/guests")]
    probes: PathBuf,

    /// Run the cases alone whose names begin so.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,

    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    report: Format,

    /// How many seconds to wait for an answer, or for something to happen outside of the host.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    patience: u64,

    /// List the cases, and run none.
    #[arg(long)]
    list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, and what failed.
    Text,
    /// A JSON document.
    Json,
    /// JUnit's XML.
    Junit,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether no case failed.
fn run(arguments: Arguments) -> Result<bool> {
    let mut cases = case::all()?;
    let only = &arguments.only;
    cases.retain(|case| only.is_empty() || only.iter().any(|begin| case.id.starts_with(begin)));
    if cases.is_empty() {
        bail!("no case is called so: --list shows their names");
    }
    if arguments.list {
        for case in &cases {
            anstream::println!("{:<40} {}", case.id, case.tries);
        }
        return Ok(true);
    }
    let [program, rest @ ..] = &*arguments.adapter else { bail!("name the host's adapter") };
    let patience = Duration::from_secs(arguments.patience);
    let adapter = Adapter::start(program.clone(), rest, patience)?;
    let probes = Probes::new(arguments.probes).context("cannot make room for probes")?;
    let suite = Suite::begin(&adapter, &probes, patience)?;
    let mut report = Report::new(suite.hello());
    for case in &cases {
        report.add(case, suite.run(case));
    }
    let text = match arguments.report {
        Format::Text => report.text(),
        Format::Json => report.json(),
        Format::Junit => report.junit()?,
    };
    anstream::println!("{}", text.trim_end());
    Ok(report.cases().iter().all(|(_, verdict)| !matches!(verdict, Verdict::Failed(_))))
}
