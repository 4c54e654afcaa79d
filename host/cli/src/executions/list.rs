//! `stepwell list`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use crate::{
    Verdict,
    client::{Client, Options, name::last},
    plain::plain,
    shown,
};

/// Show the executions of a state machine, the newest first.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The state machine's name or ARN.
    #[arg(value_name = "MACHINE")]
    machine: String,

    /// Only those that are in this state.
    #[arg(long, value_enum, ignore_case = true, value_name = "STATUS")]
    status: Option<Status>,

    /// How many, at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    most: usize,

    #[command(flatten)]
    host: Options,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Status {
    Running,
    Succeeded,
    Failed,
    #[value(alias = "TIMED_OUT")]
    TimedOut,
    Aborted,
    #[value(alias = "PENDING_REDRIVE")]
    PendingRedrive,
}

impl Status {
    /// As the API has it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
            Self::PendingRedrive => "PENDING_REDRIVE",
        }
    }
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let machine = client.machine(&arguments.machine).await?;
    let mut request = json!({ "stateMachineArn": machine });
    if let Some(status) = arguments.status {
        request["statusFilter"] = status.as_str().into();
    }
    let most = Some(arguments.most.max(1));
    let executions = client.list("ListExecutions", request, "executions", most).await?;
    if arguments.host.json {
        anstream::println!("{:#}", json!({ "executions": executions }));
    } else if executions.is_empty() {
        anstream::println!("there are no such executions of {}", plain(&arguments.machine));
    } else {
        anstream::println!("{}", table(&executions));
    }
    Ok(Verdict::Good)
}

fn table(executions: &[Value]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["execution", "status", "started", "took", "version"]);
    for execution in executions {
        let version = match &execution["stateMachineAliasArn"] {
            Value::Null => last(&execution["stateMachineVersionArn"]),
            alias => last(alias),
        };
        table.add_row([
            plain(execution["name"].as_str().unwrap_or_default()).into_owned(),
            execution["status"].as_str().unwrap_or_default().to_owned(),
            shown::time(&execution["startDate"]),
            shown::took(&execution["startDate"], &execution["stopDate"]),
            version.to_owned(),
        ]);
    }
    table.trim_fmt()
}
