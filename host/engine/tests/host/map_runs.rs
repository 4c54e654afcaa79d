//! Map Runs and their children.

use std::fs;

use serde_json::{Value, json};
use stepwell_engine::{
    host::{Error, NewLimits},
    resources::Target,
};
use stepwell_interpreter::{Outcome, map_run::MapRun};
use stepwell_journal::{Description, Filter, MapRunRecord, MapRunStatus, Of, Status, Store as _};

use crate::world::{TENANT, World, id, succeeded};

const TYPES: [&str; 2] = ["STANDARD", "EXPRESS"];

/// A machine with a distributed Map of these fields, whose children of a type run a task.
pub(crate) fn map(execution_type: &str, task: &str, fields: Value) -> Value {
    let mut map = json!({
        "Type": "Map",
        "Label": "L",
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": execution_type },
            "StartAt": "Work",
            "States": { "Work": { "Type": "Task", "Resource": task, "End": true } },
        },
        "End": true,
    });
    for (name, value) in fields.as_object().unwrap() {
        map[name] = value.clone();
    }
    json!({ "StartAt": "Map", "States": { "Map": map } })
}

fn reader() -> Value {
    json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": { "InputType": "JSONL" },
        "Parameters": { "Bucket": "b", "Key": "items.jsonl" },
    })
}

fn writer(bucket: &str) -> Value {
    json!({
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": { "Bucket": bucket, "Prefix": "results" },
        "WriterConfig": { "OutputType": "JSONL", "Transformation": "COMPACT" },
    })
}

fn failure(outcome: Option<Outcome>) -> (String, String) {
    match outcome {
        Some(Outcome::Failed(failure)) => (failure.error.unwrap(), failure.cause.unwrap()),
        other => panic!("{other:?}"),
    }
}

impl World {
    /// The one Map Run of an execution.
    async fn map_run(&self, target: &Target, name: &str) -> MapRunRecord {
        let mut records = self.store.map_runs(id(target, name)).await.unwrap();
        assert_eq!(records.len(), 1);
        records.remove(0)
    }

    /// Its children, in the order of their numbers.
    async fn children(&self, map_run: &MapRun) -> Vec<Description> {
        let mut children = Vec::new();
        for child in 0..map_run.children_started() {
            let arn = map_run.identify(child).execution_arn;
            let id = stepwell_engine::arn::execution_id(&arn).unwrap();
            children.extend(self.store.describe(id).await.unwrap());
        }
        children
    }

