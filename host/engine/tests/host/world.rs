//! A host with a store, and tasks that do what their names say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures::{FutureExt as _, future::BoxFuture};
use serde_json::{Value, json};
use stepwell_asl::{Json, definition::Type, resource::Resource};
use stepwell_engine::{
    Attempt, Clock, EffectClass, Generation, Host, Reporter, TaskEnd, TaskRunner,
    host::{Error, Order, Parts, Settings, Started},
    resources::{CreateMachine, Target},
};
use stepwell_interpreter::{Event, Outcome, RunTask, Usage, token::Key};
use stepwell_journal::{Catalog, Description, Direction, ExecutionId, Memory, Store};
use stepwell_storage::{Access, Bucket, Buckets};
use tempfile::TempDir;
use tokio::sync::watch;

pub(crate) const TENANT: &str = "000000000000";

pub(crate) struct World {
    pub(crate) store: Arc<Memory>,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    /// The bucket `b`.
    pub(crate) directory: TempDir,
    pub(crate) host: Host,
}

/// `wasm:PLUGIN/TASK`: the plugin's name is the effect class, the task's what it does.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    /// How often each state's task was begun.
    pub(crate) begun: Arc<Mutex<HashMap<String, u32>>>,
    /// What there is to run tasks in.
    pub(crate) generation: Arc<Mutex<Option<Generation>>>,
    /// The generations that each state's tasks were begun for.
    begun_for: Arc<Mutex<HashMap<String, Vec<Option<u64>>>>>,
    /// What each tenant's plugin `events` was given.
    put: Arc<Mutex<HashMap<String, Vec<Value>>>>,
    changed: Arc<watch::Sender<()>>,
    /// Whether tasks go on that wait at the gate.
    open: Arc<watch::Sender<bool>>,
}

impl Tasks {
    pub(crate) fn count(&self, state: &str) -> u32 {
        self.begun.lock().unwrap().get(state).copied().unwrap_or_default()
    }

    /// The generations that a state's tasks were begun for.
    pub(crate) fn begun_for(&self, state: &str) -> Vec<Option<u64>> {
        self.begun_for.lock().unwrap().get(state).cloned().unwrap_or_default()
    }

    /// Something was installed.
    pub(crate) fn upgrade(&self, generation: u64) {
        *self.generation.lock().unwrap() = Some(Generation(generation));
    }

    /// Lets all go on that wait at the gate.
    pub(crate) fn open_gate(&self) {
        self.open.send_replace(true);
    }

    /// The plugin `events`: that of one tenant fails, and one has none.
    fn put_events(&self, attempt: &Attempt) -> TaskEnd {
        match &*attempt.tenant {
            "111111111111" => TaskEnd::refused("Custom.Error", "It was to fail."),
            "222222222222" => TaskEnd::refused("Stepwell.UnknownPlugin", "There is none."),
            tenant => {
                let input = attempt.task.input.value().clone();
                self.put.lock().unwrap().entry(tenant.to_owned()).or_default().push(input);
                self.changed.send_replace(());
                end(Ok(json!({ "FailedEntryCount": 0 }).into()))
            }
        }
    }

    /// Waits until a tenant's plugin `events` was called so often. Returns its inputs.
    pub(crate) async fn put(&self, tenant: &str, times: usize) -> Vec<Value> {
        let mut changed = self.changed.subscribe();
        loop {
            let put = self.put.lock().unwrap().get(tenant).cloned().unwrap_or_default();
            if put.len() >= times {
                return put;
            }
            changed.changed().await.unwrap();
        }
    }

    /// Waits until the task of a state was begun so often.
    pub(crate) async fn begun(&self, state: &str, times: u32) {
        let mut changed = self.changed.subscribe();
        while self.count(state) < times {
            changed.changed().await.unwrap();
        }
    }
}

impl TaskRunner for Tasks {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let first = {
            let mut begun = self.begun.lock().unwrap();
            let count = begun.entry(attempt.task.state.to_string()).or_default();
            *count += 1;
            *count == 1
        };
        let generation = attempt.generation.map(|generation| generation.0);
        let state = attempt.task.state.to_string();
        self.begun_for.lock().unwrap().entry(state).or_default().push(generation);
        self.changed.send_replace(());
        let does = match &attempt.task.resource {
            Resource::Wasm(wasm) => wasm.task.to_string(),
            Resource::Integration(integration) => integration.action.to_string(),
            Resource::Lambda(lambda) => lambda.function.to_string(),
            other => panic!("{other:?}"),
        };
        let mut open = self.open.subscribe();
        let tasks = self.clone();
        async move {
            reporter.started();
            match &*does {
                "putEvents" => tasks.put_events(&attempt),
                "echo" => end(Ok(attempt.task.input.clone())),
                "token" => end(Ok(json!({ "given": attempt.task.task_token }).into())),
                "gate" => {
                    open.wait_for(|open| *open).await.unwrap();
                    end(Ok(attempt.task.input.clone()))
                }
                "check" if attempt.task.input.value() == "good" => {
                    end(Ok(attempt.task.input.clone()))
                }
                "check" | "fail" => TaskEnd::refused("Custom.Error", "It was to fail."),
                // Fails where it is begun for the first time.
                "mend" if first => TaskEnd::refused("Custom.Error", "It was to fail once."),
                "mend" => end(Ok(attempt.task.input.clone())),
                "hang" => {
                    attempt.stop.cancelled().await;
                    TaskEnd::refused("Stopped", "It was stopped.")
                }
                "slow" => {
                    attempt.stop.cancelled().await;
                    let duration_ms = 5_000;
                    let usage = Usage { fuel: 1, peak_memory: 1, duration_ms, host_calls: 0 };
                    let stopped = TaskEnd::refused("Stopped", "It was stopped.");
                    TaskEnd { usage: Some(usage), ..stopped }
                }
                other => panic!("{other}"),
            }
        }
        .boxed()
    }

    fn effect(&self, _: &str, _: Option<Generation>, task: &RunTask) -> EffectClass {
        match &task.resource {
            Resource::Wasm(wasm) if &*wasm.plugin == "pure" => EffectClass::Pure,
            _ => EffectClass::AtMostOnce,
        }
    }

    /// Functions are run by the plugin `lambda`.
    fn plugin(
        &self,
        _: &str,
        _: Option<Generation>,
        resource: &Resource,
        _: Option<&str>,
    ) -> Option<String> {
        matches!(resource, Resource::Lambda(_)).then(|| "lambda".to_owned())
    }

    fn generation(&self) -> Option<Generation> {
        *self.generation.lock().unwrap()
    }
}

