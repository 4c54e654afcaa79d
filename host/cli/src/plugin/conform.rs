//! `stepwell plugin conform`.

use std::path::{Path, PathBuf};

use anstyle::Style;
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use stepwell_build::Project;
use stepwell_conformance::{CHECKS, Example, Level, Plan, conform, report};

use super::{
    case::Case,
    config::{PluginLimits, make_directories, seen_from_here},
    grant_flags::GrantFlags,
    inline::inline,
};
use crate::{Verdict, plain::plain, sandbox};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Check whether a plugin keeps the contract, point by point.
///
/// Each check says what it tried, what it saw, and on which sentence of the contract it rests. The
/// exit code is 1 if one fails. Inputs come from examples/*.json, as `plugin test` has them, and
/// for tasks of which no example succeeds from their input schemas. Calls with these get what the
/// plugin wants of directories, stores and secrets, made up and thrown away; what else they need is
/// to be granted here.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, the WASI command, or the folder of a plugin that was built.
    #[arg(value_name = "FILE", required_unless_present = "list")]
    file: Option<PathBuf>,

    /// How far to go: core, strict, hardened.
    #[arg(long, value_name = "LEVEL", default_value_t)]
    level: Level,

    /// How to tell what was found.
    #[arg(long, value_enum, default_value_t)]
    report: Format,

    /// Only checks whose ids begin so, whatever their level.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,

    /// What generated inputs follow from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Where the examples are; those of a plugin's folder by default.
    #[arg(long, value_name = "DIR")]
    examples: Option<PathBuf>,

    /// Show all checks and the sentences that they rest on.
    #[arg(long)]
    list: bool,

    /// What a call may use, as in a stepwell.toml: '{ fuel = 500_000_000, memory = "64MiB" }'.
    #[arg(long, value_name = "TOML", value_parser = inline::<PluginLimits>)]
    limits: Option<PluginLimits>,

    #[command(flatten)]
    grants: GrantFlags,
}

/// How to tell what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For systems that show what tests have found.
    Junit,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Some(given) = &arguments.file else {
        list();
        return Ok(Verdict::Good);
    };
    if arguments.list {
        list();
        return Ok(Verdict::Good);
    }
    let file = match given.is_dir() {
        true => Project::read(given)?.output(),
        false => given.clone(),
    };
    let here = std::env::current_dir().context("cannot tell where we are")?;
    let default = Plan::default();
    let limits = arguments.limits.unwrap_or_default().limits_over(default.limits)?;
    let grants = arguments.grants.spec(&here)?;
    make_directories(&grants)?;
    let folder = arguments.examples.clone().or_else(|| beside(given));
    let plan = Plan {
        level: arguments.level,
        seed: arguments.seed,
        only: arguments.only,
        examples: folder.map_or(Ok(Vec::new()), |folder| examples(&folder))?,
        grants,
        limits,
    };
    let found = conform(&sandbox::open()?, &file, &plan).await?;
    match arguments.report {
        Format::Text => anstream::print!("{}", report::text(&found)),
        Format::Json => anstream::println!("{}", report::json(&found)),
        Format::Junit => anstream::print!("{}", report::junit(&found)?),
    }
    Ok(if found.conforms() { Verdict::Good } else { Verdict::Bad })
}

fn list() {
    for check in CHECKS {
        let (id, level, duty) = (check.id, check.level, check.duty.as_str());
        anstream::println!(
            "{BOLD}{id}{BOLD:#}  {level}, {duty}\n  {}\n  {DIM}{}{DIM:#}",
            check.statement,
            check.place.file()
        );
    }
}

/// The examples of a plugin's folder.
fn beside(given: &Path) -> Option<PathBuf> {
    Some(given.join("examples")).filter(|folder| given.is_dir() && folder.is_dir())
}

/// The examples in a directory, by name. Paths in them are those of the folder that it lies in.
fn examples(directory: &Path) -> Result<Vec<Example>> {
    let files = Case::list(directory)?;
    let directory = directory
        .canonicalize()
        .with_context(|| format!("cannot read the examples in {}", directory.display()))?;
    let folder = directory.parent().unwrap_or(&directory);
    let example = |(name, path): &(String, PathBuf)| {
        let Case { task, input, key, grants, answers, limits, expected } = Case::read(path)?;
        Ok(Example {
            name: plain(name).into_owned(),
            task,
            input,
            key,
            grants: seen_from_here(folder, &grants),
            answers,
            limits: limits.limits()?,
            expected: Some(expected),
        })
    };
    files.iter().map(example).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use stepwell_conformance::Expected;

    use super::*;

    #[test]
    fn examples_are_read_by_name_with_paths_of_the_plugins_folder() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("examples");
        fs::create_dir(&directory).unwrap();
        let grants = r#"{"directories": [{"host": "data", "guest": "/data"}]}"#;
        let text = format!(r#"{{"task": "t", "input": 1, "grants": {grants}, "output": 2}}"#);
        fs::write(directory.join("two.json"), text).unwrap();
        fs::write(directory.join("one.json"), r#"{"input": 1, "error": {"error": "E"}}"#).unwrap();
        fs::write(directory.join("notes.txt"), "no example").unwrap();
        let found = examples(&directory).unwrap();
        let names: Vec<_> = found.iter().map(|example| example.name.as_str()).collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(found[1].expected, Some(Expected::Output(2.into())));
        let host = &found[1].grants.directories[0].host;
        assert_eq!(*host, folder.path().canonicalize().unwrap().join("data"));
    }

    #[test]
    fn examples_that_are_not_there_are_named() {
        let error = format!("{:#}", examples(Path::new("/nowhere")).unwrap_err());
        assert_eq!(
            error,
            "cannot read the examples in /nowhere: No such file or directory (os error 2)"
        );
    }
}
