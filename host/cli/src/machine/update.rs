//! `stepwell machine update`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use stepwell_asl::definition::Type;

use super::Definition;
use crate::{
    Verdict,
    client::{Client, Options, name::last},
    plain::plain,
};

/// Give a state machine another definition. Executions that run go on with the one they began with.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Its name or ARN.
    #[arg(value_name = "MACHINE")]
    machine: String,

    /// The definition, or `-` for standard input.
    #[arg(value_name = "FILE|-")]
    definition: String,

    /// Publish it as the next version, too.
    #[arg(long)]
    publish: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let definition = Definition::read(&arguments.definition)?;
    let client = Client::new(&arguments.host)?;
    let machine = client.machine(&arguments.machine).await?;
    let request = json!({
        "stateMachineArn": machine,
        "definition": definition.text,
        "publish": arguments.publish,
    });
    let answer = match client.call("UpdateStateMachine", &request).await {
        Ok(answer) => answer,
        Err(error) => {
            let asked = json!({ "stateMachineArn": machine });
            let described = client.call("DescribeStateMachine", &asked).await.unwrap_or_default();
            let is_express = described["type"] == "EXPRESS";
            let type_ = if is_express { Type::Express } else { Type::Standard };
            return Err(definition.explain(type_, error));
        }
    };
    if arguments.host.json {
        anstream::println!("{answer:#}");
    } else {
        let version = match &answer["stateMachineVersionArn"] {
            serde_json::Value::Null => String::new(),
            version => format!(", as version {}", last(version)),
        };
        anstream::println!("{} is updated{version}", plain(&arguments.machine));
    }
    Ok(Verdict::Good)
}
