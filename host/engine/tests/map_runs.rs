//! Distributed Maps: child executions, buckets, and the time.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use serde_json::{Value, json};
use stepwell_asl::StateMachine;
use stepwell_engine::{
    Attempt, Clock, Engine, Machine, Reporter, StartExecution, TaskEnd, TaskRunner, Update,
};
use stepwell_interpreter::{Failure, Outcome, map_run::READ_AHEAD_BYTES};
use stepwell_storage::{Access, Bucket, Buckets};
use tempfile::TempDir;
use tokio::sync::Notify;

/// A runner whose tasks are a function of the attempt.
struct Tasks<F>(F);

impl<F> TaskRunner for Tasks<F>
where
    F: Fn(Attempt) -> BoxFuture<'static, TaskEnd> + Send + Sync + 'static,
{
    fn run(&self, attempt: Attempt, _: Reporter) -> BoxFuture<'static, TaskEnd> {
        (self.0)(attempt)
    }
}

fn returning(output: Value) -> TaskEnd {
    TaskEnd::without_usage(Ok(output.into()))
}

/// A runner that returns the input, or fails where it is "bad".
fn echo() -> Arc<dyn TaskRunner> {
    Arc::new(Tasks(|attempt: Attempt| {
        async move {
            match attempt.task.input.value() {
                Value::String(text) if text == "bad" => TaskEnd::refused("Bad", "it was bad"),
                input => returning(input.clone()),
            }
        }
        .boxed()
    }))
}

/// A machine with a distributed Map of these fields, whose items a task gets.
fn machine(fields: Value) -> Arc<Machine> {
    let mut map = json!({
        "Type": "Map",
        "Label": "L",
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "T",
            "States": { "T": { "Type": "Task", "Resource": "wasm:a/b", "End": true } },
        },
        "End": true,
    });
    for (name, value) in fields.as_object().unwrap() {
        map[name] = value.clone();
    }
    let text = json!({ "StartAt": "M", "States": { "M": map } }).to_string();
    let definition = StateMachine::parse(&text).unwrap().machine;
    Arc::new(Machine::new("000000000000", "test", definition))
}

fn input(value: Value) -> StartExecution {
    StartExecution { name: Some("one".to_owned()), input: value.into() }
}

async fn outcome(engine: &Engine, fields: Value, value: Value) -> Outcome {
    engine.start(machine(fields), input(value)).outcome().await
}

fn output(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Succeeded { output } => output.into_value(),
        other => panic!("{other:?}"),
    }
}

fn failure(outcome: Outcome) -> (String, String) {
    match outcome {
        Outcome::Failed(Failure { error, cause, .. }) => (error.unwrap(), cause.unwrap()),
        other => panic!("{other:?}"),
    }
}

/// A directory as the bucket `b`.
fn bucket(access: Access) -> (TempDir, Buckets) {
    let directory = tempfile::tempdir().unwrap();
    let bucket = Bucket::directory(directory.path(), access).unwrap();
    (directory, Buckets::from_iter([("b".to_owned(), bucket)]))
}

fn reader(key: &str) -> Value {
    json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": { "InputType": "JSONL" },
        "Parameters": { "Bucket": "b", "Key": key },
    })
}

#[tokio::test]
async fn children_return_the_states_result() {
    let engine = Engine::new(echo(), Clock::system());
    let items = json!([1, "a", { "b": null }]);
    assert_eq!(output(outcome(&engine, json!({}), items.clone()).await), items);
}

