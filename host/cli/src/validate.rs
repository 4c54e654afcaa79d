//! `stepwell validate`.

use std::{io::Read as _, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use stepwell_asl::{Diagnostic, StateMachine, diagnostic::Severity};

use crate::{Verdict, report};

/// Check a definition and print all its problems at once.
///
/// Each problem comes with file, line and column, the code that AWS gives it, and what to do about
/// it. The exit code is 0 where there is no error, 1 where there is one.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The definition; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print one JSON document for programs: `result` is OK or FAIL, as AWS's
    /// ValidateStateMachineDefinition has it, with `diagnostics`.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    result: &'static str,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
    line: Option<usize>,
    column: Option<usize>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let (text, name) = if arguments.file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read the definition from stdin")?;
        (text, "stdin".to_owned())
    } else {
        let name = arguments.file.display().to_string();
        let text = std::fs::read_to_string(&arguments.file)
            .with_context(|| format!("cannot read the definition {name}"))?;
        (text, name)
    };
    let findings = match StateMachine::parse(&text) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    };
    let bad = findings.iter().any(|finding| finding.severity == Severity::Error);
    if arguments.json {
        anstream::println!("{}", serde_json::to_string_pretty(&answer(&text, &findings, bad))?);
    } else {
        if !findings.is_empty() {
            let colour =
                anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
            anstream::println!("{}\n", report::render(&text, &name, &findings, colour));
        }
        anstream::println!("{name}: {}", report::count(&findings));
    }
    Ok(if bad { Verdict::Bad } else { Verdict::Good })
}

fn answer<'a>(text: &str, findings: &'a [Diagnostic], bad: bool) -> Answer<'a> {
    let diagnostics = findings
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.span.as_ref().map(|span| report::line_column(text, span.start));
            Finding {
                diagnostic,
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
            }
        })
        .collect();
    Answer { result: if bad { "FAIL" } else { "OK" }, diagnostics }
}
