//! `stepwell redrive`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::follow::follow;
use crate::{
    Verdict,
    client::{Client, Execution, History, Options, name::last},
    plain::plain,
    shown,
};

/// Let an execution that failed go on from where it failed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    execution: Execution,

    /// Show what happens until the execution ends, and its output. The exit code is 0 only where
    /// it succeeds.
    #[arg(long, short)]
    follow: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let json = arguments.host.json;
    let client = Client::new(&arguments.host)?;
    let execution = client.execution(&arguments.execution).await?;
    let before = match arguments.follow {
        true => History::last(&client, &execution).await?,
        false => 0,
    };
    let request = json!({ "executionArn": execution });
    let answer = client.call("RedriveExecution", &request).await?;
    if arguments.follow {
        return follow(&client, &execution, before, json).await;
    }
    if json {
        anstream::println!("{answer:#}");
    } else {
        let name = last(&request["executionArn"]);
        let time = shown::time(&answer["redriveDate"]);
        anstream::println!("{} is redriven at {time}", plain(name));
    }
    Ok(Verdict::Good)
}
