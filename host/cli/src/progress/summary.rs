//! What is shown once an execution has ended.

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::HumanBytes;
use serde_json::{Value, json};
use std::time::Duration;
use stepwell_interpreter::Outcome;

use super::{End, Tracker, Visit, amount, seconds};
use crate::plain::plain;

const DIM: Style = Style::new().dimmed();

/// A table of the tasks that ran: a line for each entry of a Task state.
pub(crate) fn tasks(visits: &[Visit]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["task", "runs", "attempts", "ended", "time", "fuel", "peak memory"]);
    for visit in visits {
        let Some(task) = &visit.task else { continue };
        table.add_row([
            plain(&visit.state).into_owned(),
            plain(&task.resource).into_owned(),
            task.attempts.to_string(),
            plain(ended(&task.end)).into_owned(),
            seconds(Duration::from_millis(task.usage.duration_ms)),
            amount(task.usage.fuel),
            HumanBytes(task.usage.peak_memory).to_string(),
        ]);
    }
    if table.is_empty() {
        return String::new();
    }
    for right in [2, 4, 5, 6] {
        if let Some(column) = table.column_mut(right) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("\n{}\n\n", table.trim_fmt())
}

/// How a task ended: its error's name, where it failed.
fn ended(end: &End) -> &str {
    match end {
        End::Running => "running",
        End::Succeeded => "well",
        End::Cancelled => "cancelled",
        End::Failed(failure) => failure.error.as_deref().unwrap_or("failed"),
    }
}

/// The outcome: what is output on standard output, all else on standard error.
pub(crate) fn outcome(outcome: &Outcome) {
    let (colour, failure) = match outcome {
        Outcome::Succeeded { output } => {
            let green = AnsiColor::Green.on_default().bold();
            anstream::eprintln!("{green}SUCCEEDED{green:#}");
            anstream::println!("{}", plain(&pretty(output.value())));
            return;
        }
        Outcome::Failed(failure) => (AnsiColor::Red, failure),
        Outcome::TimedOut(failure) | Outcome::Aborted(failure) => (AnsiColor::Yellow, failure),
    };
    let colour = colour.on_default().bold();
    let status = status(outcome);
    let error = failure.error.as_deref().unwrap_or("(no error name)");
    anstream::eprintln!("{colour}{status}{colour:#} {}", plain(error));
    if let Some(cause) = failure.cause.as_deref().filter(|cause| !cause.is_empty()) {
        anstream::eprintln!("{DIM}{}{DIM:#}", plain(cause));
    }
}

/// As DescribeExecution names it.
pub(crate) fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded { .. } => "SUCCEEDED",
        Outcome::Failed(_) => "FAILED",
        Outcome::TimedOut(_) => "TIMED_OUT",
        Outcome::Aborted(_) => "ABORTED",
    }
}

pub(crate) fn pretty(value: &Value) -> String {
    // Writing a value to a string cannot fail; `{:#}` is serde_json's own way to say so.
    format!("{value:#}")
}

/// The last line of `--json`.
pub(crate) fn result(outcome: &Outcome, tracker: &Tracker) -> Value {
    let mut result = match outcome {
        Outcome::Succeeded { output } => json!({ "output": output.value() }),
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            json!({ "error": failure.error, "cause": failure.cause })
        }
    };
    result["status"] = status(outcome).into();
    result["tasks"] = tracker
        .visits()
        .iter()
        .filter_map(|visit| {
            let task = visit.task.as_ref()?;
            Some(json!({
                "state": visit.state,
                "resource": task.resource,
                "attempts": task.attempts,
                "ended": ended(&task.end),
                "fuel": task.usage.fuel,
                "peakMemory": task.usage.peak_memory,
                "durationMs": task.usage.duration_ms,
            }))
        })
        .collect();
    result
}
