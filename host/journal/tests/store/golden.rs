//! What earlier versions have written is read by this one.
//!
//! `tests/golden/vN` has what the Nth form of the journal looks like: bytes of the codec, a whole
//! database, and as JSON what is in them. When a form changes, `WRITE_GOLDEN=vN cargo test -p
//! stepwell-journal golden` adds another directory; those that are there are never written again.

mod many;
mod migration;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_interpreter::{
    Calls, Effect, Event, Execution, Failure, Occurrence, Usage,
    event::{Details, ResourceName, Scheduled, StateType, TaskScheduled},
    map_run::{MapRun, MapRunId},
    redrive::NotRedrivable,
    token,
};
use stepwell_journal::{
    After, Counts, Delta, Direction, Filter, Key, Listing, MapRunRecord, MapRunStatus, Notice, Of,
    Outgoing, Shard, Sqlite, Start, Status, Store,
    codec::{self, MAX_INLINE, Payloads},
    sqlite::{FILE, Options},
};
use tempfile::TempDir;

use crate::sample::{Subject, at, identity, key, lease, machine, one, start_of, wait_and_task};
use crate::suite::lists::names;

const PAYLOADS: &str = "payloads";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn versions() -> Vec<PathBuf> {
    let mut versions: Vec<_> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    versions.sort();
    assert!(!versions.is_empty());
    versions
}

/// Whether it has what [`many`] stores: the first two forms have not.
fn has_many(directory: &Path) -> bool {
    !directory.ends_with("v1") && !directory.ends_with("v2")
}

/// An event of every type, with everything that it may have.
fn events() -> Vec<Event> {
    let data = || Json::parse("{ \"a\" : 1.0 }").unwrap();
    let long = || Json::from(json!({ "long": "b".repeat(MAX_INLINE), "marked": "\0" }));
    let failure =
        || Failure { retry_after: Some(Duration::from_millis(1500)), ..Failure::new("E", "why") };
    let name = || "S".parse_name();
    let resource = || ResourceName { resource_type: "wasm".into(), resource: "a/b".into() };
    let scheduled = || {
        Box::new(Scheduled {
            resource: "arn:aws:lambda:eu-west-1:1:function:f".into(),
            input: data(),
            timeout_in_seconds: Some(60),
            heartbeat_in_seconds: None,
            credentials_role_arn: Some("arn:aws:iam::1:role/r".into()),
        })
    };
    let map_run_arn = || "arn:aws:states:eu-west-1:1:mapRun:machine/map:1".to_owned();
    let index = 3;
    let types = [
        StateType::Pass,
        StateType::Task,
        StateType::Choice,
        StateType::Wait,
        StateType::Succeed,
        StateType::Fail,
        StateType::Parallel,
        StateType::Map,
    ];
    let mut details = vec![
        Details::ExecutionStarted { input: long(), role_arn: "arn:aws:iam::1:role/r".into() },
        Details::ExecutionSucceeded { output: long() },
        Details::ExecutionFailed(failure()),
        Details::ExecutionTimedOut(Failure::default()),
        Details::ExecutionAborted(failure()),
        Details::ExecutionRedriven { redrive_count: 2 },
        Details::StateExited {
            state_type: StateType::Pass,
            name: name(),
            output: data(),
            assigned_variables: vec![("v".into(), data())],
        },
        Details::StateAborted { state_type: StateType::Wait },
        Details::TaskScheduled(Box::new(TaskScheduled {
            name: resource(),
            region: "eu-west-1".into(),
            parameters: data(),
            timeout_in_seconds: Some(60),
            heartbeat_in_seconds: Some(5),
            credentials_role_arn: None,
        })),
        Details::TaskStarted(resource()),
        Details::TaskStartFailed(resource(), failure()),
        Details::TaskSubmitted(resource(), data()),
        Details::TaskSubmitFailed(resource(), failure()),
        Details::TaskSucceeded(resource(), data()),
        Details::TaskFailed(resource(), failure()),
        Details::TaskTimedOut(resource(), failure()),
        Details::LambdaFunctionScheduled(scheduled()),
        Details::LambdaFunctionScheduleFailed(failure()),
        Details::LambdaFunctionStarted,
        Details::LambdaFunctionStartFailed(failure()),
        Details::LambdaFunctionSucceeded { output: data() },
        Details::LambdaFunctionFailed(failure()),
        Details::LambdaFunctionTimedOut(failure()),
        Details::ActivityScheduled(scheduled()),
        Details::ActivityScheduleFailed(failure()),
        Details::ActivityStarted { worker_name: Some("w".into()) },
        Details::ActivitySucceeded { output: data() },
        Details::ActivityFailed(failure()),
        Details::ActivityTimedOut(failure()),
        Details::ParallelStateStarted,
        Details::ParallelStateSucceeded,
        Details::ParallelStateFailed,
        Details::MapStateStarted { length: 4 },
        Details::MapStateSucceeded,
        Details::MapStateFailed,
        Details::MapIterationStarted { name: name(), index },
        Details::MapIterationSucceeded { name: name(), index },
        Details::MapIterationFailed { name: name(), index },
        Details::MapIterationAborted { name: name(), index },
        Details::MapRunStarted { map_run_arn: map_run_arn() },
        Details::MapRunSucceeded,
        Details::MapRunFailed(failure()),
        Details::MapRunAborted,
        Details::MapRunRedriven { map_run_arn: map_run_arn(), redrive_count: 1 },
        Details::EvaluationFailed {
            failure: failure(),
            location: Some("Output".into()),
            state: name(),
        },
    ];
    details.extend(types.map(|state_type| Details::StateEntered {
        state_type,
        name: name(),
        input: data(),
    }));
    let usage = Some(Usage { fuel: 1, peak_memory: 2, duration_ms: 3, host_calls: 4 });
    (1..)
        .zip(details)
        .map(|(id, details)| Event {
            id,
            previous_event_id: id - 1,
            timestamp: at(id),
            details,
            usage: usage.filter(|_| id % 2 == 0),
            log: String::new(),
            calls: Calls::default(),
        })
        .collect()
}

