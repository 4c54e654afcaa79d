//! `stepwell test-state`.

mod request;
mod show;

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use clap::{Args, ValueEnum};
use stepwell_engine::{Clock, Engine};
use stepwell_interpreter::test_state::{Error, InspectionLevel, Status};
use stepwell_tasks::Plugins;

use crate::{
    Verdict,
    failure::Explained,
    project::{self, Project},
    report, sandbox,
};

/// The account that a test runs as.
const TENANT: &str = "000000000000";

/// Execute one state of a definition, and show what becomes of its data.
///
/// As AWS's TestState: the state is executed on its own, and what it would go on to is named. A Task
/// runs its plugin, unless its result or its error is mocked; Map and Parallel states must be mocked.
/// Waits are skipped. What happens goes to standard error, the state's output to standard output. The
/// exit code is 0 where the workflow would go on (SUCCEEDED, CAUGHT_ERROR), 1 where it would not
/// (FAILED, RETRIABLE), 2 where the state could not be tested.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The definition of a state, or with --state of a whole machine: a file, `-` for standard
    /// input, or JSON text itself.
    #[arg(value_name = "FILE|-|JSON")]
    definition: String,

    /// Which state of the machine; one of a branch or an item processor, too.
    #[arg(long, value_name = "NAME")]
    state: Option<String>,

    /// The state's input, a file or JSON text.
    #[arg(long, short, value_name = "FILE|-|JSON", default_value = "{}")]
    input: String,

    /// What the state's work comes to, instead of doing it: an object with `result` (as it is, or as
    /// JSON text in a string) or `errorOutput` (with `error` and `cause`), and `fieldValidationMode`:
    /// whether a result must be as the service's API has it (STRICT, the default), may lack fields
    /// (PRESENT), or may be anything (NONE).
    #[arg(long, value_name = "FILE|JSON")]
    mock: Option<String>,

    /// How much is shown: how the state ended, what became of its data on the way, or the request
    /// and the response of an HTTP Task, too.
    #[arg(long, value_enum, ignore_case = true, value_name = "LEVEL", default_value = "debug")]
    inspection_level: Level,

    /// The variables there are: an object.
    #[arg(long, value_name = "FILE|JSON")]
    variables: Option<String>,

    /// The context object, for a state with a mock.
    #[arg(long, value_name = "FILE|JSON")]
    context: Option<String>,

    /// More about the test: an object with `retrierRetryCount`, `errorCausedByState`,
    /// `mapIterationFailureCount` and `mapItemReaderData`.
    #[arg(long, value_name = "FILE|JSON")]
    state_configuration: Option<String>,

    /// The directory with the stepwell.toml whose plugins a Task runs.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,

    /// Print AWS's answer as one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Info,
    Debug,
    Trace,
}

impl From<Level> for InspectionLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Verdict> {
    let (name, request) = request::read(arguments)?;
    // Without a project there are no plugins, which most states need not.
    let plugins = if request.mock.is_none() && arguments.project.join(project::FILE).is_file() {
        Project::read(&arguments.project)?.admit(&sandbox::open()?).await?
    } else {
        Plugins::default()
    };
    let engine = Engine::new(Arc::new(plugins), Clock::system().fast_forward());
    let answer = engine
        .test_state(TENANT, &request)
        .await
        .map_err(|error| refused(error, &name, &request.definition))?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        show::answer(&answer);
    }
    Ok(match answer.status {
        Status::Succeeded | Status::CaughtError => Verdict::Good,
        Status::Failed | Status::Retriable => Verdict::Bad,
    })
}

/// The findings with their places, where the definition is why; else what AWS says.
fn refused(error: Error, name: &str, text: &str) -> anyhow::Error {
    match error {
        Error::Definition(findings) => {
            let colour =
                anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
            Explained {
                what: format!("{name} has {}", report::count(&findings)),
                details: format!("\n{}", report::render(text, name, &findings, colour)),
            }
            .into()
        }
        error => anyhow::anyhow!("{error}")
            .context(format!("the state cannot be tested ({})", error.code())),
    }
}
