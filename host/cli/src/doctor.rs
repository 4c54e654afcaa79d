//! `stepwell doctor`: whether all is well, and what to do where it is not.
//!
//! One file for each thing that is looked at. What is found out and what is made of it are two
//! functions wherever the first depends on the machine.

mod check;
mod clock;
mod configuration;
mod data;
mod endpoint;
mod host_key;
mod journal;
mod plugins;
mod system;
mod trust;

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use clap::Args;
use serde_json::json;

use self::check::{Check, Level};
use crate::{Verdict, plain::plain};

/// Check that a host can run, or runs well, and say what to mend.
///
/// With --data or --config it looks into the host's data, whether the host runs or not; nothing is
/// changed. In a directory with a stepwell.toml it looks at that project, too. The exit code is 1
/// where anything is bad.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The host's data directory; by default that of the configuration.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The configuration of `stepwell serve`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The file of the host's key; by default that of the configuration, or DIR.key.
    #[arg(long, value_name = "FILE")]
    host_key: Option<PathBuf>,

    /// The host's URL; by default $STEPWELL_ENDPOINT, or http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let checks = checks(&arguments).await;
    let is_bad = checks.iter().any(|check| check.level == Level::Bad);
    if arguments.json {
        anstream::println!("{:#}", json!({ "checks": checks }));
    } else {
        checks.iter().for_each(show);
    }
    Ok(if is_bad { Verdict::Bad } else { Verdict::Good })
}

async fn checks(arguments: &Arguments) -> Vec<Check> {
    let started = clock::Moment::now();
    let mut checks = Vec::new();
    let config = match &arguments.config {
        Some(file) => {
            let (config, check) = configuration::check(file);
            checks.push(check);
            config
        }
        None => None,
    };
    let config = config.unwrap_or_default();
    checks.extend(configuration::check_project(Path::new(".")).await);
    let mut latest = None;
    let mut is_in_use = false;
    if let Some(data) = arguments.data.as_ref().or(config.data.as_ref()) {
        checks.extend(data::check(data));
        let (lock, in_use) = data::check_lock(data);
        checks.push(lock);
        is_in_use = in_use;
        let (found, journal) = journal::check(data);
        checks.extend(journal);
        let key = arguments.host_key.as_deref().or(config.host_key.as_deref());
        if let Some(journal) = &found {
            checks.push(host_key::check(data, key, journal));
            latest = journal.latest().ok().flatten();
        }
        checks.extend(plugins::check(data).await);
        checks.push(trust::check(data));
    }
    checks.push(plugins::check_cache());
    checks.push(clock::check(latest, jiff::Timestamp::now()));
    checks.push(clock::check_steps(started.until(clock::Moment::now())));
    checks.push(clock::check_synchronised(clock::synchronised()));
    checks.push(system::check_open_files(system::open_files(), config.limits.connections()));
    if let Some(address) = config.listen.filter(|_| !is_in_use) {
        checks.push(system::check_port(address));
    }
    // Where the configuration says that the host listens, a host that runs must answer.
    let configured = config.listen.map(|address| format!("http://{address}"));
    let endpoint = arguments.endpoint.clone().or(configured.filter(|_| is_in_use));
    checks.push(endpoint::check(endpoint, is_in_use).await);
    checks
}

fn show(check: &Check) {
    let dim = Style::new().dimmed();
    let (word, colour) = match check.level {
        Level::Ok => ("ok  ", AnsiColor::Green),
        Level::Warn => ("warn", AnsiColor::Yellow),
        Level::Bad => ("bad ", AnsiColor::Red),
    };
    let colour = colour.on_default();
    anstream::println!("{colour}{word}{colour:#}  {}: {}", check.what, plain(&check.found));
    if let Some(mend) = &check.mend {
        anstream::println!("      {dim}{}{dim:#}", plain(mend));
    }
}
