//! `stepwell plugin run`.

use std::{path::PathBuf, sync::Arc};

use anstyle::Style;
use anyhow::{Context as _, Result};
use bytesize::ByteSize;
use clap::Args;
use serde_json::{Value, json};
use stepwell_build::Project;
use stepwell_sandbox::{Done, Usage, key_value::Memory};

use super::{
    call::Call,
    config::{PluginLimits, make_directories},
    grant_flags::GrantFlags,
    inline::inline,
};
use crate::{Verdict, input, plain::plain, progress::seconds, sandbox, shown};

const BOLD: Style = Style::new().bold();

/// Call one task of a plugin, with nothing granted but what is named here.
///
/// The output goes to standard output; what the call used, what it was refused and what it wrote to
/// its log go to standard error. Key-value data is gone afterwards.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, the WASI command, or the folder of a plugin that was built.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The task; may be left out where there is only one.
    #[arg(value_name = "TASK")]
    task: Option<String>,

    /// The input: JSON, a file, or - for standard input.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,

    /// What the call may use, as in a stepwell.toml: '{ fuel = 500_000_000, memory = "64MiB" }'.
    #[arg(long, value_name = "TOML", value_parser = inline::<PluginLimits>)]
    limits: Option<PluginLimits>,

    #[command(flatten)]
    grants: GrantFlags,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let file = match arguments.file.is_dir() {
        true => Project::read(&arguments.file)?.output(),
        false => arguments.file,
    };
    let here = std::env::current_dir().context("cannot tell where we are")?;
    let input = input::read(&arguments.input, &here)?;
    let plugin = sandbox::open()?
        .admit_file(&file)
        .await
        .with_context(|| format!("{} cannot be used as a plugin", file.display()))?;
    let grants = arguments.grants.spec(&here)?;
    make_directories(&grants)?;
    let done = Call {
        plugin: &plugin,
        task: arguments.task.as_deref(),
        input: input.text(),
        key: None,
        grants,
        answers: None,
        limits: arguments.limits.unwrap_or_default().limits()?,
        key_value: Arc::new(Memory::default()),
    }
    .make()
    .await?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string_pretty(&document(&done))?);
    } else {
        show(&done);
    }
    Ok(if done.result.is_ok() { Verdict::Good } else { Verdict::Bad })
}

fn document(done: &Done) -> Value {
    let mut document = match &done.result {
        // What the sandbox gives is JSON.
        Ok(output) => json!({ "output": serde_json::from_str::<Value>(output).ok() }),
        Err(failure) => json!({ "error": failure.error, "cause": failure.cause }),
    };
    let Usage { fuel, peak_memory, duration, host_calls } = done.usage;
    document["usage"] = json!({
        "fuel": fuel,
        "peakMemory": peak_memory,
        "durationMs": duration.as_millis() as u64,
        "hostCalls": host_calls,
    });
    document["log"] = json!(done.log.text());
    document
}

fn show(done: &Done) {
    let log = done.log.text();
    if !log.is_empty() {
        anstream::eprintln!("{BOLD}log{BOLD:#}\n{}", plain(log.trim_end()));
    }
    if let Err(failure) = &done.result {
        let (error, cause) = (plain(&failure.error), plain(&failure.cause));
        anstream::eprintln!("{BOLD}failed{BOLD:#} {error}: {cause}");
    }
    let usage = &done.usage;
    anstream::eprintln!(
        "{BOLD}used{BOLD:#} {} of fuel, {} of memory, {}, {} calls to the host",
        usage.fuel,
        ByteSize::b(usage.peak_memory),
        seconds(usage.duration),
        usage.host_calls,
    );
    if let Ok(output) = &done.result {
        anstream::println!("{}", shown::json(output));
    }
}