    /// The numbers in the files of results.
    fn written(&self, map_run: &MapRunRecord, kind: &str) -> Vec<u64> {
        let uuid = map_run.arn.rsplit(':').next().unwrap();
        let manifest = self.directory.path().join(format!("results/{uuid}/manifest.json"));
        let manifest: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
        let files = manifest["ResultFiles"][kind].as_array().unwrap().clone();
        let text = |file: &Value| {
            fs::read_to_string(self.directory.path().join(file["Key"].as_str().unwrap())).unwrap()
        };
        let texts: String = files.iter().map(text).collect();
        texts.lines().map(|line| line.parse().unwrap()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_items_have_a_child_each() {
    for execution_type in TYPES {
        let world = World::new().await;
        let target = world.create("m", map(execution_type, "wasm:pure/echo", json!({}))).await;
        let items = json!((0..1_000).collect::<Vec<_>>());
        assert_eq!(world.run(&target, "e", items.clone()).await, succeeded(items));
        let record = world.map_run(&target, "e").await;
        assert_eq!(record.ended.unwrap().1, MapRunStatus::Succeeded);
        let (items, executions) = (record.state.item_counts(), record.state.execution_counts());
        assert_eq!((items.succeeded, items.total, executions.succeeded), (1_000, 1_000, 1_000));
        let children = world.children(&record.state).await;
        assert_eq!(children.len(), 1_000);
        for (number, child) in children.iter().enumerate() {
            assert_eq!(child.outcome, Some(succeeded(json!(number))));
            assert_eq!(child.listing.key.machine, "m/L");
            assert_eq!(child.listing.item_count, Some(1));
        }
        let filter = Filter {
            statuses: [Status::Succeeded].into(),
            ..Filter::all(TENANT, Of::MapRun(record.arn))
        };
        let listed = world.store.list(filter, 2_000, None).await.unwrap().items;
        assert_eq!(listed.len(), 1_000);
        assert_eq!(world.tasks.count("Work"), 1_000);
        assert_eq!(world.host.load().open_executions, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_map_run_and_its_children_go_on_after_a_restart() {
    for execution_type in TYPES {
        let mut world = World::new().await;
        let fields = json!({ "MaxConcurrency": 3 });
        let target = world.create("m", map(execution_type, "wasm:pure/gate", fields)).await;
        let items = json!([0, 1, 2, 3, 4, 5, 6]);
        world.start(&target, "e", items.clone()).await.unwrap();
        world.tasks.begun("Work", 3).await;
        world.restart().await;
        // They were cut off, and are run again.
        world.tasks.begun("Work", 6).await;
        world.tasks.open_gate();
        assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(items)));
        assert_eq!(world.tasks.count("Work"), 3 + 7);
        let record = world.map_run(&target, "e").await;
        assert_eq!(record.state.execution_counts().total, 7);
        assert_eq!(world.children(&record.state).await.len(), 7);
        world.restart().await;
        assert_eq!(world.host.load().open_executions, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn items_are_read_and_results_written_across_a_restart() {
    for execution_type in TYPES {
        let mut world = World::new().await;
        let lines: String = (0..2_500).map(|item| format!("{item}\n")).collect();
        fs::write(world.directory.path().join("items.jsonl"), lines).unwrap();
        let fields = json!({
            "ItemReader": reader(), "ResultWriter": writer("b"), "MaxConcurrency": 1_200,
        });
        let target = world.create("m", map(execution_type, "wasm:pure/gate", fields)).await;
        world.start(&target, "e", json!({})).await.unwrap();
        world.tasks.begun("Work", 700).await;
        world.restart().await;
        // What an attempt to write them has left behind.
        let record = world.map_run(&target, "e").await;
        let uuid = record.arn.rsplit(':').next().unwrap();
        let folder = world.directory.path().join("results").join(uuid);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("SUCCEEDED_0.jsonl"), "7\n7\n").unwrap();
        world.tasks.open_gate();
        let outcome = world.ended(&target, "e").await.outcome;
        let Some(Outcome::Succeeded { output }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(output.value()["MapRunArn"], json!(record.arn));
        let record = world.map_run(&target, "e").await;
        assert_eq!(world.written(&record, "SUCCEEDED"), (0..2_500).collect::<Vec<_>>());
        let counts = record.state.item_counts();
        assert_eq!((counts.total, counts.results_written), (2_500, 2_500));
    }
}

#[tokio::test(start_paused = true)]
async fn whenever_the_host_is_lost_the_results_are_whole() {
    for execution_type in TYPES {
        for steps in (0..600).step_by(23) {
            let mut world = World::new().await;
            let items: Vec<_> = (0..12).collect();
            let fields = json!({
                "ItemsPath": "$.items", "ResultWriter": writer("b"), "MaxConcurrency": 5,
            });
            let target = world.create("m", map(execution_type, "wasm:pure/echo", fields)).await;
            world.start(&target, "e", json!({ "items": items })).await.unwrap();
            for _ in 0..steps {
                tokio::task::yield_now().await;
            }
            world.restart().await;
            let day = std::time::Duration::from_secs(86_400);
            let ended = tokio::time::timeout(day, world.ended(&target, "e")).await;
            let ended = ended.unwrap_or_else(|_| panic!("{execution_type} hangs after {steps}"));
            let outcome = ended.outcome;
            assert!(matches!(outcome, Some(Outcome::Succeeded { .. })), "{steps}: {outcome:?}");
            let record = world.map_run(&target, "e").await;
            assert_eq!(
                world.written(&record, "SUCCEEDED"),
                items,
                "{execution_type} after {steps}"
            );
            assert_eq!(world.children(&record.state).await.len(), 12);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn so_many_items_may_fail_as_are_tolerated() {
    let world = World::new().await;
    let fields = json!({ "ToleratedFailureCount": 1 });
    let target = world.create("m", map("STANDARD", "wasm:pure/check", fields)).await;
    let outcome = world.run(&target, "1", json!(["good", "bad", "good"])).await;
    assert_eq!(outcome, succeeded(json!(["good", "good"])));
    let outcome = world.run(&target, "2", json!(["bad", "good", "bad"])).await;
    let (error, cause) = failure(Some(outcome));
    assert_eq!(error, "States.ExceedToleratedFailureThreshold");
    assert_eq!(cause, "The specified tolerated failure threshold was exceeded");
    let record = world.map_run(&target, "2").await;
    assert_eq!(record.ended.unwrap().1, MapRunStatus::Failed);
    assert_eq!(record.state.item_counts().failed, 2);
}

#[tokio::test(start_paused = true)]
async fn a_map_run_that_fails_stops_its_children_and_writes_what_became_of_them() {
    for execution_type in TYPES {
        let world = World::new().await;
        let mut writer = writer("b");
        writer["WriterConfig"]["Transformation"] = json!("NONE");
        let fields = json!({ "MaxConcurrency": 2, "ItemsPath": "$.items", "ResultWriter": writer });
        let target = world.create("m", map(execution_type, "wasm:pure/gate", fields)).await;
        world.start(&target, "e", json!({ "items": [0, 1, 2] })).await.unwrap();
        world.tasks.begun("Work", 2).await;
        let record = world.map_run(&target, "e").await;
        if execution_type == "EXPRESS" {
            world.host.stop_execution(id(&target, "e"), None, None).await.unwrap();
        } else {
            let child = record.state.identify(1).execution_arn;
            let child = stepwell_engine::arn::execution_id(&child).unwrap();
            world.host.stop_execution(child, Some("Mine".into()), None).await.unwrap();
            let (error, _) = failure(world.ended(&target, "e").await.outcome);
            assert_eq!(error, "States.ExceedToleratedFailureThreshold");
            let record = world.map_run(&target, "e").await;
            let counts = record.state.item_counts();
            assert_eq!((counts.aborted, counts.pending, counts.results_written), (2, 1, 2));
            let uuid = record.arn.rsplit(':').next().unwrap();
            let read = |kind: &str| {
                let file = world.directory.path().join(format!("results/{uuid}/{kind}_0.jsonl"));
                let text = fs::read_to_string(file).unwrap();
                let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
                text.lines().map(line).collect::<Vec<_>>()
            };
            let failed = read("FAILED");
            let told: Vec<_> =
                failed.iter().map(|it| (&it["Input"], &it["Status"], &it["Error"])).collect();
            let (aborted, none) = (json!("ABORTED"), Value::Null);
            assert_eq!(
                told,
                [(&json!("0"), &aborted, &none), (&json!("1"), &aborted, &json!("Mine"))]
            );
            assert_eq!(read("PENDING")[0]["Input"], "2");
        }
        assert_eq!(world.host.load().open_executions, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_stops_the_execution_stops_the_children() {
    for execution_type in TYPES {
        let mut world = World::new().await;
        let target = world.create("m", map(execution_type, "wasm:pure/hang", json!({}))).await;
        world.start(&target, "e", json!([0, 1])).await.unwrap();
        world.tasks.begun("Work", 2).await;
        world.host.stop_execution(id(&target, "e"), None, None).await.unwrap();
        let record = world.map_run(&target, "e").await;
        assert_eq!(record.ended.unwrap().1, MapRunStatus::Aborted);
        assert_eq!(record.state.execution_counts().aborted, 2);
        for child in 0..2 {
            let arn = record.state.identify(child).execution_arn;
            let child = stepwell_engine::arn::execution_id(&arn).unwrap();
            let ended = loop {
                match world.host.ended(child).await.unwrap() {
                    Some(ended) => break ended,
                    // One that runs in memory is kept from its end on.
                    None => tokio::task::yield_now().await,
                }
            };
            assert_eq!(ended.listing.status, Status::Aborted);
        }
        world.restart().await;
        assert_eq!(world.host.load().open_executions, 0);
        assert_eq!(world.tasks.count("Work"), 2, "none is run again");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_children_run_at_once_than_may() {
    let world = World::new().await;
    let fields = json!({ "MaxConcurrency": 2 });
    let target = world.create("m", map("STANDARD", "wasm:pure/gate", fields)).await;
    world.start(&target, "e", json!([0, 1, 2, 3, 4])).await.unwrap();
    world.tasks.begun("Work", 2).await;
    let record = world.map_run(&target, "e").await;
    assert_eq!(record.state.item_counts().running, 2);
    assert_eq!(world.host.load().open_executions, 1 + 2);
    let limits = NewLimits { max_concurrency: Some(4), ..NewLimits::default() };
    world.host.update_map_run(&record.arn, limits).await.unwrap();
    world.tasks.begun("Work", 4).await;
    let updated = world.map_run(&target, "e").await.state;
    assert_eq!(updated.limits().max_concurrency, 4);
    assert_eq!(updated.item_counts().running, 4);
    world.tasks.open_gate();
    let items = json!([0, 1, 2, 3, 4]);
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(items)));
    let ended = world.host.update_map_run(&record.arn, limits).await;
    assert_eq!(ended, Err(Error::MapRunEnded));
    let unknown = world.host.update_map_run("arn", limits).await;
    assert_eq!(unknown, Err(Error::NoSuchMapRun));
}

#[tokio::test(start_paused = true)]
async fn no_more_express_children_run_at_once_than_the_host_allows() {
    let world = World::with(|settings| settings.express = 2).await;
    let target = world.create("m", map("EXPRESS", "wasm:pure/gate", json!({}))).await;
    world.start(&target, "e", json!([0, 1, 2, 3])).await.unwrap();
    world.tasks.begun("Work", 2).await;
    assert_eq!(world.host.load().running_tasks, 0, "its tasks are not the host's");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.tasks.count("Work"), 2);
    world.tasks.open_gate();
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!([0, 1, 2, 3]))));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_not_begun() {
    let world = World::new().await;
    let fields = json!({ "ItemsPath": "$.items", "ResultWriter": writer("other") });
    let target = world.create("m", map("STANDARD", "wasm:pure/echo", fields)).await;
    let outcome = world.run(&target, "e", json!({ "items": [1] })).await;
    let (error, cause) = failure(Some(outcome));
    assert_eq!(error, "States.ResultWriterFailed");
    assert!(cause.starts_with("The bucket `other` is not granted."), "{cause}");
    assert_eq!(world.tasks.count("Work"), 0);
}

#[tokio::test(start_paused = true)]
async fn items_that_cannot_be_read_fail_the_map_run() {
    let world = World::new().await;
    let fields = json!({ "ItemReader": reader() });
    let target = world.create("m", map("STANDARD", "wasm:pure/echo", fields)).await;
    let (error, _) = failure(Some(world.run(&target, "e", json!({})).await));
    assert_eq!(error, "States.ItemReaderFailed");
}

#[tokio::test(start_paused = true)]
async fn a_child_has_map_runs_of_its_own() {
    let world = World::new().await;
    let mut inner = map("EXPRESS", "wasm:pure/echo", json!({ "Label": "Inner" }));
    inner = inner["States"]["Map"].take();
    let mut outer = map("STANDARD", "wasm:pure/echo", json!({}));
    let processor = &mut outer["States"]["Map"]["ItemProcessor"];
    processor["StartAt"] = json!("Within");
    processor["States"] = json!({ "Within": inner });
    let target = world.create("m", outer).await;
    let items = json!([[1, 2], [], [3]]);
    assert_eq!(world.run(&target, "e", items.clone()).await, succeeded(items));
    assert_eq!(world.tasks.count("Work"), 3);
    assert_eq!(world.host.load().open_executions, 0);
}

#[tokio::test(start_paused = true)]
async fn a_map_run_that_fails_is_caught() {
    let world = World::new().await;
    let fields = json!({
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Again", "ResultPath": null }],
    });
    let mut definition = map("STANDARD", "wasm:pure/fail", fields);
    let mut again = map("STANDARD", "wasm:pure/echo", json!({ "Label": "Again" }));
    definition["States"]["Again"] = again["States"]["Map"].take();
    let processor = &mut definition["States"]["Again"]["ItemProcessor"];
    processor["States"] = json!({ "Well": processor["States"]["Work"].take() });
    processor["StartAt"] = json!("Well");
    let target = world.create("m", definition).await;
    assert_eq!(world.run(&target, "e", json!([1])).await, succeeded(json!([1])));
    let records = world.store.map_runs(id(&target, "e")).await.unwrap();
    let statuses: Vec<_> = records.iter().map(|record| record.ended.unwrap().1).collect();
    assert_eq!(statuses, [MapRunStatus::Failed, MapRunStatus::Succeeded]);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_runs_what_did_not_succeed() {
    for execution_type in TYPES {
        let mut world = World::new().await;
        let fields = json!({ "MaxConcurrency": 1 });
        let target = world.create("m", map(execution_type, "wasm:pure/mend", fields)).await;
        let items = json!([0, 1, 2]);
        let (error, _) = failure(Some(world.run(&target, "e", items.clone()).await));
        assert_eq!(error, "States.ExceedToleratedFailureThreshold");
        world.restart().await;
        let redriven_at = world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
        assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(items)));
        let record = world.map_run(&target, "e").await;
        assert_eq!(record.ended.unwrap().1, MapRunStatus::Succeeded);
        assert_eq!(record.state.order().redrive_count, 1);
        assert_eq!(record.state.redriven_at(), Some(redriven_at));
        assert_eq!(record.state.item_counts().succeeded, 3);
        let children = world.children(&record.state).await;
        let redriven: Vec<_> = children.iter().map(|it| it.listing.redrive_count).collect();
        assert_eq!(redriven, [1, 0, 0]);
        assert_eq!(world.tasks.count("Work"), 4);
        assert_eq!(world.host.load().open_executions, 0);
    }
}
