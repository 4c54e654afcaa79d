//! Guests that use up what they may.

use std::time::Duration;

use serde_json::json;
use stepwell_interpreter::Outcome;
use stepwell_sandbox::{Grants, Limits};

use crate::support::{engine, follow, run, run_as, run_limited, running, start};

#[tokio::test]
async fn a_guest_that_spins_runs_out_of_fuel() {
    let limits = Limits { fuel: 5_000_000, ..Limits::default() };
    let report = run_limited(limits, "wasm:hostile/spin", json!({})).await;
    let cause = "The call is over its fuel limit of 5000000: it used all of it.";
    assert_eq!(report.failure(), ("Stepwell.OutOfFuel", cause));
    assert_eq!(report.only_usage().fuel, 5_000_000);
}

#[tokio::test]
async fn a_state_lowers_the_fuel_and_never_raises_it() {
    let limits = Limits { fuel: 5_000_000, ..Limits::default() };
    for (asked, limit) in [(1_000_000, 1_000_000), (9_000_000, 5_000_000)] {
        let resource = format!("wasm:hostile/spin?fuel={asked}");
        let report = run_limited(limits.clone(), &resource, json!({})).await;
        let cause = format!("The call is over its fuel limit of {limit}: it used all of it.");
        assert_eq!(report.failure(), ("Stepwell.OutOfFuel", &*cause));
        assert_eq!(report.only_usage().fuel, limit);
    }
}

