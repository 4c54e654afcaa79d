//! `stepwell stop`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::{
    Verdict,
    client::{Client, Execution, Options, name::last},
    plain::plain,
    shown,
};

/// Stop an execution.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    execution: Execution,

    /// The error that it ends with.
    #[arg(long, value_name = "NAME")]
    error: Option<String>,

    /// Why, for people.
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let execution = client.execution(&arguments.execution).await?;
    let mut request = json!({ "executionArn": execution });
    for (member, value) in [("error", arguments.error), ("cause", arguments.cause)] {
        if let Some(value) = value {
            request[member] = value.into();
        }
    }
    let answer = client.call("StopExecution", &request).await?;
    if arguments.host.json {
        anstream::println!("{answer:#}");
    } else {
        let name = last(&request["executionArn"]);
        let time = shown::time(&answer["stopDate"]);
        anstream::println!("{} is stopped at {time}", plain(name));
    }
    Ok(Verdict::Good)
}
