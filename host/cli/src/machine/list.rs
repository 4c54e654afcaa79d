//! `stepwell machine list`.

use anyhow::Result;
use clap::Args;
use comfy_table::{Table, presets};
use serde_json::json;

use crate::{
    Verdict,
    client::{Client, Options},
    plain::plain,
    shown,
};

/// Show the state machines of a host.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let machines = client.list("ListStateMachines", json!({}), "stateMachines", None).await?;
    if arguments.host.json {
        anstream::println!("{:#}", json!({ "stateMachines": machines }));
    } else if machines.is_empty() {
        anstream::println!("there are no state machines; `stepwell machine create` makes one");
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["state machine", "type", "created", "ARN"]);
        for machine in &machines {
            let text = |name: &str| plain(machine[name].as_str().unwrap_or_default()).into_owned();
            let created = shown::time(&machine["creationDate"]);
            table.add_row([text("name"), text("type"), created, text("stateMachineArn")]);
        }
        anstream::println!("{}", table.trim_fmt());
    }
    Ok(Verdict::Good)
}
