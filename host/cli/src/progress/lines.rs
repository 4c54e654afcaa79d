//! Each thing that happens as a line.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::HumanBytes;
use stepwell_engine::MapRunProgress;
use stepwell_interpreter::Timestamp;

use super::tracker::{Notice, Visit, What};
use crate::plain::plain;

const DIM: Style = Style::new().dimmed();

/// Writes lines that begin with the time since the execution started.
pub(crate) struct Lines {
    started: Timestamp,
}

impl Lines {
    pub(super) fn new(started: Timestamp) -> Self {
        Self { started }
    }

    /// The line, or lines, for a notice.
    pub(super) fn line(&self, notice: &Notice) -> String {
        let Notice { at, visit, what } = notice;
        let (mark, colour, text) = match what {
            What::Entered => ('>', AnsiColor::Cyan, String::new()),
            What::Left => ('+', AnsiColor::Green, used(visit, since(visit.entered, *at))),
            What::Cancelled => ('x', AnsiColor::Yellow, "cancelled".to_owned()),
            What::AttemptFailed { failure, retry_in } => {
                let error = failure.error.as_deref().unwrap_or("failed");
                let cause = failure.cause.as_deref().unwrap_or_default();
                let cause = match cause.lines().next() {
                    Some(first) => format!(": {first}"),
                    None => String::new(),
                };
                let next = match retry_in {
                    Some(delay) => format!(" {DIM}(next attempt in {}){DIM:#}", seconds(*delay)),
                    None => String::new(),
                };
                ('!', AnsiColor::Red, format!("{}{}{next}", plain(error), plain(&cause)))
            }
            What::MapRun(progress) => ('*', AnsiColor::Cyan, map_run(progress)),
            What::ChildFailed(child) => {
                let error = child.failure.error.as_deref().unwrap_or("failed");
                let cause = child.failure.cause.as_deref().unwrap_or_default();
                let cause = cause.lines().next().unwrap_or_default();
                let name = &child.identity.execution_name;
                let text =
                    format!("{DIM}{}{DIM:#} {}: {}", plain(name), plain(error), plain(cause));
                ('!', AnsiColor::Red, text)
            }
            What::Log(log) => {
                let margin = format!("\n{:width$}", "", width = 13 + 2 * visit.depth);
                let log = plain(log).replace('\n', &margin);
                ('|', AnsiColor::BrightBlack, format!("{DIM}{log}{DIM:#}"))
            }
        };
        let colour = colour.on_default();
        let indent = "  ".repeat(visit.depth);
        let time = seconds(since(self.started, *at));
        let line = format!(
            "{DIM}{time:>9}{DIM:#}  {indent}{colour}{mark}{colour:#} {}  {text}",
            plain(&visit.state)
        );
        line.trim_end().to_owned()
    }
}

/// How far a Map Run is: `400 of 1000 items, 3 failed`.
pub(super) fn map_run(progress: &MapRunProgress) -> String {
    let items = progress.items;
    let ended = items.succeeded + items.failed + items.timed_out + items.aborted;
    let mut text = format!("{ended} of {} items", items.total);
    for (count, what) in
        [(items.failed, "failed"), (items.timed_out, "timed out"), (items.aborted, "aborted")]
    {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text
}

/// How long a state took, and what its task used.
fn used(visit: &Visit, took: Duration) -> String {
    let took = seconds(took);
    let Some(task) = &visit.task else {
        return format!("{DIM}{took}{DIM:#}");
    };
    let attempts = match task.attempts {
        1 => String::new(),
        attempts => format!(", {attempts} attempts"),
    };
    let fuel = amount(task.usage.fuel);
    let memory = HumanBytes(task.usage.peak_memory);
    format!("{DIM}{took}{attempts}, {fuel} fuel, {memory}{DIM:#}")
}

fn since(start: Timestamp, at: Timestamp) -> Duration {
    at.duration_since(start).try_into().unwrap_or_default()
}

/// `12 ms`, `3.2 s`, `2m 5s`.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        whole => format!("{}m {}s", whole / 60, whole % 60),
    }
}

/// `950`, `12.3 k`, `4.5 M`: with a thousand as the step.
pub(crate) fn amount(count: u64) -> String {
    let mut scaled = count as f64;
    for unit in ["", " k", " M", " G"] {
        if scaled < 999.95 {
            let digits = usize::from(!unit.is_empty());
            return format!("{scaled:.digits$}{unit}");
        }
        scaled /= 1000.0;
    }
    format!("{scaled:.1} T")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_times_are_short() {
        assert_eq!(amount(950), "950");
        assert_eq!(amount(12_345), "12.3 k");
        assert_eq!(amount(999_999), "1.0 M");
        assert_eq!(amount(u64::MAX), "18446744.1 T");
        assert_eq!(seconds(Duration::from_millis(12)), "12 ms");
        assert_eq!(seconds(Duration::from_millis(3_210)), "3.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2m 5s");
    }
}