#[tokio::test]
async fn items_are_read_and_results_written() {
    let (directory, buckets) = bucket(Access::ReadWrite);
    let lines: String = (0..2_500).map(|item| format!("{item}\n")).collect();
    fs::write(directory.path().join("items.jsonl"), lines + "\"bad\"\n").unwrap();
    let engine = Engine::new(echo(), Clock::system()).with_buckets(buckets);
    let fields = json!({
        "ItemReader": reader("items.jsonl"),
        "ToleratedFailureCount": 1,
        "MaxConcurrency": 100,
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": { "Bucket": "b", "Prefix": "results" },
            "WriterConfig": { "OutputType": "JSONL", "Transformation": "COMPACT" },
        },
    });
    let output = output(outcome(&engine, fields, json!({})).await);
    let arn = output["MapRunArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:states:us-east-1:000000000000:mapRun:test/L:"), "{arn}");
    let key = output["ResultWriterDetails"]["Key"].as_str().unwrap();
    let manifest = fs::read(directory.path().join(key)).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let read = |kind: &str| {
        let key = manifest["ResultFiles"][kind][0]["Key"].as_str().unwrap();
        fs::read_to_string(directory.path().join(key)).unwrap()
    };
    let mut items: Vec<u64> = read("SUCCEEDED").lines().map(|line| line.parse().unwrap()).collect();
    items.sort_unstable();
    assert_eq!(items, (0..2_500).collect::<Vec<_>>());
    let failed: Value = serde_json::from_str(&read("FAILED")).unwrap();
    assert_eq!((&failed["Input"], &failed["Error"]), (&json!("\"bad\""), &json!("Bad")));
}

#[tokio::test]
async fn a_bucket_that_is_not_granted_is_named() {
    let engine = Engine::new(echo(), Clock::system());
    let missing = "The bucket `b` is not granted. Grant it in stepwell.toml: a table [buckets.b] \
                   with `directory`, or with the `bucket` of an S3-style store.";
    let fields = json!({ "ItemReader": reader("items.jsonl") });
    assert_eq!(
        failure(outcome(&engine, fields, json!({})).await),
        ("States.ItemReaderFailed".to_owned(), missing.to_owned())
    );
    let fields = json!({
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": { "Bucket": "b" },
        },
    });
    assert_eq!(
        failure(outcome(&engine, fields, json!([1])).await),
        ("States.ResultWriterFailed".to_owned(), missing.to_owned())
    );
}

#[tokio::test]
async fn no_more_children_run_than_max_concurrency() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks = {
        let (running, most) = (running.clone(), most.clone());
        Tasks(move |_| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                returning(Value::Null)
            }
            .boxed()
        })
    };
    let engine = Engine::new(Arc::new(tasks), Clock::system());
    let items: Vec<_> = (0..200).collect();
    let fields = json!({ "MaxConcurrency": 7 });
    output(outcome(&engine, fields, json!(items)).await);
    assert_eq!(most.load(Ordering::SeqCst), 7);
}

#[tokio::test]
async fn children_that_only_wait_are_waited_for_together() {
    let engine = Engine::new(echo(), Clock::system().fast_forward());
    let fields = json!({
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "W",
            "States": {
                "W": { "Type": "Wait", "SecondsPath": "$", "Next": "T" },
                "T": { "Type": "Task", "Resource": "wasm:a/b", "End": true },
            },
        },
        "ResultWriter": { "WriterConfig": { "Transformation": "NONE" } },
    });
    let output = output(outcome(&engine, fields, json!([3_000, 1_000, 2_000])).await);
    let took = |index: usize| {
        let at = |name: &str| output[index][name].as_str().unwrap().parse().unwrap();
        let (start, stop): (jiff::Timestamp, jiff::Timestamp) = (at("StartDate"), at("StopDate"));
        // What really passes meanwhile is less than a minute.
        stop.duration_since(start).as_secs() / 60
    };
    assert_eq!([took(0), took(1), took(2)], [3_000 / 60, 1_000 / 60, 2_000 / 60]);
}

#[tokio::test]
async fn a_child_that_fails_stops_the_others_and_is_told_of() {
    let stopped = Arc::new(Notify::new());
    let tasks = {
        let stopped = stopped.clone();
        Tasks(move |attempt: Attempt| {
            let stopped = stopped.clone();
            async move {
                if attempt.task.input.value() == "bad" {
                    return TaskEnd::refused("Bad", "it was bad");
                }
                let _guard = Dropped(stopped);
                std::future::pending().await
            }
            .boxed()
        })
    };
    let engine = Engine::new(Arc::new(tasks), Clock::system());
    let mut execution = engine.start(machine(json!({})), input(json!(["good", "bad"])));
    let (mut failed, mut progress) = (Vec::new(), None);
    while let Some(update) = execution.next().await {
        match update {
            Update::ChildFailed(child) => failed.push(child.failure),
            Update::MapRun(update) => progress = Some(update),
            Update::Step(_) | Update::TaskEnded(..) => {}
        }
    }
    assert_eq!(failed, [Failure::new("Bad", "it was bad")]);
    let progress = progress.unwrap();
    assert!(progress.ended);
    assert_eq!((progress.items.failed, progress.items.aborted, progress.items.total), (1, 1, 2));
    let (error, _) = failure(execution.outcome().await);
    assert_eq!(error, "States.ExceedToleratedFailureThreshold");
    stopped.notified().await;
}