/// The clock stands still but for `advance`: a guest that spins leaves no idle moment in which it
/// would go on by itself.
#[tokio::test(start_paused = true)]
async fn a_guest_that_spins_holds_up_nobody_until_its_time_is_out() {
    let engine = engine(Grants::none(), Limits::default()).await;
    let timeout = json!({ "TimeoutSeconds": 1 });
    let mut spinner = start(&engine, "wasm:hostile/spin", timeout, json!({}));
    running(&mut spinner).await;

    let other = follow(start(&engine, "wasm:hostile/echo", json!({}), json!([1, 2]))).await;
    assert_eq!(other.output(), &json!([1, 2]));

    tokio::time::advance(Duration::from_secs(1)).await;
    let spinner = follow(spinner).await;
    assert_eq!(spinner.failure(), ("States.Timeout", ""));
    assert!(spinner.only_usage().fuel > other.only_usage().fuel);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_spins_can_be_stopped() {
    let engine = engine(Grants::none(), Limits::default()).await;
    let mut spinner = start(&engine, "wasm:hostile/spin", json!({}), json!({}));
    running(&mut spinner).await;
    spinner.stop(Some("Enough".to_owned()), None);
    let report = follow(spinner).await;
    let Outcome::Aborted(failure) = report.outcome else { panic!("{report:?}") };
    assert_eq!(failure.error.as_deref(), Some("Enough"));
    assert!(report.attempts[0].usage.is_some_and(|usage| usage.fuel > 0));
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_of_a_plugin_is_a_timeout_too() {
    let time = Duration::from_secs(3);
    let limits = Limits { time, ..Limits::default() };
    let engine = engine(Grants::none(), limits).await;
    let caught = json!({ "Catch": [
        { "ErrorEquals": ["States.TaskFailed"], "Next": "Caught", "ResultPath": "$.wrong" },
        { "ErrorEquals": ["States.Timeout"], "Next": "Caught" },
    ]});
    let mut spinner = start(&engine, "wasm:hostile/spin", caught, json!({}));
    running(&mut spinner).await;
    tokio::time::advance(time).await;
    let report = follow(spinner).await;
    assert_eq!(report.output()["Error"], "States.Timeout");
    let cause = report.output()["Cause"].as_str().unwrap();
    assert!(
        cause.starts_with("The call is over its time limit of 3s: it was stopped after "),
        "{cause}"
    );
    assert!(report.only_usage().fuel > 0);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_sleeps_is_woken_by_nothing_but_its_timeout() {
    let timeout = json!({ "TimeoutSeconds": 5 });
    let report = run_as("wasm:hostile/sleep", timeout, json!({})).await;
    assert_eq!(report.failure(), ("States.Timeout", ""));
    assert!(report.only_usage().fuel > 0);
}

#[tokio::test]
async fn a_guest_that_allocates_without_end_runs_out_of_memory() {
    let report = run("wasm:hostile/allocate", json!({})).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Stepwell.OutOfMemory");
    assert!(
        cause.starts_with("The call is over its memory limit of 134217728 bytes: it held 13"),
        "{cause}"
    );
    assert!(cause.ends_with(" more."), "{cause}");
    let peak = report.only_usage().peak_memory;
    assert!((120 << 20..=128 << 20).contains(&peak), "{peak}");
    assert!(cause.contains(&format!("it held {peak} bytes and asked for ")), "{cause}");
}

#[tokio::test]
async fn a_state_lowers_the_memory_and_never_raises_it() {
    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    for (asked, limit) in [("2MiB", 2 << 20), ("64MiB", 4 << 20)] {
        let resource = format!("wasm:hostile/allocate?memory={asked}");
        let report = run_limited(limits.clone(), &resource, json!({})).await;
        let (error, cause) = report.failure();
        assert_eq!(error, "Stepwell.OutOfMemory");
        let begin = format!("The call is over its memory limit of {limit} bytes: it held ");
        assert!(cause.starts_with(&begin), "{cause}");
        assert!(report.only_usage().peak_memory <= limit);
    }
}

#[tokio::test]
async fn a_guest_within_its_memory_has_it() {
    let report = run("wasm:hostile/allocate?memory=16MiB", json!({ "bytes": 8 << 20 })).await;
    assert_eq!(report.output(), &json!(128));
    let peak = report.only_usage().peak_memory;
    assert!((8 << 20..16 << 20).contains(&peak), "{peak}");
}

#[tokio::test]
async fn an_endless_recursion_ends_the_call_and_nothing_else() {
    let engine = engine(Grants::none(), Limits::default()).await;
    let report = follow(start(&engine, "wasm:hostile/recurse", json!({}), json!({}))).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.contains("wasm backtrace:\n") && cause.contains("recurse"), "{cause}");
    assert!(report.only_usage().fuel > 0);

    let after = follow(start(&engine, "wasm:hostile/echo", json!({}), json!("alive"))).await;
    assert_eq!(after.output(), "alive");
}

#[tokio::test]
async fn an_output_of_a_megabyte_is_over_the_limit() {
    let report = run("wasm:hostile/output", json!({})).await;
    // As AWS says it of what is too large for a state.
    let cause = "The state/task 'wasm' returned a result with a size exceeding the maximum \
                 number of bytes service limit.";
    assert_eq!(report.failure(), ("States.DataLimitExceeded", cause));
    assert!(report.only_usage().peak_memory > 1 << 20);
    // A plugin that may give less than a state can have is told how much.
    let limits = Limits { output: 1000, ..Limits::default() };
    let report = run_limited(limits, "wasm:hostile/output", json!({ "bytes": 1000 })).await;
    let cause = "The output is over its limit of 1000 bytes: it has 1002 bytes.";
    assert_eq!(report.failure(), ("States.DataLimitExceeded", cause));
}

#[tokio::test]
async fn an_output_within_the_limit_is_handed_on() {
    let report = run("wasm:hostile/output", json!({ "bytes": (256 << 10) - 2 })).await;
    assert_eq!(report.output().as_str().map(str::len), Some((256 << 10) - 2));
}

#[tokio::test]
async fn a_flood_of_log_is_cut_and_says_so() {
    let report = run("wasm:hostile/log-flood", json!({})).await;
    assert_eq!(report.output(), &json!(null));
    let log = &report.attempts[0].log;
    assert!(log.starts_with("flood flood "), "{}", &log[..80]);
    assert!(log.len() < 70 << 10, "{}", log.len());
    assert!(log.contains(" bytes cut here: the log is over its limit of 65536 bytes]\n"));
}

/// Retry and Catch of one state match each error: by its name, as a failed task, and as any error.
#[tokio::test(start_paused = true)]
async fn every_limit_can_be_retried_and_caught() {
    let cases = [
        ("wasm:hostile/spin?fuel=1000000", "Stepwell.OutOfFuel"),
        ("wasm:hostile/allocate?memory=2MiB", "Stepwell.OutOfMemory"),
        ("wasm:hostile/output", "States.DataLimitExceeded"),
        ("wasm:hostile/trap", "Stepwell.Trap"),
        ("wasm:hostile/not-json", "Stepwell.InvalidOutput"),
    ];
    for (resource, error) in cases {
        for matcher in [error, "States.TaskFailed", "States.ALL"] {
            let fields = json!({
                "Retry": [{ "ErrorEquals": [matcher], "MaxAttempts": 1 }],
                "Catch": [{ "ErrorEquals": [matcher], "Next": "Caught" }],
            });
            let report = run_as(resource, fields, json!({})).await;
            assert_eq!(report.output()["Error"], error, "{resource} caught as {matcher}");
            assert_eq!(report.usage().len(), 2, "{resource} retried as {matcher}");
        }
    }
}
