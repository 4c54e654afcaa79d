//! `stepwell machine delete`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::{
    Verdict,
    client::{Client, Options},
    plain::plain,
};

/// Delete a state machine, with its versions and aliases. It is gone once its executions have ended.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Its name or ARN.
    #[arg(value_name = "MACHINE")]
    machine: String,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let machine = client.machine(&arguments.machine).await?;
    let answer = client.call("DeleteStateMachine", &json!({ "stateMachineArn": machine })).await?;
    if arguments.host.json {
        anstream::println!("{answer:#}");
    } else {
        anstream::println!("{} is being deleted", plain(&arguments.machine));
    }
    Ok(Verdict::Good)
}
