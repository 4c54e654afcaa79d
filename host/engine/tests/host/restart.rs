//! What a host goes on with that comes after another.

use serde_json::json;
use stepwell_interpreter::Outcome;
use stepwell_journal::{Seq, Store as _};

use crate::world::{World, id, succeeded, work};

#[tokio::test(start_paused = true)]
async fn a_task_that_does_no_harm_is_run_again() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:pure/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    world.restart().await;
    world.tasks.begun("Work", 2).await;
}

#[tokio::test(start_paused = true)]
async fn that_a_task_has_begun_is_told_once() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:pure/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    for _ in 0..3 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let position = world.store.position(id(&target, "e")).await.unwrap().unwrap();
        assert_eq!(position.seq, Seq(2), "its start, and that the task runs");
        world.restart().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_must_not_run_twice_fails() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:once/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    world.restart().await;
    let outcome = world.ended(&target, "e").await.outcome.unwrap();
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.error.as_deref(), Some("Stepwell.HostLost"));
    assert_eq!(
        failure.cause.as_deref(),
        Some("The host went down while it ran the task, which must not run twice.")
    );
    assert_eq!(world.tasks.count("Work"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_turn_had_not_come_runs_then() {
    let mut world = World::with(|settings| settings.tasks = 1).await;
    let hang = world.create("hang", work("wasm:pure/hang")).await;
    world.start(&hang, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    let target = world.create("m", work("wasm:once/echo")).await;
    world.start(&target, "e", json!({ "a": 1 })).await.unwrap();
    assert_eq!(world.tasks.count("Work"), 1);
    world.restart().await;
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!({ "a": 1 }))));
}

#[tokio::test(start_paused = true)]
async fn a_wait_goes_on() {
    let mut world = World::new().await;
    let definition = json!({
        "StartAt": "Wait",
        "States": { "Wait": { "Type": "Wait", "Seconds": 3600, "End": true } },
    });
    let target = world.create("m", definition).await;
    let started = world.start(&target, "e", json!({})).await.unwrap();
    world.restart().await;
    assert_eq!(world.host.load().open_executions, 1);
    let ended = world.ended(&target, "e").await;
    let took = ended.listing.stopped_at.unwrap() - started.at;
    assert_eq!(took.total(jiff::Unit::Second).unwrap().round(), 3600.0);
}
