//! `stepwell send-task-success`, `send-task-failure` and `send-task-heartbeat`: the answers of
//! whoever was given a task token.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    Verdict,
    client::{Client, Options},
    input,
};

/// Answer a task that waits for its token, or an activity's, with its output.
#[derive(Debug, Args)]
pub(crate) struct Success {
    #[command(flatten)]
    token: Token,

    /// The task's output: a file, `-` for standard input, or JSON text itself.
    #[arg(long, short, value_name = "FILE|-|JSON", default_value = "{}")]
    output: String,

    #[command(flatten)]
    host: Options,
}

/// Answer a task that waits for its token, or an activity's, with an error.
#[derive(Debug, Args)]
pub(crate) struct Failure {
    #[command(flatten)]
    token: Token,

    /// The error's name, which Retry and Catch match.
    #[arg(long, value_name = "NAME")]
    error: Option<String>,

    /// Why, for people.
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,

    #[command(flatten)]
    host: Options,
}

/// Tell that a task which waits for its token, or an activity's, goes on.
#[derive(Debug, Args)]
pub(crate) struct Heartbeat {
    #[command(flatten)]
    token: Token,

    #[command(flatten)]
    host: Options,
}

#[derive(Debug, Args)]
struct Token {
    /// The task token; `-` reads it from standard input.
    #[arg(long, short, value_name = "TOKEN|-")]
    token: String,
}

impl Token {
    fn read(&self) -> Result<String> {
        match &*self.token {
            "-" => {
                let text = std::io::read_to_string(std::io::stdin());
                Ok(text.context("cannot read the token from stdin")?.trim().to_owned())
            }
            token => Ok(token.to_owned()),
        }
    }
}

pub(crate) async fn success(arguments: Success) -> Result<Verdict> {
    let output = input::read(&arguments.output, Path::new("."))?;
    let request = json!({ "taskToken": arguments.token.read()?, "output": output.text() });
    let told = "the task has succeeded";
    send("SendTaskSuccess", &request, told, &arguments.host).await
}

pub(crate) async fn failure(arguments: Failure) -> Result<Verdict> {
    let mut request = json!({ "taskToken": arguments.token.read()? });
    for (member, value) in [("error", arguments.error), ("cause", arguments.cause)] {
        if let Some(value) = value {
            request[member] = value.into();
        }
    }
    send("SendTaskFailure", &request, "the task has failed", &arguments.host).await
}

pub(crate) async fn heartbeat(arguments: Heartbeat) -> Result<Verdict> {
    let request = json!({ "taskToken": arguments.token.read()? });
    send("SendTaskHeartbeat", &request, "the task goes on", &arguments.host).await
}

async fn send(
    action: &'static str,
    request: &Value,
    told: &str,
    host: &Options,
) -> Result<Verdict> {
    let answer = Client::new(host)?.call(action, request).await?;
    if host.json {
        anstream::println!("{answer:#}");
    } else {
        anstream::println!("{told}");
    }
    Ok(Verdict::Good)
}
