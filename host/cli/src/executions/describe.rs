//! `stepwell describe`.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::{
    Verdict,
    client::{Client, Execution, Options, name::last},
    shown,
};

/// Show an execution: how it is, its input and output.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    execution: Execution,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let execution = client.execution(&arguments.execution).await?;
    let answer = client.call("DescribeExecution", &json!({ "executionArn": execution })).await?;
    if arguments.host.json {
        anstream::println!("{answer:#}");
    } else {
        show(&answer);
    }
    Ok(Verdict::Good)
}

fn show(answer: &Value) {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let redriven = match answer["redriveCount"].as_u64() {
        None | Some(0) => String::new(),
        Some(1) => format!("once, at {}", shown::time(&answer["redriveDate"])),
        Some(times) => format!("{times} times, last at {}", shown::time(&answer["redriveDate"])),
    };
    shown::members(&[
        ("execution", text("executionArn")),
        ("status", text("status")),
        ("version", last(&answer["stateMachineVersionArn"]).to_owned()),
        ("alias", last(&answer["stateMachineAliasArn"]).to_owned()),
        ("Map Run", text("mapRunArn")),
        ("started", shown::time(&answer["startDate"])),
        ("ended", shown::time(&answer["stopDate"])),
        ("took", shown::took(&answer["startDate"], &answer["stopDate"])),
        ("redriven", redriven),
        ("redrive", text("redriveStatusReason")),
        ("error", text("error")),
        ("cause", text("cause")),
        ("input", shown::json(&text("input"))),
        ("output", shown::json(&text("output"))),
    ]);
}
