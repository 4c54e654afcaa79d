//! `stepwell plugin inspect`.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use clap::Args;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use stepwell_sandbox::{
    Effect, Info, Kind,
    grants::{Access, Spec},
};

use crate::{Verdict, plain::plain, project::Project, sandbox};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Show what a plugin is: its tasks and schemas, what it imports and wants, and what it is granted.
///
/// The file is admitted just as the host admits it, so a plugin that can be inspected can be run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, or the WASI command.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Show the grants that the project in DIR gives to this file.
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    info: &'a Info,
    /// By the name under which the project has the plugin.
    #[serde(serialize_with = "all_without_values")]
    grants: Vec<(String, Spec)>,
}

/// The grants, but of environment variables the names alone: the values may be secrets.
pub(super) fn without_values(spec: &Spec) -> Result<Value> {
    let mut document = serde_json::to_value(spec)?;
    document["environment"] = json!(spec.environment.keys().collect::<Vec<_>>());
    Ok(document)
}

fn all_without_values<S: Serializer>(
    grants: &[(String, Spec)],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let shown = grants.iter().map(|(name, spec)| Ok((name, without_values(spec)?)));
    let shown = shown.collect::<Result<Vec<_>>>().map_err(serde::ser::Error::custom)?;
    serializer.collect_seq(shown)
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let file = arguments.file.display();
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("cannot read {file}"))?;
    let plugin = sandbox::open()?
        .admit(bytes)
        .await
        .with_context(|| format!("{file} cannot be used as a plugin"))?;
    let grants = match &arguments.project {
        Some(directory) => Project::read(directory)?.granted(&arguments.file),
        None => Vec::new(),
    };
    let report = Report { info: plugin.info(), grants };
    if arguments.json {
        anstream::println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        report.show(arguments.project.is_some());
    }
    Ok(Verdict::Good)
}

impl Report<'_> {
    fn show(&self, in_project: bool) {
        let info = self.info;
        let kind = match info.kind {
            Kind::Component => "component",
            Kind::Command => "WASI command",
        };
        anstream::println!("{BOLD}{}{BOLD:#} {}  {DIM}{kind}{DIM:#}", info.name, info.version);
        if !info.summary.is_empty() {
            anstream::println!("{}", plain(&info.summary));
        }
        anstream::println!("{DIM}{}{DIM:#}", info.digest);
        self.show_tasks();
        heading("imports");
        list(info.imports.iter().cloned(), "nothing");
        heading("wants");
        list(self.wants(), "nothing");
        heading("grants");
        if self.grants.is_empty() && in_project {
            anstream::println!("  nothing: the project has no plugin from this file");
        }
        for (name, spec) in &self.grants {
            anstream::println!("  as {BOLD}{name}{BOLD:#}:");
            list(granted(spec), "nothing");
        }
        if !in_project {
            anstream::println!(
                "  nothing: a plugin is granted only what a project gives it (--project)"
            );
        }
    }

    fn show_tasks(&self) {
        heading("tasks");
        let cyan = AnsiColor::Cyan.on_default();
        for task in &self.info.tasks {
            let effect = match task.effect {
                Effect::Pure => "pure",
                Effect::Idempotent => "idempotent",
                Effect::AtMostOnce => "at-most-once",
            };
            anstream::println!(
                "  {cyan}{}{cyan:#}  {DIM}{effect}{DIM:#}  {}",
                task.name,
                plain(&task.summary)
            );
            for (side, schema) in [("input", &task.input_schema), ("output", &task.output_schema)] {
                let schema = match schema {
                    Some(schema) => plain(&format!("{schema:#}")).replace('\n', "\n    "),
                    None => "anything".to_owned(),
                };
                anstream::println!("    {DIM}{side}{DIM:#} {schema}");
            }
        }
    }

    fn wants(&self) -> impl Iterator<Item = String> {
        let wants = &self.info.wants;
        let of = |kind: &'static str, names: &Vec<String>| {
            names.clone().into_iter().map(move |name| format!("{kind} {name}"))
        };
        of("http", &wants.http)
            .chain(of("secret", &wants.secrets))
            .chain(of("config", &wants.config))
            .chain(of("directory", &wants.directories))
            .chain(of("key-value", &wants.key_value))
    }
}

/// The grants, one a line.
pub(super) fn granted(spec: &Spec) -> impl Iterator<Item = String> {
    let directories = spec.directories.iter().map(|directory| {
        let access = match directory.access {
            Access::ReadOnly => "read-only",
            Access::ReadWrite => "read-write",
        };
        format!("directory {} = {}, {access}", directory.guest, directory.host.display())
    });
    let connect = spec.connect.iter().map(|endpoint| format!("connect {endpoint}"));
    let environment = spec.environment.keys().map(|name| format!("environment {name}"));
    directories.chain(connect).chain(environment)
}

fn heading(title: &str) {
    anstream::println!("\n{BOLD}{title}{BOLD:#}");
}

fn list(lines: impl Iterator<Item = String>, none: &str) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        anstream::println!("  {none}");
    }
    for line in lines {
        anstream::println!("  {}", plain(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_are_not_shown() {
        let environment = [("TOKEN".to_owned(), "hush".to_owned())].into();
        let grants = vec![("one".to_owned(), Spec { environment, ..Spec::default() })];
        let shown = all_without_values(&grants, serde_json::value::Serializer).unwrap();
        assert_eq!(shown[0][1]["environment"], json!(["TOKEN"]));
        assert_eq!(granted(&grants[0].1).collect::<Vec<_>>(), ["environment TOKEN"]);
    }
}
