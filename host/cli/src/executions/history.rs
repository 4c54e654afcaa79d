//! `stepwell history`.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use stepwell_interpreter::{Event, Timestamp, event::Timestamps};

use crate::{
    Verdict,
    client::{Client, Entry, Execution, History, Options},
    plain::plain,
    progress::seconds,
};

const DIM: Style = Style::new().dimmed();
/// How long the names of events are: `LambdaFunctionScheduleFailed`.
const LONGEST: usize = 28;

/// Show the events of an execution.
///
/// Each line has an event's number, its time since the execution was started, its type, and what it
/// is about. With --follow the events are shown as they come, to the execution's end, and the exit
/// code is 0 only where it succeeded; with --json then each is a line.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    execution: Execution,

    /// Wait for more events until the execution has ended.
    #[arg(long, short)]
    follow: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let execution = client.execution(&arguments.execution).await?;
    let mut history = History::of(&client, &execution);
    if !arguments.follow {
        let entries = history.all().await.context("cannot read the history")?;
        if arguments.host.json {
            let events: Vec<_> = entries.into_iter().map(|entry| entry.document).collect();
            anstream::println!("{:#}", json!({ "events": events }));
        } else {
            let mut lines = Lines::default();
            entries.iter().for_each(|entry| lines.show(&entry.event));
        }
        return Ok(Verdict::Good);
    }
    let mut lines = Lines::default();
    let mut last = None;
    while let Some(entries) = history.next().await? {
        for Entry { event, document } in entries {
            if arguments.host.json {
                anstream::println!("{document}");
            } else {
                lines.show(&event);
            }
            last = Some(event.details.type_name());
        }
    }
    Ok(if last.as_deref() == Some("ExecutionSucceeded") { Verdict::Good } else { Verdict::Bad })
}

/// Writes a line for each event.
#[derive(Default)]
struct Lines {
    started: Option<Timestamp>,
}

impl Lines {
    fn show(&mut self, event: &Event) {
        let started = *self.started.get_or_insert(event.timestamp);
        let since = event.timestamp.duration_since(started);
        let since = seconds(Duration::try_from(since).unwrap_or_default());
        let name = event.details.type_name();
        let colour = colour(&name).on_default();
        let subject = subject(event);
        let line = format!("{:>5} {DIM}{since:>9}{DIM:#}  {colour}{name}{colour:#}", event.id);
        if subject.is_empty() {
            anstream::println!("{line}");
        } else {
            let margin = " ".repeat(LONGEST.saturating_sub(name.len()));
            anstream::println!("{line}{margin}  {}", plain(&subject));
        }
    }
}

fn colour(type_name: &str) -> AnsiColor {
    match type_name {
        name if name.ends_with("Failed") => AnsiColor::Red,
        name if name.ends_with("TimedOut") || name.ends_with("Aborted") => AnsiColor::Yellow,
        name if name.ends_with("Succeeded") || name.ends_with("Exited") => AnsiColor::Green,
        _ => AnsiColor::Cyan,
    }
}

/// What an event is about: its state, its resource, why something failed.
fn subject(event: &Event) -> String {
    let event = event.to_aws(Timestamps::Epoch);
    let Some(details) = event.as_object().and_then(|event| event.values().nth(4)) else {
        return String::new();
    };
    let text = |name: &str| details[name].as_str().filter(|text| !text.is_empty());
    let resource = text("resource").map(|resource| match text("resourceType") {
        Some(type_) => format!("{type_}:{resource}"),
        None => resource.to_owned(),
    });
    let cause = text("cause").and_then(|cause| cause.lines().next());
    let failure = match (text("error"), cause) {
        (Some(error), Some(cause)) => Some(format!("{error}: {cause}")),
        (error, cause) => error.or(cause).map(str::to_owned),
    };
    let index = match &details["index"] {
        Value::Null => None,
        index => Some(format!("[{index}]")),
    };
    let name = text("name").or_else(|| text("state")).or_else(|| text("mapRunArn"));
    let parts = [name.map(str::to_owned), index, resource, failure];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_about_its_state_its_task_or_its_error() {
        let about = |document: Value| subject(&Event::from_aws(&document).unwrap());
        let event = |type_: &str, key: &str, details: Value| {
            let mut event = json!({ "id": 2, "previousEventId": 1, "timestamp": 0, "type": type_ });
            event[key] = details;
            event
        };
        let entered = event("PassStateEntered", "stateEnteredEventDetails", json!({ "name": "A" }));
        assert_eq!(about(entered), "A");
        let details = json!({
            "resourceType": "wasm", "resource": "pay/charge", "error": "Down", "cause": "one\ntwo",
        });
        let failed = event("TaskFailed", "taskFailedEventDetails", details);
        assert_eq!(about(failed), "wasm:pay/charge  Down: one");
        let details = json!({ "name": "Each", "index": 3 });
        let iteration = event("MapIterationStarted", "mapIterationStartedEventDetails", details);
        assert_eq!(about(iteration), "Each  [3]");
        assert_eq!(about(event("ParallelStateStarted", "none", Value::Null)), "");
    }
}
