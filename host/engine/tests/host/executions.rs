//! Executions from their start to their end.

use futures::FutureExt as _;
use serde_json::json;
use stepwell_asl::definition::Type;
use stepwell_engine::host::Error;
use stepwell_interpreter::Outcome;
use stepwell_journal::Status;

use crate::world::{World, id, order, succeeded, work};

#[tokio::test(start_paused = true)]
async fn a_task_runs_and_its_history_is_kept() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    assert_eq!(world.run(&target, "e", json!({ "a": 1 })).await, succeeded(json!({ "a": 1 })));
    assert_eq!(
        world.types(&target, "e").await,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_eq!(world.ended(&target, "e").await.listing.status, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_over_when_its_time_has_come() {
    let world = World::new().await;
    let definition = json!({
        "StartAt": "Wait",
        "States": { "Wait": { "Type": "Wait", "Seconds": 86400, "End": true } },
    });
    let target = world.create("m", definition).await;
    let before = world.clock.now();
    assert_eq!(world.run(&target, "e", json!({})).await, succeeded(json!({})));
    assert_eq!((world.clock.now() - before).total(jiff::Unit::Hour).unwrap().round(), 24.0);
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_and_caught() {
    let world = World::new().await;
    let definition = json!({
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task", "Resource": "wasm:once/fail", "End": true,
                "Retry": [{ "ErrorEquals": ["Custom.Error"], "MaxAttempts": 2 }],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
            },
            "Caught": { "Type": "Pass", "End": true },
        },
    });
    let target = world.create("m", definition).await;
    let outcome = world.run(&target, "e", json!({})).await;
    assert_eq!(outcome, succeeded(json!({ "Error": "Custom.Error", "Cause": "It was to fail." })));
    assert_eq!(world.tasks.count("Work"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_takes_too_long_is_stopped() {
    let world = World::new().await;
    let definition = json!({
        "StartAt": "Work",
        "States": { "Work": {
            "Type": "Task", "Resource": "wasm:once/hang", "TimeoutSeconds": 60, "End": true,
        } },
    });
    let target = world.create("m", definition).await;
    let Outcome::Failed(failure) = world.run(&target, "e", json!({})).await else { panic!() };
    assert_eq!(failure.error.as_deref(), Some("States.Timeout"));
    assert_eq!(world.host.load().running_tasks, 0);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_used_once() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:once/hang")).await;
    let first = world.start(&target, "e", json!({ "a": 1 })).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    assert_eq!(world.start(&target, "e", json!({ "a": 1 })).await, Ok(first), "the same again");
    assert_eq!(world.start(&target, "e", json!({ "a": 2 })).await, Err(Error::AlreadyExists));
    assert_eq!(world.tasks.count("Work"), 1);
    world.host.stop_execution(id(&target, "e"), None, None).await.unwrap();
    assert_eq!(
        world.start(&target, "e", json!({ "a": 1 })).await,
        Err(Error::AlreadyExists),
        "one that has ended is another"
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_is_stopped_stays_stopped() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:once/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    let id = id(&target, "e");
    let stopped = world.host.stop_execution(id, Some("E".into()), Some("C".into())).await.unwrap();
    let Some(Outcome::Aborted(failure)) = world.ended(&target, "e").await.outcome else { panic!() };
    assert_eq!((failure.error.as_deref(), failure.cause.as_deref()), (Some("E"), Some("C")));
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    assert_eq!(world.host.stop_execution(id, None, None).await, Ok(stopped));
    let other = crate::world::id(&target, "other");
    assert_eq!(world.host.stop_execution(other, None, None).await, Err(Error::NoSuchExecution));
}

#[tokio::test(start_paused = true)]
async fn more_tasks_than_may_run_at_once_wait_for_their_turn() {
    let world = World::with(|settings| settings.tasks = 2).await;
    let hang = world.create("hang", work("wasm:once/hang")).await;
    for name in ["1", "2", "3", "4"] {
        world.start(&hang, name, json!({})).await.unwrap();
    }
    let load = world.host.load();
    assert_eq!((load.running_tasks, load.waiting_tasks), (2, 2));
    for name in ["3", "1", "2"] {
        world.host.stop_execution(id(&hang, name), None, None).await.unwrap();
    }
    world.tasks.begun("Work", 3).await;
    let load = world.host.load();
    assert_eq!(
        (load.running_tasks, load.waiting_tasks),
        (1, 0),
        "a turn that is not needed is passed on"
    );
}

#[tokio::test(start_paused = true)]
async fn no_more_executions_are_open_than_may_be() {
    let world = World::with(|settings| settings.open_executions = 2).await;
    let target = world.create("m", work("wasm:once/hang")).await;
    world.start(&target, "1", json!({})).await.unwrap();
    world.start(&target, "2", json!({})).await.unwrap();
    assert_eq!(world.start(&target, "3", json!({})).await, Err(Error::TooManyOpen));
    world.host.stop_execution(id(&target, "1"), None, None).await.unwrap();
    world.start(&target, "3", json!({})).await.unwrap();
    assert_eq!(world.host.load().open_executions, 2);
}

#[tokio::test(start_paused = true)]
async fn more_starts_than_the_journal_takes_are_throttled() {
    let world = World::with(|settings| settings.starts = 0).await;
    let target = world.create("m", work("wasm:once/hang")).await;
    assert_eq!(world.start(&target, "1", json!({})).await, Err(Error::Throttled));
}

#[tokio::test(start_paused = true)]
async fn express_executions_run_and_leave_nothing() {
    let world = World::new().await;
    let target = world.create_as(Type::Express, "m", work("wasm:pure/echo")).await;
    let ended = world.host.run_express(order(&target, "e", json!({ "a": 1 }))).await.unwrap();
    assert_eq!(ended.outcome, succeeded(json!({ "a": 1 })));
    assert!(
        ended
            .identity
            .execution_arn
            .starts_with("arn:aws:states:us-east-1:000000000000:express:m:e:"),
        "{}",
        ended.identity.execution_arn
    );
    assert_eq!(world.host.store().describe(id(&target, "e")).await, Ok(None));
    let hang = world.create_as(Type::Express, "hang", work("wasm:pure/hang")).await;
    let ended = world.host.run_express(order(&hang, "e", json!({}))).await.unwrap();
    assert!(matches!(ended.outcome, Outcome::TimedOut(_)), "after five minutes");
    assert_eq!(
        (ended.stopped_at - ended.started_at).total(jiff::Unit::Second).unwrap().round(),
        300.0
    );
}

#[tokio::test(start_paused = true)]
async fn a_start_that_nobody_waits_for_any_more_keeps_its_place() {
    let world = World::with(|settings| {
        settings.starts = 1;
        // Nobody's turn comes.
        settings.resident = 0;
    });
    let world = world.await;
    let target = world.create("m", work("wasm:once/echo")).await;
    assert_eq!(world.start(&target, "1", json!({})).now_or_never(), None);
    let second = world.start(&target, "2", json!({})).now_or_never();
    assert_eq!(second, Some(Err(Error::Throttled)));
}
