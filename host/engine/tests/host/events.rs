//! Status changes that are told outside.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use stepwell_engine::{
    Clock,
    events::{Delivered, Destination, Failure, File, Plugin},
    host::Settings,
};
use stepwell_interpreter::Outcome;
use stepwell_journal::{Pending, Store as _};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::world::{Tasks, World, id, work};

/// A destination that keeps what it is sent, and fails as often as it is told to.
#[derive(Clone, Default)]
struct Sink {
    name: &'static str,
    events: Arc<watch::Sender<Vec<Value>>>,
    failures: Arc<Mutex<u32>>,
}

impl Sink {
    fn named(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn settings(&self) -> impl FnOnce(&mut Settings) + use<> {
        let sink = Arc::new(self.clone());
        move |settings| settings.events = vec![sink]
    }

    /// Waits until it has so many events.
    async fn events(&self, count: usize) -> Vec<Value> {
        let mut events = self.events.subscribe();
        events.wait_for(|events| events.len() >= count).await.unwrap().clone()
    }
}

fn statuses(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["detail"]["status"].as_str().unwrap()).collect()
}

#[async_trait]
impl Destination for Sink {
    fn name(&self) -> String {
        self.name.into()
    }

    async fn deliver(&self, events: &[Pending]) -> Delivered {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            let failure = Failure::Status { url: "http://sink".into(), status: 503 };
            return Delivered { notices: Vec::new(), failure: Some(failure) };
        }
        let bodies = events.iter().map(|event| event.body.value().clone());
        self.events.send_modify(|events| events.extend(bodies));
        Delivered { notices: events.iter().map(|event| event.id).collect(), failure: None }
    }
}

