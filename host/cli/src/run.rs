//! `stepwell run`.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use stepwell_asl::{
    StateMachine,
    definition::Type,
    diagnostic::Code,
    resource::Resource,
    tasks::{Call, Problem, Task, Tasks},
};
use stepwell_engine::{
    Clock, Engine, Handle, Machine, StartExecution, Update,
    mock::{Mocked, Script},
};
use stepwell_interpreter::{Event, Outcome, Timestamp, event::Timestamps};
use stepwell_tasks::Plugins;

use crate::{
    Verdict,
    failure::Explained,
    input,
    progress::{Tracker, View, summary},
    project::Project,
    report, sandbox,
};

/// The account that `stepwell run` runs as.
const TENANT: &str = "000000000000";

/// When an execution with `--seed` starts: 2000-01-01T00:00:00Z.
const SEEDED_START: Timestamp = Timestamp::constant(946_684_800, 0);

/// Run a workflow, here and now.
///
/// Reads DIR/stepwell.toml, checks the definition against the plugins, runs one execution and
/// shows what happens. Progress goes to standard error, the execution's output to standard output.
/// The exit code is 0 where the execution succeeded, 1 where it did not, 2 where it could not start.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The directory that holds the workflow's stepwell.toml.
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// The execution's input: a file (looked for here, then in DIR), `-` for standard input, or
    /// JSON text itself.
    #[arg(long, short, value_name = "FILE|-|JSON", default_value = "{}")]
    input: String,

    /// Skip what the execution only waits for: waits and back-offs take no time, and the history
    /// shows the times as if they had.
    #[arg(long)]
    fast_forward: bool,

    /// Derive all randomness of the execution from a number: its name, jitter, UUIDs, what $random
    /// draws. With --fast-forward its clock starts at --start-time and moves only from timer to
    /// timer, so that mocked runs of the same number write the same history to the byte. Tasks
    /// that are not mocked draw and take time of their own.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// What the clock shows at the start: now by default, 2000-01-01T00:00:00Z with --seed.
    #[arg(long, value_name = "TIME", requires = "fast_forward")]
    start_time: Option<Timestamp>,

    /// Answer tasks from a file instead of running them: an object with, for each state, its
    /// answers in order ({"output": ...} or {"error": ..., "cause": ...}; the last one repeats),
    /// or the mock configuration of Step Functions Local with the test case behind a `#`.
    #[arg(long, value_name = "FILE[#CASE]")]
    mocks: Option<String>,

    /// Write the execution's events to a file, as GetExecutionHistory gives them.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Print JSON for programs, one object a line: each event, each attempt of a task, and at the
    /// end the result.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let project = Project::read(&arguments.directory)?;
    let input = input::read(&arguments.input, &project.directory)?;
    let file = project.definition();
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read the definition {}", file.display()))?;
    let script = read_script(arguments.mocks.as_deref(), &project, &text)?;
    let (definition, plugins) = check(&text, &project, &script).await?;

    let clock = clock(&arguments);
    let mut view = View::new(arguments.json, clock.now());
    let engine = Engine::new(Arc::new(Mocked::new(script, Arc::new(plugins))), clock)
        .with_buckets(project.buckets()?);
    // The interpreter draws from its execution's ARN, which has the name in it.
    let name = arguments.seed.map(|seed| format!("seed-{seed}"));
    let machine = Arc::new(Machine::new(TENANT, project.name(), definition));
    let mut execution = engine.start(machine, StartExecution { name, input });
    let (tracker, events) = follow(&mut execution, &mut view).await?;
    view.finish();
    let outcome = execution.outcome().await;

    if let Some(file) = &arguments.history {
        write_history(&events, file)?;
    }
    if arguments.json {
        anstream::println!("{}", json!({ "result": summary::result(&outcome, &tracker) }));
    } else {
        anstream::eprint!("{}", summary::tasks(tracker.visits()));
        summary::outcome(&outcome);
    }
    Ok(if matches!(outcome, Outcome::Succeeded { .. }) { Verdict::Good } else { Verdict::Bad })
}

impl Arguments {
    /// Whether tasks must not overtake each other, as they do where threads run them.
    pub(crate) fn in_order(&self) -> bool {
        self.seed.is_some()
    }
}

fn clock(arguments: &Arguments) -> Clock {
    match (arguments.fast_forward, arguments.seed, arguments.start_time) {
        (false, ..) => Clock::system(),
        (true, Some(_), start) => Clock::simulated(start.unwrap_or(SEEDED_START)),
        (true, None, Some(start)) => Clock::starting_at(start).fast_forward(),
        (true, None, None) => Clock::system().fast_forward(),
    }
}

