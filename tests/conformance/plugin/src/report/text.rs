//! For people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::Report;
use crate::{
    bench::clipped,
    trial::{Finding, Outcome},
};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const MEDIUM: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// A line for each check; of one that failed or warned also the sentence of the contract, what was
/// tried and what was seen. Then how many there are of each.
///
/// It has colours: print it with `anstream`, which leaves them out where nobody sees them.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(report, &mut text);
    text
}

fn write(report: &Report, text: &mut String) -> std::fmt::Result {
    let file = clipped(&report.file.display().to_string());
    match &report.about {
        Some(about) => {
            writeln!(text, "{BOLD}{} {}{BOLD:#}  {file}", about.name, about.version)?;
            writeln!(text, "{DIM}{}{DIM:#}", about.digest)?;
        }
        None => writeln!(text, "{BOLD}{file}{BOLD:#}")?,
    }
    writeln!(text)?;
    let width = report.findings.iter().map(|finding| finding.check.id.len()).max();
    for finding in &report.findings {
        one(finding, width.unwrap_or_default(), text)?;
    }
    writeln!(text)?;
    let counts: Vec<_> = [Outcome::Passed, Outcome::Failed, Outcome::Warned, Outcome::Skipped]
        .into_iter()
        .map(|outcome| (report.count(outcome), outcome))
        .filter(|(count, _)| *count > 0)
        .map(|(count, outcome)| format!("{count} {}", outcome.as_str()))
        .collect();
    let (style, verdict) = match report.conforms() {
        true => (GOOD, "conforms"),
        false => (BAD, "does not conform"),
    };
    writeln!(
        text,
        "{style}{verdict}{style:#} at level {}: {} {DIM}(seed {}, {:.1?}){DIM:#}",
        report.level,
        counts.join(", "),
        report.seed,
        report.duration
    )
}

fn one(finding: &Finding, width: usize, text: &mut String) -> std::fmt::Result {
    let style = match finding.outcome {
        Outcome::Passed => GOOD,
        Outcome::Failed => BAD,
        Outcome::Warned => MEDIUM,
        Outcome::Skipped => DIM,
    };
    let (id, outcome) = (finding.check.id, finding.outcome.as_str());
    let saw = &finding.saw;
    match finding.outcome {
        Outcome::Passed | Outcome::Skipped => {
            let saw = saw.join("; ");
            writeln!(text, "{style}{outcome:<7}{style:#}  {id:<width$}  {DIM}{saw}{DIM:#}")
        }
        Outcome::Failed | Outcome::Warned => {
            writeln!(text, "{style}{outcome:<7}{style:#}  {BOLD}{id}{BOLD:#}")?;
            let place = finding.check.place.file();
            writeln!(text, "         {place}: {}", finding.check.statement)?;
            writeln!(text, "         {DIM}tried{DIM:#} {}", finding.tried)?;
            for saw in saw {
                writeln!(text, "         {DIM}saw{DIM:#}   {saw}")?;
            }
            Ok(())
        }
    }
}
