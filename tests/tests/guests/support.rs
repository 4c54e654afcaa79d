//! Runs executions of one Task state.

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};
use stepwell_asl::StateMachine;
use stepwell_engine::{Clock, Engine, Handle, Machine, StartExecution, TaskEnd, Update};
use stepwell_interpreter::{Event, Outcome, Usage, event::Details};
use stepwell_sandbox::{Grants, Limits, Options, Plugin, Sandbox};
use stepwell_tasks::{Installed, Plugins};
use tokio::sync::OnceCell;

/// The guests, compiled once for all tests of a process.
struct Guests {
    hostile: Plugin,
    wasi_echo: Plugin,
}

async fn guests() -> &'static Guests {
    static GUESTS: OnceCell<Guests> = OnceCell::const_new();
    GUESTS
        .get_or_init(|| async {
            let sandbox = Sandbox::new(&Options::default()).unwrap();
            Guests {
                hostile: admit(&sandbox, "hostile").await,
                wasi_echo: admit(&sandbox, "wasi-echo").await,
            }
        })
        .await
}

pub(crate) async fn admit(sandbox: &Sandbox, name: &str) -> Plugin {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests"));
    let file = folder.join(name).with_extension("wasm");
    assert!(
        file.exists(),
        "the guest {} is not built: run `cargo xtask guests`, or `cargo xtask test`, which does",
        file.display()
    );
    sandbox.admit_file(&file).await.unwrap()
}

/// An engine that has the guests, with these grants and limits, as `hostile` and `wasi-echo`.
pub(crate) async fn engine(grants: Grants, limits: Limits) -> Engine {
    Engine::new(Arc::new(plugins(grants, limits).await), Clock::system())
}

/// The guests as they are installed in [`engine`].
pub(crate) async fn plugins(grants: Grants, limits: Limits) -> Plugins {
    let guests = guests().await;
    let mut plugins = Plugins::default();
    for (name, plugin) in [("hostile", &guests.hostile), ("wasi-echo", &guests.wasi_echo)] {
        let installed =
            Installed { plugin: plugin.clone(), grants: grants.clone(), limits: limits.clone() };
        plugins.install(name, installed);
    }
    plugins
}

/// The plugin `payments`, which describes what its tasks take.
pub(crate) async fn payments() -> Plugins {
    let sandbox = Sandbox::new(&Options::default()).unwrap();
    let plugin = admit(&sandbox, "payments").await;
    let mut plugins = Plugins::default();
    let installed = Installed { plugin, grants: Grants::none(), limits: Limits::default() };
    plugins.install("payments", installed);
    plugins
}

/// The functions that AWS's recordings call.
pub(crate) async fn functions() -> Arc<Plugins> {
    static FUNCTIONS: OnceCell<Arc<Plugins>> = OnceCell::const_new();
    let functions = FUNCTIONS.get_or_init(|| async {
        let sandbox = Sandbox::new(&Options::default()).unwrap();
        let mut plugins = Plugins::default();
        for name in [
            "echo_function",
            "id_function",
            "large_output_string",
            "raise_custom_exception",
            "raise_exception",
            "return_bytes_str",
            "wait_60_seconds",
        ] {
            let plugin = admit(&sandbox, &format!("lambda/{name}")).await;
            let installed = Installed { plugin, grants: Grants::none(), limits: Limits::default() };
            plugins.install(name, installed);
        }
        Arc::new(plugins)
    });
    functions.await.clone()
}

/// A definition whose one Task state, `Call`, has this resource and these further fields. A
/// catcher may go on to `Caught`, which ends with the error and its cause.
pub(crate) fn definition(resource: &str, fields: Value) -> StateMachine {
    StateMachine::parse(&definition_text(resource, fields)).unwrap().machine
}

/// The text of [`definition`].
pub(crate) fn definition_text(resource: &str, fields: Value) -> String {
    let mut call = json!({ "Type": "Task", "Resource": resource, "End": true });
    let mut states = json!({});
    if fields.get("Catch").is_some() {
        states["Caught"] = json!({ "Type": "Pass", "End": true });
    }
    call.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    states["Call"] = call;
    json!({ "StartAt": "Call", "States": states }).to_string()
}

/// Starts an execution called `one` of [`definition`].
pub(crate) fn start(engine: &Engine, resource: &str, fields: Value, input: Value) -> Handle {
    let machine = Machine::new("000000000000", "test", definition(resource, fields));
    let start = StartExecution { name: Some("one".to_owned()), input: input.into() };
    engine.start(Arc::new(machine), start)
}

/// Runs the task with default limits and no grants.
pub(crate) async fn run(resource: &str, input: Value) -> Report {
    run_as(resource, json!({}), input).await
}

/// Runs the task with further fields of its state.
pub(crate) async fn run_as(resource: &str, fields: Value, input: Value) -> Report {
    let engine = engine(Grants::none(), Limits::default()).await;
    follow(start(&engine, resource, fields, input)).await
}

/// Runs the task with these limits.
pub(crate) async fn run_limited(limits: Limits, resource: &str, input: Value) -> Report {
    let engine = engine(Grants::none(), limits).await;
    follow(start(&engine, resource, json!({}), input)).await
}

/// Waits until the execution's task is running.
pub(crate) async fn running(execution: &mut Handle) {
    let started = |event: &Event| matches!(event.details, Details::TaskStarted(_));
    loop {
        match execution.next().await.expect("the execution goes on") {
            Update::Step(step) if step.events.iter().any(started) => return,
            _ => {}
        }
    }
}

/// How an execution went.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) events: Vec<Event>,
    pub(crate) attempts: Vec<TaskEnd>,
    pub(crate) outcome: Outcome,
}

/// Follows an execution to its end.
pub(crate) async fn follow(mut execution: Handle) -> Report {
    let (mut events, mut attempts) = (Vec::new(), Vec::new());
    while let Some(update) = execution.next().await {
        match update {
            Update::Step(step) => events.extend(step.events),
            Update::TaskEnded(_, end) => attempts.push(end),
            Update::MapRun(_) | Update::ChildFailed(_) => {}
        }
    }
    let report = Report { events, attempts, outcome: execution.outcome().await };
    // Nothing is said in it of the tasks that a StopExecution stopped.
    if !matches!(report.outcome, Outcome::Aborted(_)) {
        let used: Vec<_> = report.attempts.iter().filter_map(|attempt| attempt.usage).collect();
        assert_eq!(report.usage(), used, "the history has what each attempt used");
    }
    report
}

impl Report {
    /// The output of an execution that succeeded.
    pub(crate) fn output(&self) -> &Value {
        match &self.outcome {
            Outcome::Succeeded { output } => output.value(),
            other => panic!("it did not succeed: {other:?}"),
        }
    }

    /// Error and cause of an execution that failed.
    pub(crate) fn failure(&self) -> (&str, &str) {
        match &self.outcome {
            Outcome::Failed(failure) => (
                failure.error.as_deref().unwrap_or_default(),
                failure.cause.as_deref().unwrap_or_default(),
            ),
            other => panic!("it did not fail: {other:?}"),
        }
    }

    /// What the attempts used, as the history has it.
    pub(crate) fn usage(&self) -> Vec<Usage> {
        self.events.iter().filter_map(|event| event.usage).collect()
    }

    /// What the one attempt used.
    pub(crate) fn only_usage(&self) -> Usage {
        let usage = self.usage();
        assert_eq!(usage.len(), 1, "{:?}", self.events);
        usage[0]
    }
}
