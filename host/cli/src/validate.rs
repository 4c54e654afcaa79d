//! `stepwell validate`.

use std::{io::Read as _, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use stepwell_asl::{
    Diagnostic, StateMachine,
    definition::Type,
    diagnostic::{Outcome, Severity},
    position::Positions,
};

use crate::{
    Verdict,
    project::{self, Project},
    report, sandbox,
};

/// Check a definition and print all its problems at once.
///
/// Each problem comes with file, line and column, the code that AWS gives it, and what to do about
/// it. In a project, which is a directory with a stepwell.toml or one below it, the tasks are looked
/// for in the project's plugins, and their arguments are held against the tasks' schemas as far as
/// they are known. The exit code is 0 where there is no error, 1 where there is one, 2 where a
/// plugin cannot be used.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The definition; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Check against the plugins of the project in DIR.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,

    /// Print one JSON document for programs: `result` is OK or FAIL, as AWS's
    /// ValidateStateMachineDefinition has it, with `diagnostics`.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    result: Outcome,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
    line: Option<usize>,
    column: Option<usize>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Verdict> {
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
    let plugins = match project(arguments)? {
        Some(project) => Some(project.admit(&sandbox::open()?).await),
        None => None,
    };
    let parsed = match &plugins {
        Some(Ok(plugins)) => StateMachine::parse_with(Type::Standard, &text, plugins),
        Some(Err(_)) | None => StateMachine::parse(&text),
    };
    let findings = parsed.map_or_else(|findings| findings, |parsed| parsed.warnings);
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
    // What is wrong with the definition itself was told all the same.
    plugins.transpose()?;
    Ok(if bad { Verdict::Bad } else { Verdict::Good })
}

/// The project that was named, or that the file is in.
fn project(arguments: &Arguments) -> Result<Option<Project>> {
    if let Some(directory) = &arguments.project {
        return Project::read(directory).map(Some);
    }
    if arguments.file.as_os_str() == "-" {
        return Ok(None);
    }
    let file = std::path::absolute(&arguments.file)?;
    let directory = file.ancestors().skip(1).find(|it| it.join(project::FILE).is_file());
    directory.map(Project::read).transpose()
}

fn answer<'a>(text: &str, findings: &'a [Diagnostic], bad: bool) -> Answer<'a> {
    let positions = Positions::new(text);
    let diagnostics = findings
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.span.as_ref().map(|span| positions.at(span.start));
            Finding {
                diagnostic,
                line: place.map(|place| place.line),
                column: place.map(|place| place.column),
            }
        })
        .collect();
    Answer { result: if bad { Outcome::Fail } else { Outcome::Ok }, diagnostics }
}
