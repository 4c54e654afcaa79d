//! What passes between the host and a guest that behaves.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_engine::{Handle, Update};
use stepwell_interpreter::{Effect, Outcome, event::Details};
use stepwell_sandbox::{Grants, Limits};

use crate::support::{engine, follow, run, run_as, running, start};

#[tokio::test]
async fn a_guest_gets_the_input_and_gives_the_output() {
    let input = json!({ "amount": 12.50, "text": "ünïcödé\n\"quoted\"", "none": null });
    let report = run("wasm:hostile/echo", input.clone()).await;
    assert_eq!(report.output(), &input);
    let usage = report.only_usage();
    assert!(usage.fuel > 0 && usage.peak_memory > 0, "{usage:?}");
}

#[tokio::test]
async fn a_guest_knows_its_call() {
    let report = run_as("wasm:hostile/context", json!({ "TimeoutSeconds": 60 }), json!({})).await;
    let context = report.output();
    assert_eq!(context["tenant"], "000000000000");
    let arn = "arn:aws:states:us-east-1:000000000000:execution:test:one";
    assert_eq!(context["executionArn"], arn);
    assert_eq!(context["stateName"], "Call");
    assert_eq!(context["attempt"], 0);
    assert_eq!(context["taskToken"], Value::Null);
    let scheduled = report
        .events
        .iter()
        .find(|event| matches!(event.details, Details::TaskScheduled(_)))
        .unwrap();
    let deadline = scheduled.timestamp.as_millisecond() + 60_000;
    assert_eq!(context["deadlineUnixMs"], deadline);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_has_the_same_idempotency_key() {
    let fields = json!({ "Retry": [{ "ErrorEquals": ["Hostile.Context"] }] });
    let report = run_as("wasm:hostile/context", fields, json!({ "failures": 2 })).await;
    let mut contexts: Vec<Value> = report
        .attempts
        .iter()
        .filter_map(|attempt| attempt.result.as_ref().err()?.cause.as_deref())
        .map(|cause| serde_json::from_str(cause).unwrap())
        .collect();
    contexts.push(report.output().clone());
    let attempts: Vec<_> = contexts.iter().map(|context| &context["attempt"]).collect();
    assert_eq!(attempts, [0, 1, 2]);
    let keys: Vec<_> = contexts.iter().map(|context| &context["idempotencyKey"]).collect();
    assert!(keys[0].as_str().is_some_and(|key| !key.is_empty()), "{keys:?}");
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

/// Waits until the execution has taken in a heartbeat: the heartbeat's timer is set anew.
async fn heartbeat(execution: &mut Handle) {
    let sets = |effect: &Effect| matches!(effect, Effect::SetTimer { .. });
    loop {
        match execution.next().await.expect("the execution goes on") {
            Update::Step(step) if step.effects.iter().any(sets) => return,
            _ => {}
        }
    }
}

/// The clock stands still but for `advance`, since the guests are never idle.
#[tokio::test(start_paused = true)]
async fn heartbeats_keep_a_task_alive() {
    let engine = engine(Grants::none(), Limits::default()).await;
    let fields = json!({ "HeartbeatSeconds": 10 });

    let endless = json!({ "count": u64::MAX });
    let mut alive = start(&engine, "wasm:hostile/heartbeat", fields.clone(), endless);
    running(&mut alive).await;
    for _ in 0..4 {
        heartbeat(&mut alive).await;
        tokio::time::advance(Duration::from_secs(8)).await;
    }
    alive.stop(None, None);
    let outcome = follow(alive).await.outcome;
    assert!(matches!(outcome, Outcome::Aborted(_)), "{outcome:?}");

    let mut silent = start(&engine, "wasm:hostile/spin", fields, json!({}));
    running(&mut silent).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let silent = follow(silent).await;
    assert_eq!(silent.failure().0, "States.Timeout");
    assert!(silent.only_usage().fuel > 0);
}

#[tokio::test]
async fn a_command_reads_its_input_and_writes_its_output() {
    let input = json!({ "text": "ünïcödé", "numbers": [1, 2, 3] });
    let report = run("wasm:wasi-echo/main", input.clone()).await;
    assert_eq!(report.output(), &input);
    let usage = report.only_usage();
    assert!(usage.fuel > 0 && usage.peak_memory > 0, "{usage:?}");
}

/// Preview 1 has numbers, WASI 0.2 only success and failure: 3 arrives as 1.
#[tokio::test]
async fn a_command_that_fails_says_why_on_stderr() {
    let report = run("wasm:wasi-echo/main", json!({ "fail": "no such customer: 7" })).await;
    let cause = "exit status 1: no such customer: 7";
    assert_eq!(report.failure(), ("Stepwell.CommandFailed", cause));
    assert_eq!(report.attempts[0].log, "no such customer: 7\n");
    assert!(report.only_usage().fuel > 0);
}
