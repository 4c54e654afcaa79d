//! `stepwell logs`.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::HumanBytes;
use serde_json::json;
use stepwell_engine::Update;
use stepwell_interpreter::{Calls, Failure, HostCall, Step, Timestamp};

use crate::{
    Verdict,
    client::{Client, Entry, Execution, History, Options},
    plain::plain,
    progress::{End, Tracker, amount, seconds},
};

const DIM: Style = Style::new().dimmed();

/// Show the attempts of an execution's tasks: how each ended, what it used, logged and
/// called of the host.
///
/// With --follow they are shown as they end, to the execution's end, and the exit code is 0 only
/// where it succeeded. With --json each attempt is a line.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    execution: Execution,

    /// Wait for more attempts until the execution has ended.
    #[arg(long, short)]
    follow: bool,

    #[command(flatten)]
    host: Options,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let client = Client::new(&arguments.host)?;
    let execution = client.execution(&arguments.execution).await?;
    let mut history = History::of(&client, &execution);
    let mut attempts = Attempts::default();
    let mut show = |entries: &[Entry]| {
        for attempt in entries.iter().filter_map(|entry| attempts.take(entry)) {
            if arguments.host.json {
                attempt.print();
            } else {
                attempt.show();
            }
        }
    };
    if !arguments.follow {
        show(&history.all().await.context("cannot read the history")?);
        return Ok(Verdict::Good);
    }
    let mut succeeded = false;
    while let Some(entries) = history.next().await? {
        let last = entries.last().map(|entry| entry.event.details.type_name());
        succeeded = last.as_deref() == Some("ExecutionSucceeded");
        show(&entries);
    }
    Ok(if succeeded { Verdict::Good } else { Verdict::Bad })
}

/// Puts attempts together from events.
#[derive(Default)]
struct Attempts {
    tracker: Tracker,
    started: Option<Timestamp>,
}

/// An attempt of a task that has ended.
#[derive(Debug)]
struct Attempt<'a> {
    state: String,
    resource: String,
    number: u32,
    failure: Option<Failure>,
    /// Since the execution was started.
    since: Duration,
    entry: &'a Entry,
}

impl Attempts {
    /// The attempt that an event ends.
    fn take<'a>(&mut self, entry: &'a Entry) -> Option<Attempt<'a>> {
        let event = &entry.event;
        let started = *self.started.get_or_insert(event.timestamp);
        let step = Step { events: vec![event.clone()], ..Step::default() };
        self.tracker.follow(&Update::Step(step));
        let name = event.details.type_name();
        let is_end = ["Task", "LambdaFunction", "Activity"].iter().any(|what| {
            let end = name.strip_prefix(what);
            end.is_some_and(|end| ["Succeeded", "Failed", "TimedOut"].contains(&end))
        });
        let visit = self.tracker.visit(event.id).filter(|_| is_end)?;
        let task = visit.task.as_ref()?;
        let failure = match &task.end {
            End::Failed(failure) => Some(failure.clone()),
            _ => None,
        };
        let since = event.timestamp.duration_since(started);
        Some(Attempt {
            state: visit.state.clone(),
            resource: task.resource.clone(),
            number: task.attempts,
            failure,
            since: since.try_into().unwrap_or_default(),
            entry,
        })
    }
}

impl Attempt<'_> {
    fn show(&self) {
        let (mark, colour) = match self.failure {
            None => ('+', AnsiColor::Green),
            Some(_) => ('!', AnsiColor::Red),
        };
        let colour = colour.on_default();
        let mut text = format!("attempt {}", self.number);
        if let Some(usage) = self.entry.event.usage {
            text += &format!(
                ", {}, {} fuel, {}",
                seconds(Duration::from_millis(usage.duration_ms)),
                amount(usage.fuel),
                HumanBytes(usage.peak_memory)
            );
        }
        let since = seconds(self.since);
        anstream::println!(
            "{DIM}{since:>9}{DIM:#}  {colour}{mark}{colour:#} {}  {DIM}{} {text}{DIM:#}",
            plain(&self.state),
            plain(&self.resource)
        );
        if let Some(failure) = &self.failure {
            let parts = [failure.error.as_deref(), failure.cause.as_deref()];
            let why: Vec<_> = parts.into_iter().flatten().collect();
            self.lines(&why.join(": "));
        }
        self.lines(self.entry.log());
        self.calls();
    }

    /// What it did that reaches outside, a line for each.
    fn calls(&self) {
        let Calls { first, more } = &self.entry.event.calls;
        for HostCall { at_ms, duration_ms, capability, what, result } in first {
            let at = seconds(self.began() + Duration::from_millis(*at_ms));
            let took = seconds(Duration::from_millis(*duration_ms));
            anstream::println!(
                "{DIM}{at:>9}  >{DIM:#} {} {}: {}  {DIM}{took}{DIM:#}",
                plain(capability),
                plain(what),
                plain(result)
            );
        }
        if *more > 0 {
            anstream::println!("{:>9}  {DIM}> and {more} more{DIM:#}", "");
        }
    }

    /// When the attempt began, since the execution was started.
    fn began(&self) -> Duration {
        let usage = self.entry.event.usage.unwrap_or_default();
        self.since.saturating_sub(Duration::from_millis(usage.duration_ms))
    }

    fn lines(&self, text: &str) {
        for line in text.trim_end().lines() {
            anstream::println!("{:>9}  {DIM}|{DIM:#} {}", "", plain(line));
        }
    }

    /// As `stepwell run --json` has it.
    fn print(&self) {
        let failure = self.failure.as_ref();
        anstream::println!(
            "{}",
            json!({
                "attempt": {
                    "state": self.state,
                    "endedEventId": self.entry.event.id,
                    "number": self.number,
                    "error": failure.and_then(|failure| failure.error.as_ref()),
                    "cause": failure.and_then(|failure| failure.cause.as_ref()),
                    "usage": self.entry.event.usage,
                    "log": self.entry.log(),
                    "calls": self.entry.event.calls.first,
                    "moreCalls": self.entry.event.calls.more,
                }
            })
        );
    }
}
