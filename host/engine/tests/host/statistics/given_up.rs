//! Attempts that the host cuts off.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_asl::definition::Type;
use stepwell_engine::statistics::{By, Figures};

use super::{is_work, rows};
use crate::{
    callbacks::{ACTIVITY, WAITS, create_activity, nth_token},
    world::{World, id, order, succeeded, work},
};

/// The figures of the state `Work`; none where nothing of it was counted.
async fn of_work(world: &World) -> Figures {
    let row = rows(world, By::State).await.into_iter().find(is_work);
    row.map(|row| row.figures).unwrap_or_default()
}

/// Calls, errors and what was given up, of which what is known is counted with it: `slow` says how
/// long it took and what it used.
fn counts(figures: &Figures) -> (u64, u64, u64) {
    (figures.calls, figures.errors, figures.cancelled)
}

/// Asserts that so many attempts of `slow` were given up, and nothing else was done.
fn assert_given_up(figures: &Figures, count: u64) {
    assert_eq!(counts(figures), (count, 0, count));
    assert_eq!((figures.fuel, figures.peak_memory_max), (count, 1));
    assert_eq!(figures.durations.count() as u64, count);
    assert_eq!(figures.durations.max(), Some(5_000.0));
    assert!(figures.error_names.is_empty());
}

/// Fails after a second.
fn failing() -> Value {
    json!({
        "StartAt": "Soon",
        "States": {
            "Soon": { "Type": "Wait", "Seconds": 1, "Next": "Fail" },
            "Fail": { "Type": "Fail", "Error": "E" },
        },
    })
}

