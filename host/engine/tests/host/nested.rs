//! Executions that executions start.

use serde_json::{Value, json};
use stepwell_asl::definition::Type;
use stepwell_interpreter::Outcome;
use stepwell_journal::Status;

use crate::world::{World, machine_arn, work};

fn starts(pattern: &str, machine: &str) -> Value {
    json!({
        "StartAt": "Start",
        "States": { "Start": {
            "Type": "Task",
            "Resource": format!("arn:aws:states:::states:startExecution{pattern}"),
            "Parameters": { "StateMachineArn": machine_arn(machine), "Input.$": "$", "Name": "child" },
            "End": true,
        } },
    })
}

#[tokio::test(start_paused = true)]
async fn the_execution_is_waited_for() {
    for (pattern, output) in [(".sync:2", json!({ "a": 1 })), (".sync", json!("{\"a\":1}"))] {
        let mut world = World::new().await;
        world.create("child", work("wasm:pure/echo")).await;
        let parent = world.create("parent", starts(pattern, "child")).await;
        let outcome = world.run(&parent, "e", json!({ "a": 1 })).await;
        let Outcome::Succeeded { output: described } = outcome else { panic!("{outcome:?}") };
        let described = described.value();
        assert_eq!(described["Output"], output);
        assert_eq!(described["Status"], "SUCCEEDED");
        assert_eq!(described["Name"], "child");
        world.restart().await;
        assert_eq!(world.host.load().open_executions, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn its_end_comes_after_its_start() {
    let world = World::new().await;
    let at_once = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    world.create("child", at_once).await;
    let parent = world.create("parent", starts(".sync:2", "child")).await;
    world.run(&parent, "e", json!({})).await;
    let types = world.types(&parent, "e").await;
    let task = ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"];
    assert_eq!(types[2..6], task);
}

#[tokio::test(start_paused = true)]
async fn its_failure_is_the_tasks() {
    let world = World::new().await;
    world.create("child", work("wasm:pure/fail")).await;
    let parent = world.create("parent", starts(".sync:2", "child")).await;
    let Outcome::Failed(failure) = world.run(&parent, "e", json!({})).await else { panic!() };
    assert_eq!(failure.error.as_deref(), Some("States.TaskFailed"));
    let cause: Value = serde_json::from_str(failure.cause.as_deref().unwrap()).unwrap();
    assert_eq!((&cause["Error"], &cause["Status"]), (&json!("Custom.Error"), &json!("FAILED")));
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_there_is_not_fails_the_task() {
    let world = World::new().await;
    let parent = world.create("parent", starts("", "nobody")).await;
    let Outcome::Failed(failure) = world.run(&parent, "e", json!({})).await else { panic!() };
    assert_eq!(failure.error.as_deref(), Some("StepFunctions.StateMachineDoesNotExistException"));
    let cause = failure.cause.unwrap();
    assert!(
        cause.starts_with(
            "State Machine Does Not Exist: \
             'arn:aws:states:us-east-1:000000000000:stateMachine:nobody' (Service: \
             AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: "
        ),
        "{cause}"
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_and_is_stopped_stops_it() {
    let mut world = World::new().await;
    let child = world.create("child", work("wasm:pure/hang")).await;
    let parent = world.create("parent", starts(".sync", "child")).await;
    world.start(&parent, "e", json!({})).await.unwrap();
    world.tasks.begun("Work", 1).await;
    world.restart().await;
    world.host.stop_execution(crate::world::id(&parent, "e"), None, None).await.unwrap();
    assert_eq!(world.ended(&child, "child").await.listing.status, Status::Aborted);
}

#[tokio::test(start_paused = true)]
async fn one_of_the_same_name_that_it_has_not_started_goes_on() {
    let world = World::new().await;
    let child = world.create("child", work("wasm:pure/gate")).await;
    let parent = world.create("parent", starts(".sync", "child")).await;
    world.start(&child, "child", json!({})).await.unwrap();
    // Before it knows that the name is taken.
    let (started, stopped) = tokio::join!(
        world.start(&parent, "e", json!({})),
        world.host.stop_execution(crate::world::id(&parent, "e"), None, None)
    );
    assert!(started.is_ok() && stopped.is_ok());
    assert_eq!(world.types(&parent, "e").await.last().unwrap(), "ExecutionAborted");
    world.tasks.open_gate();
    assert_eq!(world.ended(&child, "child").await.listing.status, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn an_express_execution_is_started_and_not_waited_for() {
    let world = World::new().await;
    world.create_as(Type::Express, "child", work("wasm:pure/echo")).await;
    let parent = world.create("parent", starts("", "child")).await;
    let Outcome::Succeeded { output } = world.run(&parent, "e", json!({})).await else { panic!() };
    let arn = output.value()["ExecutionArn"].as_str().unwrap();
    let express = "arn:aws:states:us-east-1:000000000000:express:child:child:";
    assert!(arn.starts_with(express), "{arn}");
    world.tasks.begun("Work", 1).await;
    let waits = world.create("waits", starts(".sync:2", "child")).await;
    let Outcome::Failed(failure) = world.run(&waits, "e", json!({})).await else { panic!() };
    let error = failure.error.as_deref();
    assert_eq!(error, Some("StepFunctions.StateMachineTypeNotSupportedException"));
}

#[tokio::test(start_paused = true)]
async fn what_no_request_could_ask_for_fails_the_task() {
    let world = World::new().await;
    world.create("child", work("wasm:pure/echo")).await;
    for (name, parameter, value, error, cause) in [
        ("1", "Name", json!("a:b"), "InvalidNameException", "Invalid Name: 'a:b' "),
        (
            "2",
            "StateMachineArn",
            json!(machine_arn("child").replace("us-east-1", "eu-west-1")),
            "StateMachineDoesNotExistException",
            "State Machine Does Not Exist: \
             'arn:aws:states:eu-west-1:000000000000:stateMachine:child' ",
        ),
    ] {
        let mut definition = starts(".sync", "child");
        definition["States"]["Start"]["Parameters"][parameter] = value;
        let parent = world.create(name, definition).await;
        let Outcome::Failed(failure) = world.run(&parent, "e", json!({})).await else { panic!() };
        assert_eq!(failure.error.unwrap(), format!("StepFunctions.{error}"));
        assert!(failure.cause.as_deref().unwrap().starts_with(cause), "{:?}", failure.cause);
    }
    assert_eq!(world.tasks.count("Work"), 0);
}
