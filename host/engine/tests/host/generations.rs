//! Executions keep the generation of the runner that they were started in.

use serde_json::{Value, json};
use stepwell_asl::definition::Type;
use stepwell_interpreter::Outcome;

use crate::world::{World, id, machine_arn, order, succeeded};

/// Waits at the gate, then runs a task.
fn gated(task: &str) -> Value {
    json!({ "StartAt": "Gate", "States": {
        "Gate": { "Type": "Task", "Resource": "wasm:pure/gate", "Next": "After" },
        "After": { "Type": "Task", "Resource": task, "End": true },
    } })
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_is_for_executions_that_start_after_it() {
    let mut world = World::new().await;
    let target = world.create("m", gated("wasm:once/echo")).await;
    // Of this one it is not known.
    world.start(&target, "unknown", json!({})).await.unwrap();
    world.tasks.begun("Gate", 1).await;
    world.tasks.upgrade(1);
    world.start(&target, "before", json!({})).await.unwrap();
    world.tasks.begun("Gate", 2).await;
    world.tasks.upgrade(2);
    world.start(&target, "after", json!({})).await.unwrap();
    world.tasks.begun("Gate", 3).await;
    world.restart().await;
    world.tasks.begun("Gate", 6).await;
    world.tasks.upgrade(3);
    world.tasks.open_gate();
    for name in ["unknown", "before", "after"] {
        assert_eq!(world.ended(&target, name).await.outcome, Some(succeeded(json!({}))));
    }
    let mut begun = world.tasks.begun_for("Gate");
    begun[3..].sort();
    assert_eq!(begun, [None, Some(1), Some(2), None, Some(1), Some(2)]);
    let mut begun = world.tasks.begun_for("After");
    begun.sort();
    assert_eq!(begun, [None, Some(1), Some(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_keeps_it() {
    let world = World::new().await;
    let target = world.create("m", gated("wasm:once/mend")).await;
    world.tasks.open_gate();
    world.tasks.upgrade(1);
    let outcome = world.run(&target, "e", json!({})).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    world.tasks.upgrade(2);
    world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!({}))));
    assert_eq!(world.tasks.begun_for("After"), [Some(1), Some(1)]);
}

#[tokio::test(start_paused = true)]
async fn children_of_a_map_run_have_their_parents() {
    for kind in ["STANDARD", "EXPRESS"] {
        let world = World::new().await;
        let definition = json!({ "StartAt": "Gate", "States": {
            "Gate": { "Type": "Task", "Resource": "wasm:pure/gate", "Next": "Map" },
            "Map": {
                "Type": "Map", "End": true,
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": kind },
                    "StartAt": "Child",
                    "States": {
                        "Child": { "Type": "Task", "Resource": "wasm:once/mend", "End": true },
                    },
                },
            },
        } });
        let target = world.create("m", definition).await;
        world.tasks.upgrade(1);
        world.start(&target, "e", json!([1])).await.unwrap();
        world.tasks.begun("Gate", 1).await;
        world.tasks.upgrade(2);
        world.tasks.open_gate();
        let outcome = world.ended(&target, "e").await.outcome;
        assert!(matches!(outcome, Some(Outcome::Failed(_))), "{outcome:?}");
        world.tasks.upgrade(3);
        world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
        assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!([1]))));
        assert_eq!(world.tasks.begun_for("Child"), [Some(1), Some(1)], "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_a_task_starts_has_its_own() {
    for type_ in [Type::Standard, Type::Express] {
        let world = World::new().await;
        let child = json!({ "StartAt": "Child", "States": {
            "Child": { "Type": "Task", "Resource": "wasm:once/echo", "End": true },
        } });
        world.create_as(type_, "child", child).await;
        let definition = json!({ "StartAt": "Gate", "States": {
            "Gate": { "Type": "Task", "Resource": "wasm:pure/gate", "Next": "Start" },
            "Start": {
                "Type": "Task", "End": true,
                "Resource": "arn:aws:states:::states:startExecution",
                "Parameters": { "StateMachineArn": machine_arn("child") },
            },
        } });
        let target = world.create("m", definition).await;
        world.tasks.upgrade(1);
        world.start(&target, "e", json!({})).await.unwrap();
        world.tasks.begun("Gate", 1).await;
        world.tasks.upgrade(2);
        world.tasks.open_gate();
        world.tasks.begun("Child", 1).await;
        assert_eq!(world.tasks.begun_for("Child"), [Some(2)], "{type_:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_express_execution_keeps_it() {
    let world = World::new().await;
    let target = world.create_as(Type::Express, "m", gated("wasm:once/echo")).await;
    world.tasks.upgrade(1);
    let (host, order) = (world.host.clone(), order(&target, "e", json!({})));
    let running = tokio::spawn(async move { host.run_express(order).await });
    world.tasks.begun("Gate", 1).await;
    world.tasks.upgrade(2);
    world.tasks.open_gate();
    assert_eq!(running.await.unwrap().unwrap().outcome, succeeded(json!({})));
    assert_eq!(world.tasks.begun_for("After"), [Some(1)]);
}