#[tokio::test]
async fn stopping_the_execution_stops_the_children() {
    let (started, stopped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let tasks = {
        let (started, stopped) = (started.clone(), stopped.clone());
        Tasks(move |_| {
            started.notify_one();
            let guard = Dropped(stopped.clone());
            async move {
                let _guard = guard;
                std::future::pending().await
            }
            .boxed()
        })
    };
    let engine = Engine::new(Arc::new(tasks), Clock::system());
    let execution = engine.start(machine(json!({})), input(json!([1])));
    started.notified().await;
    execution.stop(Some("E".to_owned()), None);
    assert!(matches!(execution.outcome().await, Outcome::Aborted(_)));
    stopped.notified().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_knows_how_far_it_is_while_children_take_their_time() {
    let tasks = Tasks(|attempt: Attempt| {
        async move {
            match attempt.task.input.value() {
                Value::String(text) if text == "long" => std::future::pending().await,
                input => returning(input.clone()),
            }
        }
        .boxed()
    });
    let engine = Engine::new(Arc::new(tasks), Clock::system());
    let mut execution = engine.start(machine(json!({})), input(json!(["a", "long", "b"])));
    let told = async {
        while let Some(update) = execution.next().await {
            if let Update::MapRun(progress) = update
                && progress.items.succeeded == 2
            {
                return (progress.items.running, progress.ended);
            }
        }
        panic!("it has ended");
    };
    // The time is paused: this is over as soon as nothing else can happen.
    let told = tokio::time::timeout(Duration::from_secs(60), told).await;
    assert_eq!(told.unwrap(), (1, false));
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_panics_fails_the_child() {
    let tasks = Tasks(|_| panic!("the runner itself"));
    let engine = Engine::new(Arc::new(tasks), Clock::system());
    let outcome = outcome(&engine, json!({}), json!([1]));
    let outcome = tokio::time::timeout(Duration::from_secs(60), outcome).await;
    assert_eq!(failure(outcome.unwrap()).0, "States.ExceedToleratedFailureThreshold");
}

#[tokio::test]
async fn results_that_cannot_be_written_fail_the_map_run() {
    let (directory, buckets) = bucket(Access::ReadWrite);
    fs::write(directory.path().join("results"), "a file").unwrap();
    let engine = Engine::new(echo(), Clock::system()).with_buckets(buckets);
    let fields = json!({
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": { "Bucket": "b", "Prefix": "results" },
        },
    });
    let (error, cause) = failure(outcome(&engine, fields, json!([1, 2, 3])).await);
    assert_eq!(error, "States.ResultWriterFailed");
    assert!(cause.contains("SUCCEEDED_0.json cannot be written"), "{cause}");
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn large_items_are_not_all_read_at_once() {
    let (directory, buckets) = bucket(Access::ReadOnly);
    let line = format!("\"{}\"\n", "x".repeat(200_000));
    fs::write(directory.path().join("items.jsonl"), line.repeat(200)).unwrap();
    let tasks = Tasks(|_| std::future::pending().boxed());
    let engine = Engine::new(Arc::new(tasks), Clock::system()).with_buckets(buckets);
    let fields = json!({ "ItemReader": reader("items.jsonl"), "MaxConcurrency": 1 });
    let mut execution = engine.start(machine(fields), input(json!({})));
    while let Some(update) = execution.next().await {
        if let Update::MapRun(progress) = update
            && progress.items.running == 1
        {
            // More are asked for while almost as many bytes are held as are read at once.
            let read = u64::try_from(READ_AHEAD_BYTES / 200_000).unwrap() + 1;
            assert!(progress.items.total <= 2 * read, "{:?}", progress.items);
            return;
        }
    }
    panic!("it has ended");
}

/// Tells when it is dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
