//! Executions that are redriven.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_engine::{
    host::{Error, RedriveStatus},
    resources::Target,
};
use stepwell_interpreter::{Outcome, redrive::NotRedrivable};
use stepwell_journal::Status;

use crate::world::{TENANT, World, id, succeeded, work};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn status(world: &World, target: &Target, name: &str) -> RedriveStatus {
    let description = world.host.store().describe(id(target, name)).await.unwrap().unwrap();
    world.host.redrive_status(&description.listing).await.unwrap()
}

fn refused(reason: NotRedrivable) -> Error {
    Error::NotRedrivable(reason.to_string())
}

fn with_timeout(mut definition: Value, seconds: u32) -> Value {
    definition["TimeoutSeconds"] = seconds.into();
    definition
}

#[tokio::test(start_paused = true)]
async fn what_failed_goes_on() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:once/mend")).await;
    let outcome = world.run(&target, "e", json!({ "a": 1 })).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    assert_eq!(status(&world, &target, "e").await, RedriveStatus::Redrivable);
    world.restart().await;
    tokio::time::advance(Duration::from_secs(60)).await;
    let at = world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
    let ended = world.ended(&target, "e").await;
    assert_eq!(ended.outcome, Some(succeeded(json!({ "a": 1 }))));
    assert_eq!((ended.listing.redrive_count, ended.listing.redriven_at), (1, Some(at)));
    assert_eq!(ended.listing.status, Status::Succeeded);
    assert_eq!(
        world.types(&target, "e").await[4..],
        [
            "TaskFailed",
            "ExecutionFailed",
            "ExecutionRedriven",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_eq!(world.host.load().open_executions, 0);
}

#[tokio::test(start_paused = true)]
async fn it_outlives_the_host() {
    let mut world = World::new().await;
    let definition = with_timeout(work("wasm:pure/hang"), 60);
    let target = world.create("m", definition).await;
    let outcome = world.run(&target, "e", json!({})).await;
    assert!(matches!(outcome, Outcome::TimedOut(_)), "{outcome:?}");
    let id = id(&target, "e");
    world.host.redrive_execution(id, Some("token".into())).await.unwrap();
    world.restart().await;
    assert_eq!(world.host.load().open_executions, 1);
    let ended = world.ended(&target, "e").await;
    let took = ended.listing.stopped_at.unwrap() - ended.listing.redriven_at.unwrap();
    assert_eq!(took.total(jiff::Unit::Second).unwrap().round(), 60.0, "its timeout is a new one");
}

#[tokio::test(start_paused = true)]
async fn the_same_token_redrives_once() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:pure/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    let id = id(&target, "e");
    world.host.stop_execution(id, None, None).await.unwrap();
    let redrive = |world: &World, token: &'static str| {
        let host = world.host.clone();
        async move { host.redrive_execution(id, Some(token.into())).await }
    };
    let first = redrive(&world, "token").await.unwrap();
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(redrive(&world, "token").await, Ok(first));
    world.restart().await;
    assert_eq!(redrive(&world, "token").await, Ok(first), "it is kept");
    assert_eq!(redrive(&world, "other").await, Err(refused(NotRedrivable::Running)));
    tokio::time::advance(Duration::from_secs(15 * 60)).await;
    assert_eq!(redrive(&world, "token").await, Err(refused(NotRedrivable::Running)));
    let listing = world.host.store().describe(id).await.unwrap().unwrap().listing;
    assert_eq!(listing.redrive_count, 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_told_why_one_is_not_redriven() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    let hang = world.create("hang", work("wasm:pure/hang")).await;
    let redrive = |target: &Target, name: &str| {
        let (host, id) = (world.host.clone(), id(target, name));
        async move { host.redrive_execution(id, None).await }
    };
    let not = |reason| RedriveStatus::NotRedrivable(reason);
    assert_eq!(redrive(&target, "nobody").await, Err(Error::NoSuchExecution));

    world.run(&target, "e", json!({})).await;
    assert_eq!(status(&world, &target, "e").await, not(NotRedrivable::Succeeded));
    let error = redrive(&target, "e").await.unwrap_err();
    assert_eq!(error.to_string(), "Execution is SUCCEEDED and cannot be redriven");

    world.start(&hang, "e", json!({})).await.unwrap();
    assert_eq!(status(&world, &hang, "e").await, not(NotRedrivable::Running));
    let error = redrive(&hang, "e").await.unwrap_err();
    assert_eq!(error.to_string(), "Execution is RUNNING and cannot be redriven");

    world.host.stop_execution(id(&hang, "e"), None, None).await.unwrap();
    assert_eq!(status(&world, &hang, "e").await.as_str(), "REDRIVABLE");
    tokio::time::advance(14 * DAY + Duration::from_secs(1)).await;
    assert_eq!(status(&world, &hang, "e").await, not(NotRedrivable::PeriodOver));
    let error = redrive(&hang, "e").await.unwrap_err();
    assert_eq!(error.to_string(), "Execution redrivable period exceeded");

    world.start(&hang, "f", json!({})).await.unwrap();
    world.host.stop_execution(id(&hang, "f"), None, None).await.unwrap();
    world.host.resources().delete_machine(TENANT, "hang").await.unwrap();
    let reason = status(&world, &hang, "f").await.reason();
    assert_eq!(reason.as_deref(), Some("State machine is in DELETING status"));
    assert_eq!(redrive(&hang, "f").await, Err(refused(NotRedrivable::Deleting)));
}

#[tokio::test(start_paused = true)]
async fn no_more_are_open_than_may_be() {
    let world = World::with(|settings| settings.open_executions = 1).await;
    let target = world.create("m", work("wasm:pure/hang")).await;
    world.start(&target, "1", json!({})).await.unwrap();
    world.host.stop_execution(id(&target, "1"), None, None).await.unwrap();
    world.start(&target, "2", json!({})).await.unwrap();
    let redriven = world.host.redrive_execution(id(&target, "1"), None).await;
    assert_eq!(redriven, Err(Error::TooManyOpen));
    world.host.stop_execution(id(&target, "2"), None, None).await.unwrap();
    world.host.redrive_execution(id(&target, "1"), None).await.unwrap();
    assert_eq!(world.host.load().open_executions, 1);
}

#[tokio::test(start_paused = true)]
async fn it_runs_the_definition_that_it_was_started_with() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:once/mend")).await;
    world.run(&target, "e", json!({ "a": 1 })).await;
    let changes = stepwell_engine::resources::Changes {
        definition: Some(work("wasm:once/fail").to_string()),
        ..Default::default()
    };
    let now = world.clock.now();
    world.host.resources().update_machine(TENANT, "m", changes, now).await.unwrap();
    world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
    let outcome = world.ended(&target, "e").await.outcome;
    assert_eq!(outcome, Some(succeeded(json!({ "a": 1 }))));
}
