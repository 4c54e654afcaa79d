//! `stepwell machine create`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use stepwell_asl::definition::Type;

use super::{Definition, ROLE};
use crate::{
    Verdict,
    client::{Client, Options},
};

/// Create a state machine, and print its ARN.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,

    /// The definition, or `-` for standard input.
    #[arg(value_name = "FILE|-")]
    definition: String,

    /// Make it an Express one: its executions keep no history and take five minutes at most.
    #[arg(long)]
    express: bool,

    /// Publish it as version 1, too.
    #[arg(long)]
    publish: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let definition = Definition::read(&arguments.definition)?;
    let (type_, name) = match arguments.express {
        true => (Type::Express, "EXPRESS"),
        false => (Type::Standard, "STANDARD"),
    };
    let request = json!({
        "name": arguments.name,
        "definition": definition.text,
        "roleArn": ROLE,
        "type": name,
        "publish": arguments.publish,
    });
    let client = Client::new(&arguments.host)?;
    let answer = client.call("CreateStateMachine", &request).await;
    let answer = answer.map_err(|error| definition.explain(type_, error))?;
    if arguments.host.json {
        anstream::println!("{answer:#}");
    } else {
        anstream::println!("{}", answer["stateMachineArn"].as_str().unwrap_or_default());
    }
    Ok(Verdict::Good)
}