trait ParseName {
    fn parse_name(&self) -> stepwell_asl::definition::Name;
}

impl ParseName for str {
    fn parse_name(&self) -> stepwell_asl::definition::Name {
        serde_json::from_value(self.into()).unwrap()
    }
}

/// One execution in which strands wait for everything that can be waited for.
fn execution() -> Execution {
    let machine = machine(&everything());
    let input = json!({ "items": [1, { "b": 2 }], "long": "c".repeat(MAX_INLINE + 1) });
    let (mut execution, _) = Execution::start(
        &machine,
        identity(&key("run")),
        &token::Key::new([7; 32]),
        input.into(),
        at(0),
    );
    let retried = execution.pending(&machine).into_iter().find_map(|effect| match effect {
        Effect::RunTask(run) if &*run.state == "Retried" => Some(run.task),
        _ => None,
    });
    let (task, failure) = (retried.unwrap(), Failure::new("E", "why"));
    execution.on(&machine, at(1), Occurrence::TaskFailed { task, failure, usage: None });
    execution
}

fn everything() -> Value {
    let branch = |name: &str, mut state: Value| {
        state["End"] = true.into();
        json!({ "StartAt": name, "States": { (name): state } })
    };
    json!({
        "StartAt": "Assign",
        "TimeoutSeconds": 3600,
        "States": {
            "Assign": { "Type": "Pass", "Assign": { "v": "x" }, "Next": "Fork" },
            "Fork": { "Type": "Parallel", "End": true, "Branches": [
                branch("Waits", json!({ "Type": "Wait", "Seconds": 60 })),
                branch("Runs", json!({
                    "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "Parameters": { "Token.$": "$$.Task.Token" },
                    "TimeoutSeconds": 600, "HeartbeatSeconds": 60,
                })),
                branch("Retried", json!({
                    "Type": "Task", "Resource": "wasm:a/b",
                    "Retry": [{ "ErrorEquals": ["E"], "IntervalSeconds": 30 }],
                })),
                branch("Maps", json!({
                    "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1,
                    "ItemProcessor": branch("Item", json!({ "Type": "Wait", "Seconds": 5 })),
                })),
                branch("Distributed", json!({
                    "Type": "Map", "ItemsPath": "$.items", "Label": "L",
                    "ItemProcessor": {
                        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                        "StartAt": "P",
                        "States": { "P": { "Type": "Pass", "End": true } },
                    },
                })),
            ] },
        },
    })
}

