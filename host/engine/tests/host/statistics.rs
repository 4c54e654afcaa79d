//! What a host counts of what its executions do.

mod given_up;

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_asl::definition::Type;
use stepwell_engine::{
    host::Callback,
    statistics::{By, Figures, Key, Query, Row, Rows},
};
use stepwell_interpreter::{Failure, Outcome};

use crate::{
    callbacks::{ACTIVITY, WAITS, create_activity, nth_token},
    world::{TENANT, World, id, machine_arn, order, work},
};

async fn rows(world: &World, by: By) -> Vec<Row> {
    let rows = Rows::new(Query { by, of: Key::default(), period: None }, usize::MAX).of(TENANT);
    let read = world.host.statistics().read(TENANT, 0, i64::MAX / 2, rows);
    read.await.unwrap().finish().unwrap()
}

/// Calls, errors and retries.
async fn calls(world: &World, state: &str) -> (u64, u64, u64) {
    let rows = rows(world, By::State).await;
    let row = rows.into_iter().find(|row| row.key.state.as_deref() == Some(state));
    row.map_or((0, 0, 0), |row| {
        let Figures { calls, errors, retries, .. } = row.figures;
        (calls, errors, retries)
    })
}

fn mend() -> Value {
    json!({
        "StartAt": "Mend",
        "States": { "Mend": {
            "Type": "Task",
            "Resource": "wasm:pure/mend",
            "Retry": [{ "ErrorEquals": ["Custom.Error"] }],
            "End": true,
        } },
    })
}

