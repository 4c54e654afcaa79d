use std::time::Duration;

use serde_json::{Value, json};
use stepwell_interpreter::Failure;

use crate::driver::Host;

fn start(retry: Value) -> Host {
    let state = json!({ "Type": "Task", "Resource": "wasm:p/t", "Retry": retry, "End": true });
    Host::state(state, "{}")
}

fn fail(host: &mut Host, error: &str) {
    let task = host.task().task;
    host.fail(task, error);
}

#[test]
fn tries_again_with_growing_delays() {
    let mut host = start(json!([{ "ErrorEquals": ["States.ALL"] }]));
    let key = host.task().idempotency_key.clone();
    for (attempt, delay) in [(1, 1000), (2, 2000), (3, 4000)] {
        fail(&mut host, "E");
        assert_eq!(host.fire(), delay);
        assert_eq!(host.task().attempt, attempt);
        assert_eq!(host.task().idempotency_key, key);
    }
    fail(&mut host, "E");
    assert_eq!(host.failure(), ("E", "why"));
    assert_eq!(
        host.history()[1..6],
        ["TaskScheduled<2", "TaskStarted<3", "TaskFailed<4", "TaskScheduled<5", "TaskStarted<6"]
    );
}

#[test]
fn each_retrier_counts_for_itself() {
    let mut host = start(json!([
        { "ErrorEquals": ["A"], "MaxAttempts": 1, "IntervalSeconds": 5 },
        { "ErrorEquals": ["B"], "MaxAttempts": 1, "IntervalSeconds": 7 },
    ]));
    fail(&mut host, "A");
    assert_eq!(host.fire(), 5000);
    fail(&mut host, "B");
    assert_eq!(host.fire(), 7000);
    assert_eq!(host.task().attempt, 2);
    fail(&mut host, "A");
    assert_eq!(host.failure().0, "A");
}

#[test]
fn a_delay_is_capped() {
    let mut host = start(json!([{
        "ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 10,
        "MaxDelaySeconds": 20,
    }]));
    for delay in [10_000, 20_000, 20_000] {
        fail(&mut host, "E");
        assert_eq!(host.fire(), delay);
    }
}

#[test]
fn full_jitter_stays_below_the_delay() {
    let retry = json!([{
        "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1000, "BackoffRate": 1,
        "JitterStrategy": "FULL",
    }]);
    let delays = || {
        let mut host = start(retry.clone());
        (0..3)
            .map(|_| {
                fail(&mut host, "E");
                host.fire()
            })
            .collect::<Vec<_>>()
    };
    let first = delays();
    assert!(first.iter().all(|delay| (0..1_000_000).contains(delay)), "{first:?}");
    assert!(first.windows(2).any(|pair| pair[0] != pair[1]), "{first:?}");
    assert_eq!(first, delays(), "the same execution draws the same numbers");
}

#[test]
fn waits_at_least_as_long_as_the_task_asks_for() {
    let mut host = start(json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 2 }]));
    for (asked, delay) in [(90_000, 90_000), (1, 4000)] {
        let task = host.task().task;
        let retry_after = Some(Duration::from_millis(asked));
        host.fail_with(task, Failure { retry_after, ..Failure::new("E", "busy") });
        assert_eq!(host.fire(), delay);
    }
}

#[test]
fn zero_attempts_are_none() {
    let mut host = start(json!([
        { "ErrorEquals": ["E"], "MaxAttempts": 0 },
        { "ErrorEquals": ["States.ALL"] },
    ]));
    fail(&mut host, "E");
    assert_eq!(host.failure().0, "E");
}

#[test]
fn what_the_definition_gets_wrong_is_not_tried_again() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:p/t", "Parameters": { "a.$": "$.a" },
        "Retry": [{ "ErrorEquals": ["States.ALL"] }], "End": true,
    });
    assert_eq!(Host::state(state, "{}").failure().0, "States.Runtime");
}

/// A template that fails writes no event, so that the next attempt begins after the same one.
#[test]
fn each_attempt_draws_numbers_of_its_own() {
    let mut host = Host::state(
        json!({
            "Type": "Task", "Resource": "wasm:p/t",
            "Parameters": { "n.$": "States.StringToJson($.text)" },
            "Retry": [{
                "ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "IntervalSeconds": 1000,
                "BackoffRate": 1, "JitterStrategy": "FULL",
            }],
            "End": true,
        }),
        r#"{"text":"no JSON"}"#,
    );
    let delays: Vec<_> = (0..3).map(|_| host.fire()).collect();
    assert!(delays[0] != delays[1] && delays[1] != delays[2], "{delays:?}");
    assert_eq!(host.failure().0, "States.IntrinsicFailure");
}