/// Fills a database: one execution that is open, one that succeeded, and one that failed.
async fn fill(store: &Sqlite) {
    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let mut open = Subject::of(
        store,
        machine(&everything()),
        Start { version: Some("2".into()), alias: Some("live".into()), ..start_of(key("open")) },
        json!({ "items": [1], "long": "d".repeat(MAX_INLINE + 1) }),
        at(0),
    )
    .await;
    let mut delta = open.starting();
    delta.send.push(Outgoing { to: key("open").id(), body: json!({ "to": "itself" }).into() });
    delta.map_runs.push(MapRunRecord {
        id: MapRunId(9),
        arn: arn.into(),
        started_at: at(0),
        ended: Some((at(5), MapRunStatus::Succeeded)),
        state: crate::sample::map_run(),
    });
    open.seq = one(store, delta).await.unwrap();

    let mut succeeded = Subject::started(store, "succeeded").await;
    succeeded.wake(store).await;
    succeeded.succeed(store, at(61)).await;

    let child = Key { machine: "machine/map".into(), ..key("failed") };
    let start = Start { map_run: Some(arn.into()), item_count: Some(1), ..start_of(child) };
    let mut failed = Subject::new(store, start, at(1)).await;
    failed.begin(store).await;
    failed.wake(store).await;
    failed.fail(store, at(62)).await;
}

/// All that a database has, as JSON.
async fn dump(store: &Sqlite) -> Value {
    let child = Key { machine: "machine/map".into(), ..key("failed") };
    let mut executions = Vec::new();
    for key in [key("open"), key("succeeded"), child] {
        let id = key.id();
        let described = store.describe(id).await.unwrap().unwrap();
        let history = store.history(id, 1, Direction::Forward, 1000).await.unwrap().items;
        let history: Vec<_> =
            history.iter().map(|event| (event.id, event.details.type_name())).collect();
        let state = store.state(id).await.unwrap();
        let map_runs = store.map_runs(id).await.unwrap();
        let Listing { status, started_at, stopped_at, version, alias, map_run, item_count, .. } =
            described.listing;
        executions.push(json!({
            "id": id.to_string(),
            "status": status.as_str(),
            "times": (started_at, stopped_at),
            "startedWith": (version, alias, map_run, item_count),
            "seq": described.position.seq.0,
            "input": described.input,
            "outcome": described.outcome,
            "attributes": described.attributes,
            "history": history,
            "lastEventOfState": state.map(|state| state.execution.last_event_id()),
            "mapRuns": map_runs.iter().map(|record| json!([
                record.id, record.arn, record.started_at,
                record.ended.map(|(at, status)| (at, status.as_str())),
            ])).collect::<Vec<_>>(),
        }));
    }
    let filter = Filter::all("000000000000", Of::Machine("machine".into()));
    let listed = store.list(filter, 10, None).await.unwrap().items;
    let due = store.due(&Shard::all(), at(100_000), 100).await.unwrap();
    let inbox = store.inbox(&Shard::all(), 100).await.unwrap();
    json!({
        "executions": executions,
        "listed": listed.iter().map(|listing| &listing.key.name).collect::<Vec<_>>(),
        "due": due.iter().map(|timer| (timer.id, timer.due)).collect::<Vec<_>>(),
        "inbox": inbox.iter().map(|message| &message.body).collect::<Vec<_>>(),
    })
}

fn write_value<T: Serialize>(directory: &Path, name: &str, value: &T) {
    let mut payloads = Payloads::new();
    let bytes = codec::encode(value, &mut payloads).unwrap();
    fs::write(directory.join(name).with_extension("bin"), bytes).unwrap();
    for (hash, payload) in payloads {
        fs::write(directory.join(PAYLOADS).join(file_of(&hash)), payload).unwrap();
    }
    write_json(directory, name, &serde_json::to_value(value).unwrap());
}

fn write_json(directory: &Path, name: &str, value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    fs::write(directory.join(name).with_extension("json"), text).unwrap();
}