/// Checks the definition against the project's plugins, as `stepwell validate` does.
async fn check(text: &str, project: &Project, script: &Script) -> Result<(StateMachine, Plugins)> {
    let plugins = project.admit(&sandbox::open()?).await;
    let parsed = match &plugins {
        Ok(plugins) => {
            StateMachine::parse_with(Type::Standard, text, &Unanswered { plugins, script })
        }
        // What is wrong with the definition itself comes first.
        Err(_) => StateMachine::parse(text),
    };
    let definition = parsed.map(|parsed| parsed.machine).map_err(|findings| {
        let colour =
            anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        let name = project.definition().display().to_string();
        Explained {
            what: format!("{name} has {}", report::count(&findings)),
            details: format!("\n{}", report::render(text, &name, &findings, colour)),
        }
    })?;
    Ok((definition, plugins?))
}

/// The tasks of the states that no script answers for: the others may call what there is not.
struct Unanswered<'a> {
    plugins: &'a Plugins,
    script: &'a Script,
}

impl Tasks for Unanswered<'_> {
    fn find(&self, call: &Call<'_>) -> Result<Task<'_>, Problem> {
        if self.script.answers(call.state) {
            return Ok(Task::default());
        }
        if let Some(message) = needs_host(call.resource) {
            return Err(Problem {
                code: Code::NeedsHost,
                message,
                help: NEEDS_HOST_HELP.to_owned(),
            });
        }
        self.plugins.find(call)
    }
}

/// What to do about a task that one execution alone cannot run.
const NEEDS_HOST_HELP: &str = "This needs a host with an API: start one with `stepwell dev`. Or \
                               mock the state with --mocks.";

/// Why there is nobody to do what the resource asks for, where one execution runs alone.
fn needs_host(resource: &Resource) -> Option<String> {
    if matches!(resource, Resource::Activity(_)) {
        return Some("The state waits for an answer from outside (an activity)".to_owned());
    }
    if resource.waits_for_token() {
        return Some("The state waits for an answer from outside (.waitForTaskToken)".to_owned());
    }
    resource.is_built_in().then(|| "The state calls the API of Step Functions".to_owned())
}

/// Reads `--mocks`, which must answer for states of the definition; without it, a script that
/// answers nothing.
fn read_script(mocks: Option<&str>, project: &Project, definition: &str) -> Result<Script> {
    let Some(mocks) = mocks else { return Ok(Script::default()) };
    let (file, case) = match mocks.split_once('#') {
        Some((file, case)) => (file, Some(case)),
        None => (mocks, None),
    };
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the mocks {file}"))?;
    let script = Script::parse(&text, project.name(), case)
        .with_context(|| format!("the mocks {file} cannot be used"))?;
    // What is wrong with the definition is told later, with what its tasks add to it.
    if let Ok(parsed) = StateMachine::parse(definition) {
        let checked = script.check(&parsed.machine);
        checked.with_context(|| format!("the mocks {file} cannot be used"))?;
    }
    Ok(script)
}

/// Shows the execution until it ends. An interrupt stops it, as StopExecution would.
async fn follow(execution: &mut Handle, view: &mut View) -> Result<(Tracker, Vec<Event>)> {
    let mut tracker = Tracker::default();
    let mut events = Vec::new();
    loop {
        let update = tokio::select! {
            update = execution.next() => update,
            interrupt = tokio::signal::ctrl_c() => {
                interrupt.context("cannot wait for an interrupt")?;
                execution.stop(
                    Some("Stepwell.Interrupted".to_owned()),
                    Some("The execution was interrupted at the terminal.".to_owned()),
                );
                continue;
            }
        };
        let Some(update) = update else { return Ok((tracker, events)) };
        let notices = tracker.follow(&update);
        view.show(&update, &notices);
        if let Update::Step(step) = update {
            events.extend(step.events);
        }
    }
}

fn write_history(events: &[Event], file: &std::path::Path) -> Result<()> {
    let events: Vec<_> = events.iter().map(|event| event.to_aws(Timestamps::Iso8601)).collect();
    let text = serde_json::to_string_pretty(&json!({ "events": events }))?;
    std::fs::write(file, text + "\n")
        .with_context(|| format!("cannot write the history to {}", file.display()))
}
