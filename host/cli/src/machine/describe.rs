//! `stepwell machine describe`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::{
    Verdict,
    client::{Client, Options},
    plain::plain,
    shown,
};

/// Show a state machine, and its definition.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Its name or ARN; behind a `:` may be a version's number, or an alias.
    #[arg(value_name = "MACHINE")]
    machine: String,

    /// Print the definition alone, as it was given.
    #[arg(long, conflicts_with = "json")]
    definition: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let machine = client.machine(&arguments.machine).await?;
    let request = json!({ "stateMachineArn": machine });
    let answer = client.call("DescribeStateMachine", &request).await?;
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    if arguments.host.json {
        anstream::println!("{answer:#}");
    } else if arguments.definition {
        anstream::println!("{}", plain(&text("definition")));
    } else {
        shown::members(&[
            ("state machine", text("stateMachineArn")),
            ("type", text("type")),
            ("status", text("status")),
            ("created", shown::time(&answer["creationDate"])),
            ("revision", text("revisionId")),
            ("description", text("description")),
            ("definition", text("definition").trim().to_owned()),
        ]);
    }
    Ok(Verdict::Good)
}
