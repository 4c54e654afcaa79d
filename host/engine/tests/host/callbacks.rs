//! Answers from outside: task tokens and activities.

use std::time::Duration;

use futures::FutureExt as _;
use serde_json::json;
use stepwell_engine::host::{Callback, Error};
use stepwell_interpreter::{Failure, Outcome};

use crate::world::{TENANT, World, id, succeeded, work};

pub(crate) const WAITS: &str = "arn:aws:states:::plugin:token.waitForTaskToken";
pub(crate) const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:a";

fn waits_for_token() -> serde_json::Value {
    json!({
        "StartAt": "Work",
        "States": { "Work": {
            "Type": "Task", "Resource": WAITS, "HeartbeatSeconds": 60, "End": true,
            "Parameters": { "token.$": "$$.Task.Token" },
        } },
    })
}

async fn token(world: &World, target: &stepwell_engine::resources::Target) -> String {
    world.start(target, "e", json!({})).await.unwrap();
    nth_token(world, target, 0).await
}

/// Waits for the token of an attempt of the execution `e`.
pub(crate) async fn nth_token(
    world: &World,
    target: &stepwell_engine::resources::Target,
    attempt: usize,
) -> String {
    loop {
        let history = world.history(target, "e").await;
        let mut submitted =
            history.iter().filter(|event| event.details.type_name() == "TaskSubmitted");
        if let Some(event) = submitted.nth(attempt) {
            let event = event.to_aws(stepwell_interpreter::event::Timestamps::Epoch);
            let output = event["taskSubmittedEventDetails"]["output"].as_str().unwrap();
            let output: serde_json::Value = serde_json::from_str(output).unwrap();
            return output["given"].as_str().unwrap().to_owned();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_has_the_token_answers_once() {
    let world = World::new().await;
    let target = world.create("m", waits_for_token()).await;
    let token = token(&world, &target).await;
    let answer = |tenant: &'static str, token: String, callback| {
        let host = world.host.clone();
        async move { host.callback(tenant, &token, callback).await }
    };
    let success = || Callback::Success(json!({ "b": 2 }).into());
    assert_eq!(
        answer("111111111111", token.clone(), success()).await,
        Err(Error::InvalidToken),
        "another tenant's"
    );
    assert_eq!(answer(TENANT, "nonsense".into(), success()).await, Err(Error::InvalidToken));
    assert_eq!(answer(TENANT, token.clone(), Callback::Heartbeat).await, Ok(()));
    assert_eq!(answer(TENANT, token.clone(), success()).await, Ok(()));
    assert_eq!(world.ended(&target, "e").await.outcome, Some(succeeded(json!({ "b": 2 }))));
    assert_eq!(answer(TENANT, token, success()).await, Err(Error::TaskTimedOut));
}

#[tokio::test(start_paused = true)]
async fn a_token_outlives_the_host() {
    let mut world = World::new().await;
    let target = world.create("m", waits_for_token()).await;
    let token = token(&world, &target).await;
    world.restart().await;
    let failure = Failure::new("Custom", "No.");
    world.host.callback(TENANT, &token, Callback::Failure(failure.clone())).await.unwrap();
    let outcome = world.ended(&target, "e").await.outcome;
    assert_eq!(outcome, Some(Outcome::Failed(failure)));
    assert_eq!(world.tasks.count("Work"), 1, "the request is not sent again");
}

pub(crate) async fn create_activity(world: &World) {
    let create = stepwell_engine::resources::CreateActivity {
        name: "a".into(),
        arn: ACTIVITY.into(),
        settings: Default::default(),
        tags: Default::default(),
    };
    let now = world.clock.now();
    world.host.resources().create_activity(TENANT, create, now).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_worker_takes_the_task_of_an_activity() {
    let mut world = World::new().await;
    create_activity(&world).await;
    let target = world.create("m", work(ACTIVITY)).await;
    let minute = Duration::from_secs(60);
    assert_eq!(world.host.get_activity_task(ACTIVITY, None, minute).await, Ok(None), "in vain");
    let poll = {
        let host = world.host.clone();
        tokio::spawn(async move { host.get_activity_task(ACTIVITY, Some("w"), minute).await })
    };
    world.start(&target, "1", json!({ "a": 1 })).await.unwrap();
    let taken = poll.await.unwrap().unwrap().unwrap();
    assert_eq!(taken.input.value(), &json!({ "a": 1 }));
    world.start(&target, "2", json!({ "a": 2 })).await.unwrap();
    world.restart().await;
    let second = world.host.get_activity_task(ACTIVITY, None, minute).await.unwrap().unwrap();
    assert_eq!(second.input.value(), &json!({ "a": 2 }), "one that nobody has taken");
    for (taken, output) in [(taken, 3), (second, 4)] {
        let answer = Callback::Success(json!(output).into());
        world.host.callback(TENANT, &taken.token, answer).await.unwrap();
    }
    assert_eq!(world.ended(&target, "1").await.outcome, Some(succeeded(json!(3))));
    assert_eq!(world.ended(&target, "2").await.outcome, Some(succeeded(json!(4))));
    let started = world.history(&target, "1").await.into_iter();
    let mut started = started.filter(|event| event.details.type_name() == "ActivityStarted");
    let event = started.next().unwrap().to_aws(stepwell_interpreter::event::Timestamps::Epoch);
    assert_eq!(event["activityStartedEventDetails"]["workerName"], "w");
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_asked_for_that_has_gone_is_for_the_next() {
    let world = World::new().await;
    create_activity(&world).await;
    let target = world.create("m", work(ACTIVITY)).await;
    world.start(&target, "1", json!({ "a": 1 })).await.unwrap();
    let minute = Duration::from_secs(60);
    let gone = world.host.get_activity_task(ACTIVITY, Some("gone"), minute).now_or_never();
    assert_eq!(gone, None, "it waits for the commit");
    let taken = world.host.get_activity_task(ACTIVITY, None, minute).await.unwrap().unwrap();
    assert_eq!(taken.input.value(), &json!({ "a": 1 }));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_given_up_is_nobodys() {
    let world = World::new().await;
    create_activity(&world).await;
    let target = world.create("m", work(ACTIVITY)).await;
    world.start(&target, "1", json!({})).await.unwrap();
    world.host.stop_execution(id(&target, "1"), None, None).await.unwrap();
    let minute = Duration::from_secs(60);
    assert_eq!(world.host.get_activity_task(ACTIVITY, None, minute).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn an_activity_that_is_not_there_has_no_tasks() {
    let world = World::new().await;
    let wait = json!({ "Type": "Wait", "Seconds": 60, "Next": "Work" });
    let mut definition = work(ACTIVITY);
    definition["StartAt"] = json!("Wait");
    definition["States"]["Wait"] = wait;
    let late = world.create("late", definition).await;
    create_activity(&world).await;
    let there = world.create("m", work(ACTIVITY)).await;
    world.start(&late, "1", json!({})).await.unwrap();
    world.start(&there, "1", json!({})).await.unwrap();
    world.host.resources().delete_activity(TENANT, "a").await.unwrap();
    let missing = |at| {
        let cause = format!(
            "An error occurred while executing the state 'Work' (entered at the event id #{at}). \
             The activity {ACTIVITY} does not exist."
        );
        Outcome::Failed(Failure::new("States.Runtime", cause))
    };
    assert_eq!(world.ended(&late, "1").await.outcome, Some(missing(4)));
    assert_eq!(world.run(&there, "2", json!({})).await, missing(2));
    assert_eq!(world.types(&there, "1").await.last().unwrap(), "ActivityScheduled");
    // Another tenant's is none.
    let theirs = ACTIVITY.replace(TENANT, "111111111111");
    let target = world.create("other", work(&theirs)).await;
    assert!(matches!(world.run(&target, "1", json!({})).await, Outcome::Failed(_)));
}