fn end(result: Result<Json, stepwell_interpreter::Failure>) -> TaskEnd {
    TaskEnd::without_usage(result)
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let store = Arc::new(Memory::default());
        let clock = Clock::starting_at("2026-11-22T12:00:00Z".parse().unwrap());
        let tasks = Tasks::default();
        let directory = tempfile::tempdir().unwrap();
        let host = open(&store, &store, &clock, &tasks, &directory, change).await;
        Self { store, clock, tasks, directory, host }
    }

    /// The host is gone, with all that ran in it, and another takes over.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(|_| {}).await;
    }

    pub(crate) async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        self.host.stop(std::future::ready(())).await;
        let store = &self.store;
        self.host = open(store, store, &self.clock, &self.tasks, &self.directory, change).await;
    }

    pub(crate) async fn create(&self, name: &str, definition: Value) -> Target {
        self.create_as(Type::Standard, name, definition).await
    }

    pub(crate) async fn create_as(&self, type_: Type, name: &str, definition: Value) -> Target {
        self.create_machine(TENANT, type_, name, definition).await
    }

    /// Creates a machine of another account.
    pub(crate) async fn create_for(&self, tenant: &str, name: &str, definition: Value) -> Target {
        self.create_machine(tenant, Type::Standard, name, definition).await
    }

    async fn create_machine(
        &self,
        tenant: &str,
        type_: Type,
        name: &str,
        definition: Value,
    ) -> Target {
        let create = CreateMachine {
            name: name.into(),
            arn: machine_arn(name).replace(TENANT, tenant),
            type_,
            definition: definition.to_string(),
            role_arn: format!("arn:aws:iam::{TENANT}:role/r"),
            settings: Default::default(),
            tags: Default::default(),
            publish: None,
        };
        let resources = self.host.resources();
        resources.create_machine(tenant, create, self.clock.now()).await.unwrap();
        resources.resolve(tenant, name, None, 0).await.unwrap().unwrap()
    }

    pub(crate) async fn start(
        &self,
        target: &Target,
        name: &str,
        input: Value,
    ) -> Result<Started, Error> {
        self.host.start_execution(order(target, name, input)).await
    }

    /// Starts an execution and waits for its end.
    pub(crate) async fn run(&self, target: &Target, name: &str, input: Value) -> Outcome {
        self.start(target, name, input).await.unwrap();
        self.ended(target, name).await.outcome.unwrap()
    }

    pub(crate) async fn ended(&self, target: &Target, name: &str) -> Description {
        self.host.ended(id(target, name)).await.unwrap().unwrap()
    }

    pub(crate) async fn history(&self, target: &Target, name: &str) -> Vec<Event> {
        let page = self.host.store().history(id(target, name), 1, Direction::Forward, 25_000).await;
        let events = page.unwrap().items;
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        assert_eq!(ids, (1..=events.len() as u64).collect::<Vec<_>>(), "no gaps");
        events
    }

    pub(crate) async fn types(&self, target: &Target, name: &str) -> Vec<String> {
        let types = self.history(target, name).await;
        types.iter().map(|event| event.details.type_name()).collect()
    }
}

/// Opens a host of a store and a catalog.
pub(crate) async fn open(
    store: &Arc<impl Store>,
    catalog: &Arc<impl Catalog>,
    clock: &Clock,
    tasks: &Tasks,
    directory: &TempDir,
    change: impl FnOnce(&mut Settings),
) -> Host {
    let mut settings = Settings::new(Key::new([7; 32]));
    change(&mut settings);
    let bucket = Bucket::directory(directory.path(), Access::ReadWrite).unwrap();
    let parts = Parts {
        store: store.clone(),
        catalog: catalog.clone(),
        runner: Arc::new(tasks.clone()),
        clock: clock.clone(),
        buckets: Buckets::from_iter([("b".to_owned(), bucket)]),
        settings,
    };
    Host::open(parts).await.unwrap()
}

pub(crate) fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:us-east-1:{TENANT}:stateMachine:{name}")
}

pub(crate) fn order(target: &Target, name: &str, input: Value) -> Order {
    Order {
        target: target.clone(),
        name: name.into(),
        input: input.into(),
        trace_header: None,
        parent: None,
    }
}

pub(crate) fn id(target: &Target, name: &str) -> ExecutionId {
    let arn = order(target, name, json!({})).execution_arn();
    stepwell_engine::arn::execution_id(&arn).unwrap()
}

/// A machine of one Task state, `Work`.
pub(crate) fn work(resource: &str) -> Value {
    json!({
        "StartAt": "Work",
        "States": { "Work": { "Type": "Task", "Resource": resource, "End": true } },
    })
}

pub(crate) fn succeeded(output: Value) -> Outcome {
    Outcome::Succeeded { output: output.into() }
}