#[tokio::test(start_paused = true)]
async fn they_have_eventbridges_form() {
    let sink = Sink::named("sink");
    let world = World::with(sink.settings()).await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    let started = world.start(&target, "e", json!({ "a": 1 })).await.unwrap();
    let ended = world.ended(&target, "e").await;
    let mut events = sink.events(2).await;
    let ids: Vec<_> = events.iter_mut().map(|event| event["id"].take()).collect();
    assert!(ids[0].is_string() && ids[0] != ids[1], "{ids:?}");
    let execution = "arn:aws:states:us-east-1:000000000000:execution:m:e";
    let running = json!({
        "version": "0",
        "id": null,
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "000000000000",
        "time": "2026-11-22T12:00:00Z",
        "region": "us-east-1",
        "resources": [execution],
        "detail": {
            "executionArn": execution,
            "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:m",
            "name": "e",
            "status": "RUNNING",
            "startDate": started.at.as_millisecond(),
            "stopDate": null,
            "input": "{\"a\":1}",
            "output": null,
            "stateMachineVersionArn": null,
            "stateMachineAliasArn": null,
            "redriveCount": 0,
            "redriveDate": null,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
            "inputDetails": { "included": true },
            "outputDetails": null,
            "error": null,
            "cause": null,
        },
    });
    assert_eq!(events[0].to_string(), running.to_string());
    let mut succeeded = running;
    succeeded["time"] = format!("{:.0}", ended.listing.stopped_at.unwrap()).into();
    let detail = &mut succeeded["detail"];
    detail["status"] = "SUCCEEDED".into();
    detail["stopDate"] = ended.listing.stopped_at.unwrap().as_millisecond().into();
    detail["output"] = "{\"a\":1}".into();
    detail["outputDetails"] = json!({ "included": true });
    detail["redriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven".into();
    assert_eq!(events[1].to_string(), succeeded.to_string());
}

#[tokio::test(start_paused = true)]
async fn failures_and_redrives_are_told() {
    let sink = Sink::named("sink");
    let world = World::with(sink.settings()).await;
    let target = world.create("m", work("wasm:once/mend")).await;
    world.run(&target, "e", json!({})).await;
    let at = world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
    let events = sink.events(4).await;
    assert_eq!(statuses(&events), ["RUNNING", "FAILED", "RUNNING", "SUCCEEDED"]);
    let detail = &events[1]["detail"];
    assert_eq!((&detail["error"], &detail["output"]), (&json!("Custom.Error"), &Value::Null));
    assert_eq!(detail["cause"], "It was to fail once.");
    assert_eq!(
        (&detail["redriveStatus"], &detail["redriveStatusReason"]),
        (&json!("REDRIVABLE"), &Value::Null)
    );
    assert_eq!(detail["outputDetails"], Value::Null);
    let detail = &events[2]["detail"];
    assert_eq!(
        (&detail["redriveCount"], &detail["redriveDate"], &detail["stopDate"]),
        (&json!(1), &json!(at.as_millisecond()), &Value::Null)
    );
}

#[tokio::test(start_paused = true)]
async fn data_that_are_too_large_are_left_out() {
    let sink = Sink::named("sink");
    let world = World::with(sink.settings()).await;
    let pass = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let target = world.create("m", pass).await;
    // Escaped, a quote has two bytes, and the text has four more.
    let of = |bytes: usize| json!("x".repeat(bytes - 6));
    for (name, bytes) in [("1", 124 * 1024), ("2", 124 * 1024 + 1), ("3", 248 * 1024 + 1)] {
        world.run(&target, name, of(bytes)).await;
    }
    let events = sink.events(6).await;
    let included = |index: usize| {
        let detail = &events[index]["detail"];
        for data in ["input", "output"] {
            let told = detail[format!("{data}Details")]["included"].as_bool();
            assert_eq!(detail[data].is_string(), told == Some(true), "{data} of {index}");
        }
        let told = |data: &str| detail[data]["included"].as_bool();
        (told("inputDetails"), told("outputDetails"))
    };
    assert_eq!(included(0), (Some(true), None));
    assert_eq!(included(1), (Some(true), Some(true)));
    assert_eq!(included(2), (Some(true), None));
    assert_eq!(included(3), (Some(false), Some(true)), "both are larger than 248 KiB");
    assert_eq!(included(4), (Some(false), None));
    assert_eq!(included(5), (Some(false), Some(false)));
}

#[tokio::test(start_paused = true)]
async fn what_was_not_delivered_is_tried_again_in_order() {
    let sink = Sink::named("sink");
    *sink.failures.lock().unwrap() = 9;
    let other = Sink::named("other");
    let both: Vec<Arc<dyn Destination>> = vec![Arc::new(sink.clone()), Arc::new(other.clone())];
    let world = World::with(|settings| settings.events = both).await;
    let target = world.create("m", work("wasm:once/fail")).await;
    let before = world.clock.now();
    world.run(&target, "e", json!({})).await;
    assert_eq!(statuses(&other.events(2).await), ["RUNNING", "FAILED"]);
    assert!(sink.events.borrow().is_empty(), "one that is down holds up no other");
    assert_eq!(statuses(&sink.events(2).await), ["RUNNING", "FAILED"]);
    let seconds = (world.clock.now() - before).total(jiff::Unit::Second).unwrap().round();
    assert_eq!(seconds, f64::from(1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60));
    assert_eq!(sink.events.borrow()[0]["id"], other.events.borrow()[0]["id"]);
}

#[tokio::test(start_paused = true)]
async fn they_come_after_a_host_that_went_down_before_it_could_deliver_them() {
    let sink = Sink::named("sink");
    *sink.failures.lock().unwrap() = u32::MAX;
    let mut world = World::with(sink.settings()).await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    world.run(&target, "e", json!({})).await;
    *sink.failures.lock().unwrap() = 0;
    let again = sink.clone();
    world.restart_with(again.settings()).await;
    assert_eq!(statuses(&sink.events(2).await), ["RUNNING", "SUCCEEDED"]);
    while !world.store.destinations().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_told_nothing_is_kept() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    world.run(&target, "e", json!({})).await;
    assert!(world.store.destinations().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn express_executions_tell_nothing() {
    let sink = Sink::named("sink");
    let world = World::with(sink.settings()).await;
    let express = stepwell_asl::definition::Type::Express;
    let target = world.create_as(express, "m", work("wasm:pure/echo")).await;
    let order = crate::world::order(&target, "e", json!({}));
    let outcome = world.host.run_express(order).await.unwrap().outcome;
    assert!(matches!(outcome, Outcome::Succeeded { .. }));
    assert!(world.store.destinations().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_has_a_line_for_each() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("events.jsonl");
    std::fs::write(&path, "{\"cut off").unwrap();
    let file = Arc::new(File::new(&path));
    let world = World::with(|settings| settings.events = vec![file]).await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    world.run(&target, "e", json!({ "text": "two\nlines" })).await;
    while !world.store.destinations().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "{\"cut off"), "{text}");
    let events: Vec<Value> =
        lines[1..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(statuses(&events), ["RUNNING", "SUCCEEDED"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_named() {
    let directory = TempDir::new().unwrap();
    let file = File::new(directory.path());
    let event = Pending {
        id: stepwell_journal::NoticeId(1),
        execution: stepwell_journal::ExecutionId::from_bytes([0; 16]),
        body: json!({}).into(),
    };
    let delivered = file.deliver(&[event]).await;
    assert!(delivered.notices.is_empty());
    let text = delivered.failure.unwrap().to_string();
    let place = format!("{} cannot be written: ", directory.path().display());
    assert!(text.starts_with(&place), "{text}");
}

/// The plugin `events` of two tenants, of which one's fails, and of one that has none.
#[tokio::test(start_paused = true)]
async fn each_tenants_plugin_is_handed_its_own() {
    let tasks = Tasks::default();
    let clock = Clock::starting_at("2026-11-22T12:00:00Z".parse().unwrap());
    let plugin = Arc::new(Plugin::new(Arc::new(tasks.clone()), clock));
    let mut world = World::with(|settings| settings.events = vec![plugin.clone()]).await;
    for tenant in ["000000000000", "111111111111", "222222222222"] {
        let target = world.create_for(tenant, "m", work("wasm:pure/echo")).await;
        world.run(&target, "e", json!({ "of": tenant })).await;
    }
    tasks.put("000000000000", 2).await;
    while world.store.destinations().await.unwrap().len() > 1 {
        tokio::task::yield_now().await;
    }
    // The second one's has failed, the third has none.
    let kept = world.store.destinations().await.unwrap();
    assert_eq!(kept, ["plugin:events/111111111111"]);
    let put = tasks.put("000000000000", 2).await;
    let entry = &put[1]["Entries"][0];
    assert_eq!(
        (&entry["Source"], &entry["DetailType"], &entry["EventBusName"]),
        (&json!("aws.states"), &json!("Step Functions Execution Status Change"), &json!("default"))
    );
    let execution = "arn:aws:states:us-east-1:000000000000:execution:m:e";
    assert_eq!(entry["Resources"], json!([execution]));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&detail["executionArn"], &detail["status"]),
        (&json!(execution), &json!("SUCCEEDED"))
    );
    assert!(put.iter().all(|input| !input.to_string().contains("111111111111")));
    world.restart_with(|settings| settings.events = vec![plugin]).await;
}