fn file_of(hash: &codec::Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_json(directory: &Path, name: &str) -> Value {
    let text = fs::read_to_string(directory.join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Reads a value with the codec, and compares it to the same value in JSON. Fields that are new
/// since are not in that, so both are read before they are compared.
fn check_value<T: Serialize + DeserializeOwned>(directory: &Path, name: &str) -> T {
    let bytes = fs::read(directory.join(name).with_extension("bin")).unwrap();
    let payload = |hash: &codec::Hash| fs::read(directory.join(PAYLOADS).join(file_of(hash))).ok();
    let value: T = codec::decode(&bytes, payload).unwrap();
    let expected: T = serde_json::from_value(read_json(directory, name)).unwrap();
    let form = |value: &T| serde_json::to_value(value).unwrap();
    assert_eq!(form(&value), form(&expected), "{name} of {}", directory.display());
    value
}

/// Written only where it is asked for by name, and not there.
#[tokio::test]
async fn golden_files_are_written_once() {
    let Ok(version) = std::env::var("WRITE_GOLDEN") else { return };
    let directory = root().join(version);
    fs::create_dir(&directory).expect("the directory is new");
    fs::create_dir(directory.join(PAYLOADS)).unwrap();
    write_value(&directory, "events", &events());
    write_value(&directory, "execution", &execution());
    write_value(&directory, "map-run", &crate::sample::map_run());
    let data = TempDir::new().unwrap();
    let store = Sqlite::open(&Options::new(data.path())).unwrap();
    fill(&store).await;
    many::fill(&store).await;
    // Without its log, and as small as can be.
    store.backup(&directory.join(FILE)).await.unwrap();
    write_json(&directory, "journal", &dump(&store).await);
}

#[test]
fn golden_values_are_read() {
    for directory in versions() {
        check_value::<Vec<Event>>(&directory, "events");
        check_value::<MapRun>(&directory, "map-run");
        let mut execution: Execution = check_value(&directory, "execution");
        let machine = machine(&everything());
        let pending = execution.pending(&machine);
        let tasks = pending.iter().filter(|effect| matches!(effect, Effect::RunTask(_))).count();
        assert_eq!((tasks, pending.len()), (1, 8), "{pending:#?}");
        let stop = Occurrence::Stop { error: None, cause: None };
        let step = execution.on(&machine, at(2), stop);
        assert!(step.outcome.is_some(), "it goes on");
    }
}

#[tokio::test]
async fn golden_databases_are_read_and_written_to() {
    for directory in versions() {
        let data = TempDir::new().unwrap();
        fs::copy(directory.join(FILE), data.path().join(FILE)).unwrap();
        let store = Sqlite::open(&Options::new(data.path())).unwrap();
        let expected = read_json(&directory, "journal");
        assert_eq!(dump(&store).await, expected, "{}", directory.display());
        if has_many(&directory) {
            many::check(&store).await;
        } else {
            let counts = store.counts("000000000000", None).await.unwrap();
            let of_machine = Counts::from([(Status::Running, 1), (Status::Succeeded, 1)]);
            assert_eq!(counts, [("machine".into(), of_machine)].into(), "{}", directory.display());
            let all = Filter::all("000000000000", Of::Account);
            assert_eq!(names(&store, all).await, ["open", "succeeded"], "{}", directory.display());
        }
        let child = Key { machine: "machine/map".into(), ..key("failed") };
        let mut failed = store.state(child.id()).await.unwrap().unwrap();
        let redriven = failed.execution.redrive(&wait_and_task(), None, at(100)).map(|step| {
            let redriven = step.effects.iter().any(|effect| matches!(effect, Effect::RunTask(_)));
            assert!(redriven, "{}", directory.display());
        });
        // The first form does not say where an execution has failed.
        let expected = match directory.ends_with("v1") {
            true => Err(NotRedrivable::NotKept),
            false => Ok(()),
        };
        assert_eq!(redriven, expected, "{}", directory.display());
        if has_many(&directory) {
            many::go_on(&store).await;
        }
        let new = Subject::new(&store, start_of(key("new")), at(0)).await;
        let mut delta = new.starting();
        delta.notices.push(Notice { destination: "d".into(), body: Json::empty() });
        one(&store, delta).await.unwrap();
        assert_eq!(store.outbox("d", 10).await.unwrap().len(), 1);
        stop_open(&store).await;
    }
}

/// Stops the one that is open, as its state says where it was.
async fn stop_open(store: &Sqlite) {
    let id = key("open").id();
    let status = async || store.describe(id).await.unwrap().unwrap().listing.status;
    let mut open = store.state(id).await.unwrap().unwrap();
    let machine = machine(&everything());
    let step = open.execution.on(&machine, at(200), Occurrence::Stop { error: None, cause: None });
    let after = After::Commit(open.position.seq);
    let lease = lease(store, id.shard()).await;
    assert_eq!(status().await, Status::Running);
    one(store, Delta::new(lease, id, after, &step, open.execution)).await.unwrap();
    assert_eq!(status().await, Status::Aborted);
    let counts = store.counts("000000000000", Some("machine")).await.unwrap();
    assert_eq!(counts["machine"].get(&Status::Aborted), Some(&1));
}