/// Runs a definition to its end.
async fn run(world: &World, type_: Type, definition: Value, input: Value) {
    let target = world.create_as(type_, &format!("{type_:?}"), definition).await;
    match type_ {
        Type::Standard => drop(world.run(&target, "e", input).await),
        Type::Express => drop(world.host.run_express(order(&target, "e", input)).await.unwrap()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_missed_its_heartbeat_has_failed() {
    for type_ in [Type::Standard, Type::Express] {
        let world = World::new().await;
        let mut definition = work("wasm:pure/slow");
        definition["States"]["Work"]["HeartbeatSeconds"] = json!(5);
        run(&world, type_, definition, json!({})).await;
        let figures = of_work(&world).await;
        assert_eq!((counts(&figures), figures.fuel), ((1, 1, 0), 1));
        assert_eq!(figures.error_names, [("States.Timeout".to_owned(), 1)].into());
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_execution_ran_whose_time_is_up_was_given_up() {
    for type_ in [Type::Standard, Type::Express] {
        let world = World::new().await;
        let mut definition = work("wasm:pure/slow");
        definition["TimeoutSeconds"] = json!(5);
        run(&world, type_, definition, json!({})).await;
        assert_given_up(&of_work(&world).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_execution_ran_that_is_stopped_was_given_up() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:pure/slow")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    world.host.stop_execution(id(&target, "e"), None, None).await.unwrap();
    assert_given_up(&of_work(&world).await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_branch_ran_whose_sibling_fails_was_given_up() {
    for type_ in [Type::Standard, Type::Express] {
        let world = World::new().await;
        let definition = json!({
            "StartAt": "Both",
            "States": { "Both": {
                "Type": "Parallel",
                "Branches": [failing(), work("wasm:pure/slow")],
                // That the execution goes on makes no difference.
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Done" }],
                "End": true,
            }, "Done": { "Type": "Succeed" } },
        });
        run(&world, type_, definition, json!({})).await;
        assert_given_up(&of_work(&world).await, 1);
    }
}

/// Fails for the item `bad`, and runs `slow` for others.
fn processor() -> Value {
    let mut processor = failing();
    processor["StartAt"] = json!("Which");
    processor["States"]["Which"] = json!({
        "Type": "Choice",
        "Choices": [{ "Variable": "$", "StringEquals": "bad", "Next": "Soon" }],
        "Default": "Work",
    });
    processor["States"]["Work"] = work("wasm:pure/slow")["States"]["Work"].take();
    processor
}

fn map(processor: Value) -> Value {
    json!({
        "StartAt": "Map",
        "States": { "Map": {
            "Type": "Map",
            "ToleratedFailureCount": 1,
            "ItemProcessor": processor,
            "End": true,
        } },
    })
}

#[tokio::test(start_paused = true)]
async fn what_iterations_ran_of_which_too_many_fail_was_given_up() {
    for type_ in [Type::Standard, Type::Express] {
        let world = World::new().await;
        run(&world, type_, map(processor()), json!(["good", "bad", "good", "bad"])).await;
        assert_given_up(&of_work(&world).await, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_children_ran_of_which_too_many_fail_was_given_up() {
    for type_ in ["STANDARD", "EXPRESS"] {
        let world = World::new().await;
        let mut children = processor();
        children["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED", "ExecutionType": type_ });
        let items = json!(["good", "bad", "good", "bad"]);
        run(&world, Type::Standard, map(children), items).await;
        // Their ends may come after their parent's.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_given_up(&of_work(&world).await, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_must_not_run_twice_has_failed_after_a_restart() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:once/hang")).await;
    world.start(&target, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    world.restart().await;
    world.ended(&target, "e").await;
    let figures = of_work(&world).await;
    assert_eq!(counts(&figures), (1, 1, 0));
    assert_eq!(figures.error_names, [("Stepwell.HostLost".to_owned(), 1)].into());
    assert_eq!(figures.durations.count(), 0, "when the host went down is not known");
}

#[tokio::test(start_paused = true)]
async fn what_is_run_again_after_a_restart_was_given_up() {
    let mut world = World::new().await;
    let target = world.create("m", work("wasm:pure/gate")).await;
    world.start(&target, "e", json!({ "a": 1 })).await.unwrap();
    // It is told that it has begun once it has run for a while.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.types(&target, "e").await.last().unwrap(), "TaskStarted");
    world.restart().await;
    world.tasks.begun("Work", 2).await;
    world.tasks.open_gate();
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!({ "a": 1 }))));
    assert_eq!(counts(&of_work(&world).await), (2, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn what_another_gives_up_after_a_restart_is_counted_once() {
    let again = json!({ "StartAt": "Work", "States": {
        "Work": { "Type": "Task", "Resource": "wasm:pure/gate", "End": true },
    }});
    let once = json!({ "StartAt": "Once", "States": {
        "Once": { "Type": "Task", "Resource": "wasm:once/hang", "End": true },
    }});
    for branches in [json!([again, once]), json!([once, again])] {
        let mut world = World::new().await;
        let definition = json!({ "StartAt": "Both", "States": {
            "Both": { "Type": "Parallel", "Branches": branches, "End": true },
        }});
        let target = world.create("m", definition).await;
        world.start(&target, "e", json!({})).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        tokio::time::advance(Duration::from_secs(3600)).await;
        world.restart().await;
        world.ended(&target, "e").await;
        let figures = of_work(&world).await;
        assert_eq!(counts(&figures), (1, 0, 1));
        assert_eq!(figures.durations.count(), 0, "when the host went down is not known");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_an_answer_was_given_up_as_it_was_stopped() {
    let world = World::new().await;
    let target = world.create("m", work(WAITS)).await;
    world.start(&target, "e", json!({})).await.unwrap();
    nth_token(&world, &target, 0).await;
    tokio::time::advance(Duration::from_secs(30)).await;
    world.host.stop_execution(id(&target, "e"), None, None).await.unwrap();
    let figures = of_work(&world).await;
    assert_eq!(counts(&figures), (1, 0, 1));
    assert!((figures.durations.max().unwrap() - 30_000.0).abs() < 1_000.0);
}

#[tokio::test(start_paused = true)]
async fn what_never_began_is_not_counted() {
    let world = World::with(|settings| settings.tasks = 1).await;
    create_activity(&world).await;
    // Only one can run, and nobody has taken the activity's first task.
    let slow = world.create("slow", work("wasm:pure/slow")).await;
    let activity = world.create("activity", work(ACTIVITY)).await;
    world.start(&slow, "1", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    world.start(&slow, "2", json!({})).await.unwrap();
    world.start(&activity, "1", json!({})).await.unwrap();
    for (target, name) in [(&slow, "2"), (&activity, "1")] {
        world.host.stop_execution(id(target, name), None, None).await.unwrap();
    }
    assert!(rows(&world, By::State).await.is_empty());

    world.start(&activity, "2", json!({})).await.unwrap();
    let polled = world.host.get_activity_task(ACTIVITY, None, Duration::from_secs(60)).await;
    assert!(polled.unwrap().is_some());
    world.host.stop_execution(id(&activity, "2"), None, None).await.unwrap();
    assert_eq!(counts(&of_work(&world).await), (1, 0, 1), "a worker had taken it");
}
