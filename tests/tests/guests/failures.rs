//! Guests that fail: by their own will, by a bug, or by what they return.

use serde_json::json;

use crate::support::{run, run_as};

#[tokio::test]
async fn a_failure_keeps_the_name_the_plugin_gives_it() {
    let input = json!({ "error": "Payments.CardDeclined", "cause": "the card was declined" });
    let report = run("wasm:hostile/fail", input).await;
    assert_eq!(report.failure(), ("Payments.CardDeclined", "the card was declined"));
    assert!(report.only_usage().fuel > 0);
    assert!(report.only_usage().peak_memory > 0);
}

#[tokio::test]
async fn a_failure_is_caught_by_the_name_the_plugin_gives_it() {
    let fields = json!({ "Catch": [
        { "ErrorEquals": ["Payments.Unavailable"], "Next": "Caught", "ResultPath": "$.wrong" },
        { "ErrorEquals": ["Payments.CardDeclined"], "Next": "Caught" },
    ]});
    let input = json!({ "error": "Payments.CardDeclined", "cause": "the card was declined" });
    let report = run_as("wasm:hostile/fail", fields, input).await;
    let caught = json!({ "Error": "Payments.CardDeclined", "Cause": "the card was declined" });
    assert_eq!(report.output(), &caught);
}

#[tokio::test]
async fn a_failure_without_a_name_is_a_failed_task() {
    let report = run("wasm:hostile/fail", json!({ "cause": "no name for it" })).await;
    assert_eq!(report.failure(), ("States.TaskFailed", "no name for it"));
}

#[tokio::test(start_paused = true)]
async fn a_plugin_lengthens_the_pause_before_a_retry() {
    for (asked, seconds) in [(120_000, 120), (1_000, 30)] {
        let fields = json!({ "Retry": [
            { "ErrorEquals": ["Busy"], "IntervalSeconds": 30, "MaxAttempts": 1 },
        ]});
        let input = json!({ "error": "Busy", "cause": "", "retryAfterMs": asked });
        let report = run_as("wasm:hostile/fail", fields, input).await;
        assert_eq!(report.failure(), ("Busy", ""));
        assert_eq!(report.attempts.len(), 2);
        let times: Vec<_> =
            report.events.iter().filter(|it| it.usage.is_some()).map(|it| it.timestamp).collect();
        assert_eq!(times[1].duration_since(times[0]).as_secs(), seconds);
    }
}

#[tokio::test]
async fn a_trap_comes_with_the_functions_it_went_through() {
    let report = run("wasm:hostile/trap", json!({})).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.starts_with("wasm trap: "), "{cause}");
    // The innermost first, then what the guest wrote as it panicked.
    let parts = [
        "\nwasm backtrace:\n",
        "hostile.wasm!",
        "::last_step",
        "::second_step",
        "::first_step",
        "stepwell:task/plugin@0.1.0#run",
        "\nthe log ends with:\n",
        "\na bug in the guest\n",
    ];
    let mut rest = cause;
    for part in parts {
        (_, rest) = rest.split_once(part).unwrap_or_else(|| panic!("no {part:?} in {cause}"));
    }
    assert!(report.only_usage().fuel > 0);
}

#[tokio::test]
async fn an_output_that_is_not_json_is_shown() {
    let report = run("wasm:hostile/not-json", json!({})).await;
    let cause = "The output of the task `not-json` is not JSON: EOF while parsing a value at line \
                 1 column 9. It begins with: {\"half\": ";
    assert_eq!(report.failure(), ("Stepwell.InvalidOutput", cause));
    assert!(report.only_usage().fuel > 0);
}
