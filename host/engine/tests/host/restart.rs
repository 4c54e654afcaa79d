//! What a host goes on with that comes after another.

use std::time::Duration;

use serde_json::json;
use stepwell_engine::resources::Target;
use stepwell_interpreter::{Outcome, Step};
use stepwell_journal::{
    After, Catalog as _, Delta, Lease, Outgoing, Seq, State, Store as _, catalog,
};

use crate::{
    callbacks::{ACTIVITY, WAITS, create_activity},
    world::{TENANT, World, id, succeeded, work},
};

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
        tokio::time::sleep(Duration::from_secs(1)).await;
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

#[tokio::test(start_paused = true)]
async fn a_task_whose_end_is_the_last_of_many_messages_was_not_cut_off() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:once/gate")).await;
    world.start(&target, "e", json!({ "a": 1 })).await.unwrap();
    world.tasks.begun("Work", 1).await;
    // Those before it are for one that is not there, of the same shard.
    let names = (0..).map(|at| id(&target, &at.to_string()));
    let to = names.into_iter().find(|other| other.shard() == id(&target, "e").shard()).unwrap();
    let body = json!({ "Stop": { "error": null, "cause": null } });
    send(&world, &target, vec![Outgoing { to, body: body.into() }; 20_000]).await;
    let open_gate = async { world.tasks.open_gate() };
    tokio::join!(world.host.stop(std::future::pending()), open_gate);
    world.restart().await;
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!({ "a": 1 }))));
    assert_eq!(world.tasks.count("Work"), 1);
}

/// Sends messages with the start of an execution that is like `e`.
async fn send(world: &World, target: &Target, messages: Vec<Outgoing>) {
    let State { mut start, execution, .. } =
        world.store.state(id(target, "e")).await.unwrap().unwrap();
    start.key.name = "sender".into();
    let sender = start.key.id();
    let lease = Lease { shard: sender.shard(), epoch: 1 };
    let after = After::Start(Box::new(start));
    let step = Step { events: world.history(target, "e").await, ..Step::default() };
    let mut delta = Delta::new(lease, sender, after, &step, execution);
    delta.send = messages;
    world.store.commit(vec![delta]).await.pop().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_others_is_not_loaded() {
    let mut world = World::new().await;
    create_activity(&world).await;
    let token = world.create("token", work(WAITS)).await;
    let activity = world.create("activity", work(ACTIVITY)).await;
    let hang = world.create("hang", work("wasm:pure/hang")).await;
    for target in [&token, &activity, &hang] {
        world.start(target, "e", json!({})).await.unwrap();
    }
    world.tasks.begun("Work", 2).await;
    while world.host.load().resident_executions > 0 {
        tokio::task::yield_now().await;
    }
    world.restart().await;
    let load = world.host.load();
    assert_eq!((load.open_executions, load.resident_executions), (3, 1), "that whose task runs");
    let taken = world.host.get_activity_task(ACTIVITY, None, Duration::ZERO).await.unwrap();
    assert_eq!(taken.unwrap().input.value(), &json!({}));
}

#[tokio::test(start_paused = true)]
async fn one_whose_revision_is_gone_is_left_as_it_is() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:pure/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    let key = catalog::Key::new(TENANT, catalog::Kind::Revision, &target.revision.id);
    let replaces = world.store.get(&key).await.unwrap().unwrap().revision;
    world.store.apply(vec![catalog::Write::Delete { key, replaces }]).await.unwrap();
    world.restart().await;
    let load = world.host.load();
    assert_eq!((load.open_executions, load.resident_executions), (1, 0));
    let stopped = world.host.stop_execution(id(&target, "e"), None, None).await;
    assert_eq!(
        stopped.unwrap_err().to_string(),
        format!("The revision {} of the state machine is missing.", target.revision.id)
    );
    assert_eq!(world.tasks.count("Work"), 1);
}
