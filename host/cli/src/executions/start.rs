//! `stepwell start`.

use std::path::Path;

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};
use stepwell_interpreter::{Failure, Outcome};

use super::follow::follow;
use crate::{
    Verdict,
    client::{Client, Options},
    input,
    progress::summary,
};

const DIM: Style = Style::new().dimmed();

/// Start an execution on a host.
///
/// Prints the execution's ARN. With --follow or --sync the exit code is 0 only where the execution
/// succeeds, and 1 where it does not; whoever stops to watch does not stop the execution.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The state machine's name or ARN; behind a `:` may be a version's number, or an alias.
    #[arg(value_name = "MACHINE")]
    machine: String,

    /// The execution's input: a file, `-` for standard input, or JSON text itself.
    #[arg(long, short, value_name = "FILE|-|JSON", default_value = "{}")]
    input: String,

    /// The execution's name; the host makes one by default. To start the same again does nothing.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Show what happens until the execution ends, and its output.
    #[arg(long, short)]
    follow: bool,

    /// Run an Express execution, and print its output.
    #[arg(long, conflicts_with = "follow")]
    sync: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let json = arguments.host.json;
    let client = Client::new(&arguments.host)?;
    let input = input::read(&arguments.input, Path::new("."))?;
    let machine = client.machine(&arguments.machine).await?;
    let mut request = json!({ "stateMachineArn": machine, "input": input.text() });
    if let Some(name) = &arguments.name {
        request["name"] = name.as_str().into();
    }
    if arguments.sync {
        return synchronous(&client, &request, json).await;
    }
    let answer = client.call("StartExecution", &request).await?;
    let execution = answer["executionArn"].as_str().unwrap_or_default();
    if arguments.follow {
        if execution.contains(":express:") {
            bail!(
                "{execution} is started; it is an Express execution, which keeps no history to \
                 follow: start it with --sync"
            );
        }
        if !json {
            anstream::eprintln!("{DIM}{execution}{DIM:#}");
        }
        return follow(&client, execution, 0, json).await;
    }
    if json {
        anstream::println!("{answer:#}");
    } else {
        anstream::println!("{execution}");
    }
    Ok(Verdict::Good)
}

async fn synchronous(client: &Client, request: &Value, json: bool) -> Result<Verdict> {
    let answer = client.call("StartSyncExecution", request).await?;
    let text = |name| answer[name].as_str().map(str::to_owned);
    let failure = Failure { error: text("error"), cause: text("cause"), retry_after: None };
    let succeeded = answer["status"] == "SUCCEEDED";
    if json {
        anstream::println!("{answer:#}");
    } else {
        summary::outcome(&match text("status").as_deref() {
            Some("SUCCEEDED") => Outcome::Succeeded {
                output: stepwell_asl::Json::parse(text("output").unwrap_or_default())?,
            },
            Some("TIMED_OUT") => Outcome::TimedOut(failure),
            _ => Outcome::Failed(failure),
        });
    }
    Ok(if succeeded { Verdict::Good } else { Verdict::Bad })
}
