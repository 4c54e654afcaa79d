//! `stepwell plugin test`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use stepwell_build::{Project, Tools};
use stepwell_conformance::{Expected, copied};
use stepwell_sandbox::{Answers, Done, Plugin, key_value::Memory};

use super::{call::Call, case::Case, config::seen_from_here};
use crate::{Verdict, plain::plain, sandbox};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Build a plugin, and run the examples that lie beside it.
///
/// An example is a file examples/NAME.json: {"task": "greet", "input": {"name": "Ada"}, "output":
/// {"text": "Hello, Ada!"}}. The output must be the same JSON. Instead of an output there may be an
/// "error", as {"error": "Greeter.Nobody", "cause": "..."} with or without a cause. "grants" and
/// "limits" are as in a stepwell.toml; "http" says what is answered to requests that are granted,
/// as [{"request": "GET https://api.example.com/", "answer": {"status": 200, "body": {}}}], and
/// nothing goes to the network then; "secrets" grants made-up ones, as {"token": {"value": "x",
/// "hosts": ["api.example.com"]}}. "task" may be left out where there is only one, and
/// "idempotency-key" where the end does not depend on it. Paths of
/// directories are those of the plugin's folder, and a directory that is granted read-write is a
/// copy that is thrown away.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Only examples whose names contain this.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,

    /// Take this file instead of building one.
    #[arg(long, value_name = "WASM")]
    file: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let project = Project::read(&arguments.folder)?;
    let file = match arguments.file {
        Some(file) => file,
        None => project.build(&Tools::default())?.file,
    };
    let plugin = sandbox::open()?
        .admit_file(&file)
        .await
        .with_context(|| format!("{} cannot be used as a plugin", file.display()))?;
    let examples = examples(&arguments.folder, &arguments.only)?;
    let mut failed = 0;
    for (name, path) in &examples {
        let case = Case::read(path)?;
        let outcome = try_case(&case, &arguments.folder, &plugin).await;
        match outcome.with_context(|| format!("{} cannot be run", path.display()))? {
            None => anstream::println!("{GOOD}ok{GOOD:#}      {}", plain(name)),
            Some(difference) => {
                failed += 1;
                anstream::println!("{BAD}failed{BAD:#}  {}\n{difference}", plain(name));
            }
        }
    }
    let passed = examples.len() - failed;
    anstream::println!("{DIM}{passed} of {} examples passed{DIM:#}", examples.len());
    Ok(if failed == 0 { Verdict::Good } else { Verdict::Bad })
}

/// The examples of a plugin, by name.
fn examples(folder: &Path, only: &str) -> Result<Vec<(String, PathBuf)>> {
    let directory = folder.join("examples");
    let mut examples = Case::list(&directory)?;
    examples.retain(|(name, _)| name.contains(only));
    if examples.is_empty() {
        bail!(
            "there are no examples{} in {}",
            if only.is_empty() { "" } else { " of that name" },
            directory.display()
        );
    }
    Ok(examples)
}

/// Runs an example; what was other than expected, if anything was.
async fn try_case(case: &Case, folder: &Path, plugin: &Plugin) -> Result<Option<String>> {
    let copies = tempfile::tempdir().context("cannot make a directory")?;
    let grants = copied(&seen_from_here(folder, &case.grants), copies.path())
        .context("cannot copy the directories that are granted")?;
    let done = Call {
        plugin,
        task: case.task.as_deref(),
        input: &case.input.to_string(),
        key: case.key.as_deref(),
        grants,
        answers: case.answers.clone().map(|answers| Arc::new(answers) as Arc<dyn Answers>),
        limits: case.limits.limits()?,
        key_value: Arc::new(Memory::default()),
    }
    .make()
    .await?;
    let unanswered = || {
        let asked = case.answers.iter().flat_map(stepwell_conformance::Answers::unanswered);
        asked.map(|asked| format!("\n  no answer {}", plain(&asked))).collect::<String>()
    };
    let is_met = case.expected.is_met(&done.result);
    let difference = || format!("{}\n{}{}", expected(&case.expected), shown(&done), unanswered());
    Ok((!is_met).then(difference))
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Output(output) => format!("  expected  {}", plain(&output.to_string())),
        Expected::Error { error, cause: None } => {
            format!("  expected  the error {}", plain(error))
        }
        Expected::Error { error, cause: Some(cause) } => {
            format!("  expected  the error {}, for: {}", plain(error), indented(cause))
        }
    }
}

/// How the call ended, and what it wrote to its log.
fn shown(done: &Done) -> String {
    let got = match &done.result {
        Ok(output) => format!("  output    {}", plain(output)),
        Err(failure) => format!(
            "  error     {}\n  cause     {}",
            plain(&failure.error),
            indented(&failure.cause)
        ),
    };
    match done.log.text().trim_end() {
        "" => got,
        log => format!("{got}\n  log       {}", indented(log)),
    }
}

fn indented(text: &str) -> String {
    plain(text).replace('\n', "\n            ")
}