#[tokio::test(start_paused = true)]
async fn standard_executions_and_their_tasks_are_counted_and_kept() {
    let mut world = World::new().await;
    let target = world.create("m", mend()).await;
    world.run(&target, "e", json!({})).await;
    assert_eq!(calls(&world, "Mend").await, (2, 1, 1));
    let tasks = rows(&world, By::Task).await;
    assert_eq!(tasks[0].key.task.as_deref(), Some("pure/mend"));
    let machines = rows(&world, By::Machine).await;
    let executions = machines[0].figures.executions.as_ref().unwrap();
    assert_eq!((executions.started, executions.succeeded, executions.failed), (1, 1, 0));
    assert_eq!(executions.durations.count(), 1);
    // What was counted since the last flush is written as the host stops.
    let fail = world.create("f", work("wasm:pure/fail")).await;
    let outcome = world.run(&fail, "e", json!({})).await;
    assert!(matches!(outcome, Outcome::Failed(_)));
    world.host.stop(std::future::ready(())).await;
    world.restart().await;
    assert_eq!(calls(&world, "Mend").await, (2, 1, 1));
    assert_eq!(calls(&world, "Work").await, (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_time_is_up_has_failed() {
    let world = World::new().await;
    let mut definition = work("wasm:pure/hang");
    definition["States"]["Work"]["TimeoutSeconds"] = json!(5);
    for type_ in [Type::Standard, Type::Express] {
        let target = world.create_as(type_, &format!("{type_:?}"), definition.clone()).await;
        match type_ {
            Type::Standard => drop(world.run(&target, "e", json!({})).await),
            Type::Express => {
                world.host.run_express(order(&target, "e", json!({}))).await.unwrap();
            }
        }
        let machines = rows(&world, By::Machine).await;
        let name = format!("{type_:?}");
        let row = machines.iter().find(|row| row.key.machine.as_ref() == Some(&name)).unwrap();
        assert_eq!((row.figures.calls, row.figures.errors), (1, 1));
        assert_eq!(row.figures.error_names, [("States.Timeout".to_owned(), 1)].into());
        let executions = row.figures.executions.as_ref().unwrap();
        assert_eq!((executions.started, executions.failed), (1, 1));
        let took = executions.durations.quantile(0.5).unwrap();
        assert!((4_900.0..5_100.0).contains(&took), "{took}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tasks_of_a_map_runs_children_are_its_machines() {
    for type_ in ["STANDARD", "EXPRESS"] {
        let world = World::new().await;
        let definition = json!({
            "StartAt": "Map",
            "States": { "Map": {
                "Type": "Map",
                "Label": "L",
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": type_ },
                    "StartAt": "Each",
                    "States": {
                        "Each": { "Type": "Task", "Resource": "wasm:pure/echo", "End": true },
                    },
                },
                "End": true,
            } },
        });
        let target = world.create("m", definition).await;
        world.run(&target, "e", json!([1, 2, 3])).await;
        assert_eq!(calls(&world, "Each").await, (3, 0, 0), "{type_}");
        let machines = rows(&world, By::Machine).await;
        assert_eq!((machines.len(), machines[0].key.machine.as_deref()), (1, Some("m")));
        let executions = machines[0].figures.executions.as_ref().unwrap();
        assert_eq!((executions.started, executions.succeeded), (1, 1), "children are no others");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_whose_time_is_up_has_a_duration() {
    let world = World::new().await;
    let mut definition = work("wasm:pure/slow");
    definition["States"]["Work"]["TimeoutSeconds"] = json!(5);
    definition["States"]["Work"]["Retry"] =
        json!([{ "ErrorEquals": ["States.Timeout"], "MaxAttempts": 1 }]);
    let target = world.create("m", definition).await;
    world.run(&target, "e", json!({})).await;
    let figures = &rows(&world, By::State).await[0].figures;
    assert_eq!((figures.calls, figures.retries, figures.durations.count()), (2, 1, 2));
    assert_eq!(figures.durations.max(), Some(5_000.0));
}

#[tokio::test(start_paused = true)]
async fn the_time_before_a_redrive_is_none_of_an_executions() {
    let world = World::new().await;
    let target = world.create("m", work("wasm:once/mend")).await;
    world.run(&target, "e", json!({})).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
    world.ended(&target, "e").await;
    let machines = rows(&world, By::Machine).await;
    let executions = machines[0].figures.executions.as_ref().unwrap();
    assert_eq!((executions.failed, executions.succeeded), (1, 1));
    assert!(executions.durations.max().unwrap() < 60_000.0, "{executions:?}");
}

/// What is tried a second time.
fn again(mut definition: Value) -> Value {
    definition["States"]["Work"]["Retry"] =
        json!([{ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 100, "MaxAttempts": 1 }]);
    definition
}

/// Two attempts that took so many seconds, whatever lay between them.
async fn assert_took(world: &World, seconds: [u32; 2]) {
    let figures = &rows(world, By::State).await.into_iter().find(is_work).unwrap().figures;
    assert_eq!((figures.calls, figures.errors, figures.retries), (2, 1, 1));
    assert_eq!(figures.durations.count(), 2);
    for (share, seconds) in [0.5, 1.0].into_iter().zip(seconds) {
        let (found, exact) = (figures.durations.quantile(share).unwrap(), f64::from(seconds) * 1e3);
        assert!((found - exact).abs() < exact / 50.0, "{found} for {exact}");
    }
}

fn is_work(row: &Row) -> bool {
    row.key.state.as_deref() == Some("Work")
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn each_attempt_of_an_activity_has_a_duration() {
    let world = World::new().await;
    create_activity(&world).await;
    let target = world.create("m", again(work(ACTIVITY))).await;
    world.start(&target, "e", json!({})).await.unwrap();
    let answers =
        [(10, Callback::Failure(Failure::new("E", ""))), (30, Callback::Success(json!(1).into()))];
    for (seconds, answer) in answers {
        let polled = world.host.get_activity_task(ACTIVITY, None, 2 * MINUTE).await;
        let taken = polled.unwrap().unwrap();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        world.host.callback(TENANT, &taken.token, answer).await.unwrap();
    }
    world.ended(&target, "e").await;
    assert_took(&world, [10, 30]).await;
}

#[tokio::test(start_paused = true)]
async fn each_attempt_of_a_callback_has_a_duration() {
    let world = World::new().await;
    let target = world.create("m", again(work(WAITS))).await;
    world.start(&target, "e", json!({})).await.unwrap();
    let answers =
        [(10, Callback::Failure(Failure::new("E", ""))), (30, Callback::Success(json!(1).into()))];
    for (attempt, (seconds, answer)) in answers.into_iter().enumerate() {
        world.tasks.begun("Work", u32::try_from(attempt).unwrap() + 1).await;
        let token = nth_token(&world, &target, attempt).await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        world.host.callback(TENANT, &token, answer).await.unwrap();
    }
    world.ended(&target, "e").await;
    assert_took(&world, [10, 30]).await;
}

#[tokio::test(start_paused = true)]
async fn each_attempt_of_a_nested_execution_has_a_duration() {
    let world = World::new().await;
    let mut child = work("wasm:once/mend");
    child["StartAt"] = json!("Wait");
    child["States"]["Wait"] = json!({ "Type": "Wait", "Seconds": 30, "Next": "Child" });
    child["States"]["Child"] = child["States"]["Work"].take();
    child["States"].as_object_mut().unwrap().remove("Work");
    world.create("child", child).await;
    let mut parent = again(work("arn:aws:states:::states:startExecution.sync:2"));
    parent["States"]["Work"]["Parameters"] = json!({ "StateMachineArn": machine_arn("child") });
    let parent = world.create("parent", parent).await;
    let outcome = world.run(&parent, "e", json!({})).await;
    assert!(matches!(outcome, Outcome::Succeeded { .. }), "{outcome:?}");
    assert_took(&world, [30, 30]).await;
}

#[tokio::test(start_paused = true)]
async fn what_runs_a_function_is_its_plugin() {
    let world = World::new().await;
    let definition = work("arn:aws:lambda:us-east-1:000000000000:function:echo");
    for type_ in [Type::Standard, Type::Express] {
        let target = world.create_as(type_, &format!("{type_:?}"), definition.clone()).await;
        match type_ {
            Type::Standard => drop(world.run(&target, "e", json!({})).await),
            Type::Express => {
                world.host.run_express(order(&target, "e", json!({}))).await.unwrap();
            }
        }
    }
    let tasks = rows(&world, By::Task).await;
    let key = &tasks[0].key;
    assert_eq!((key.plugin.as_deref(), key.task.as_deref()), (Some("lambda"), Some("echo")));
    assert_eq!((tasks.len(), tasks[0].figures.calls), (1, 2));
}
