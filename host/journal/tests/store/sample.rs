//! Executions to store.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, Failure, Identity, Occurrence, Step, TaskId, Timestamp, map_run::MapRun,
    token,
};
use stepwell_journal::{After, Delta, ExecutionId, Key, Lease, Seq, Shard, Start, Store};

pub(crate) fn at(seconds: u64) -> Timestamp {
    let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    start + Duration::from_secs(seconds)
}

pub(crate) fn machine(definition: &Value) -> StateMachine {
    StateMachine::parse(&definition.to_string()).unwrap().machine
}

/// Waits for a minute, and runs a task.
pub(crate) fn wait_and_task() -> StateMachine {
    machine(&json!({
        "StartAt": "Wait",
        "States": {
            "Wait": { "Type": "Wait", "Seconds": 60, "Next": "Task" },
            "Task": { "Type": "Task", "Resource": "wasm:a/b", "End": true },
        },
    }))
}

pub(crate) fn key(name: &str) -> Key {
    Key { tenant: "000000000000".into(), machine: "machine".into(), name: name.into() }
}

pub(crate) fn start_of(key: Key) -> Start {
    let attributes = Json::from(json!({ "traceHeader": key.name }));
    Start { key, version: None, alias: None, map_run: None, item_count: None, attributes }
}

pub(crate) fn identity(key: &Key) -> Identity {
    let Key { tenant, machine, name } = key;
    Identity {
        execution_arn: format!("arn:aws:states:eu-west-1:{tenant}:execution:{machine}:{name}"),
        execution_name: name.clone(),
        state_machine_arn: format!("arn:aws:states:eu-west-1:{tenant}:stateMachine:{machine}"),
        state_machine_name: machine.clone(),
        role_arn: format!("arn:aws:iam::{tenant}:role/role"),
    }
}

pub(crate) async fn lease<S: Store + ?Sized>(store: &S, shard: Shard) -> Lease {
    store.claim("test", &[shard]).await.unwrap()[0]
}

/// An execution with its place in the store.
pub(crate) struct Subject {
    pub(crate) machine: StateMachine,
    pub(crate) start: Start,
    pub(crate) id: ExecutionId,
    pub(crate) lease: Lease,
    pub(crate) execution: Execution,
    pub(crate) first: Step,
    pub(crate) seq: Seq,
}

impl Subject {
    /// Makes an execution of [`wait_and_task`], and does not store it.
    pub(crate) async fn new<S: Store + ?Sized>(store: &S, start: Start, at: Timestamp) -> Self {
        Self::of(store, wait_and_task(), start, json!({ "a": 1 }), at).await
    }

    pub(crate) async fn of<S: Store + ?Sized>(
        store: &S,
        machine: StateMachine,
        start: Start,
        input: Value,
        at: Timestamp,
    ) -> Self {
        let id = start.key.id();
        let lease = lease(store, id.shard()).await;
        let identity = identity(&start.key);
        let (execution, first) =
            Execution::start(&machine, identity, &token::Key::new([7; 32]), input.into(), at);
        Self { machine, start, id, lease, execution, first, seq: Seq(0) }
    }

    /// Makes an execution and stores it.
    pub(crate) async fn started<S: Store + ?Sized>(store: &S, name: &str) -> Self {
        let mut subject = Self::new(store, start_of(key(name)), at(0)).await;
        subject.begin(store).await;
        subject
    }

    pub(crate) fn starting(&self) -> Delta {
        let after = After::Start(Box::new(self.start.clone()));
        Delta::new(self.lease, self.id, after, &self.first, self.execution.clone())
    }

    pub(crate) async fn begin<S: Store + ?Sized>(&mut self, store: &S) {
        self.seq = one(store, self.starting()).await.unwrap();
    }

    /// A step, as a delta that is not committed yet.
    pub(crate) fn step(&mut self, at: Timestamp, occurrence: Occurrence) -> Delta {
        let step = self.execution.on(&self.machine, at, occurrence);
        assert!(!step.events.is_empty(), "the step has events");
        let after = After::Commit(self.seq);
        Delta::new(self.lease, self.id, after, &step, self.execution.clone())
    }

    pub(crate) async fn on<S: Store + ?Sized>(
        &mut self,
        store: &S,
        at: Timestamp,
        occurrence: Occurrence,
    ) {
        let mut delta = self.step(at, occurrence.clone());
        delta.fired = matches!(occurrence, Occurrence::TimerFired { .. });
        self.seq = one(store, delta).await.unwrap();
    }

    /// Lets the timer of its Wait state fire, so that its task runs.
    pub(crate) async fn wake<S: Store + ?Sized>(&mut self, store: &S) {
        let pending = self.execution.pending(&self.machine);
        let Some(Effect::SetTimer { timer, at }) = pending.first() else {
            panic!("it waits: {pending:?}");
        };
        self.on(store, *at, Occurrence::TimerFired { timer: *timer }).await;
    }

    pub(crate) fn task(&self) -> TaskId {
        match &self.execution.pending(&self.machine)[..] {
            [Effect::RunTask(run)] => run.task,
            other => panic!("one task runs: {other:?}"),
        }
    }

    pub(crate) async fn succeed<S: Store + ?Sized>(&mut self, store: &S, at: Timestamp) {
        let task = self.task();
        let output = json!({ "b": 2 }).into();
        self.on(store, at, Occurrence::TaskSucceeded { task, output, usage: None }).await;
    }

    pub(crate) async fn fail<S: Store + ?Sized>(&mut self, store: &S, at: Timestamp) {
        let (task, failure) = (self.task(), Failure::new("E", "why"));
        self.on(store, at, Occurrence::TaskFailed { task, failure, usage: None }).await;
    }
}

pub(crate) async fn one<S: Store + ?Sized>(
    store: &S,
    delta: Delta,
) -> Result<Seq, stepwell_journal::Error> {
    store.commit(vec![delta]).await.pop().unwrap()
}

/// Two executions, or states of one, are the same where their stored forms are.
pub(crate) fn form(execution: &Execution) -> Value {
    serde_json::to_value(execution).unwrap()
}

/// A Map Run over three items, of which one runs.
pub(crate) fn map_run() -> MapRun {
    let machine = machine(&json!({
        "StartAt": "S",
        "States": { "S": {
            "Type": "Map",
            "Label": "L",
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                "StartAt": "P",
                "States": { "P": { "Type": "Pass", "End": true } },
            },
            "End": true,
        } },
    }));
    let input = json!([1, "b", [3]]).into();
    let (_, step) =
        Execution::start(&machine, identity(&key("run")), &token::Key::new([7; 32]), input, at(0));
    let start = step.effects.into_iter().find_map(|effect| match effect {
        Effect::StartMapRun(start) => Some(*start),
        _ => None,
    });
    MapRun::start(&machine, start.unwrap(), at(0)).0
}
