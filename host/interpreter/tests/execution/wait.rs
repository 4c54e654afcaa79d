use serde_json::json;
use stepwell_interpreter::Occurrence;

use crate::driver::Host;

#[test]
fn lets_seconds_pass() {
    let mut host = Host::state(json!({ "Type": "Wait", "Seconds": 90, "End": true }), "{}");
    assert_eq!(host.history(), ["WaitStateEntered<0"]);
    assert_eq!(host.fire(), 90_000);
    assert_eq!(host.output(), "{}");
    assert_eq!(host.history(), ["WaitStateEntered<0", "WaitStateExited<2", "ExecutionSucceeded<3"]);
}

#[test]
fn lets_time_come() {
    let state = json!({ "Type": "Wait", "TimestampPath": "$.at", "End": true });
    let mut host = Host::state(state, r#"{"at":"2026-11-22T13:00:00+00:30"}"#);
    assert_eq!(host.fire(), 30 * 60 * 1000);
    assert_eq!(host.output(), r#"{"at":"2026-11-22T13:00:00+00:30"}"#);
}

#[test]
fn seconds_may_be_written_in_a_string_behind_a_path() {
    let state = json!({ "Type": "Wait", "SecondsPath": "$.s", "End": true });
    assert_eq!(Host::state(state, r#"{"s":"5"}"#).fire(), 5000);
}

#[test]
fn does_not_wait_for_what_has_passed() {
    let state = json!({ "Type": "Wait", "Timestamp": "2016-03-14T01:59:00Z", "End": true });
    assert_eq!(Host::state(state, "{}").output(), "{}");
    let state = json!({ "Type": "Wait", "SecondsPath": "$.s", "End": true });
    assert_eq!(Host::state(state, r#"{"s":0}"#).output(), r#"{"s":0}"#);
}

#[test]
fn a_timer_that_comes_early_is_set_again() {
    let mut host = Host::state(json!({ "Type": "Wait", "Seconds": 90, "End": true }), "{}");
    let (timer, at) = host.timers.pop_first().unwrap();
    host.on(Occurrence::TimerFired { timer });
    assert_eq!(host.history(), ["WaitStateEntered<0"]);
    assert_eq!(host.timers.get(&timer), Some(&at));
}

#[test]
fn refuses_what_is_no_time() {
    let seconds = json!({ "Type": "Wait", "SecondsPath": "$.s", "End": true });
    let time = json!({ "Type": "Wait", "TimestampPath": "$.t", "End": true });
    for (state, input, expected) in [
        (
            &seconds,
            r#"{"s":-1}"#,
            "The SecondsPath parameter references a negative value: $.s == -1",
        ),
        (
            &seconds,
            r#"{"s":1.5}"#,
            "The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5",
        ),
        (
            &seconds,
            r#"{"s":100000000}"#,
            "The SecondsPath parameter references a value that is too large: $.s == 100000000",
        ),
        (
            &time,
            r#"{"t":"soon"}"#,
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == soon",
        ),
    ] {
        let host = Host::state(state.clone(), input);
        let (error, cause) = host.failure();
        assert_eq!(error, "States.Runtime");
        assert!(cause.ends_with(expected), "{cause}");
    }
}

#[test]
fn refuses_what_jsonata_makes_no_time_of() {
    let unexpected = |field: &str, expression: &str, types: &str| {
        format!(
            "The JSONata expression '{expression}' specified for the field '{field}' returned an \
             unexpected result type. Expected {types}"
        )
    };
    for (field, expression, expected) in [
        ("Seconds", "-1", "The Seconds parameter references a negative value: -1 == -1".into()),
        (
            "Seconds",
            "1.5",
            unexpected("Seconds", "1.5", "'integer', but was 'number' for value: 1.5"),
        ),
        (
            "Seconds",
            "'5'",
            unexpected("Seconds", "'5'", "'integer', but was 'string' for value: \"5\""),
        ),
        (
            "Timestamp",
            "'soon'",
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format \
             string: soon"
                .into(),
        ),
        ("Timestamp", "1", unexpected("Timestamp", "1", "'string', but was 'number' for value: 1")),
    ] {
        let mut state = json!({ "Type": "Wait", "QueryLanguage": "JSONata", "End": true });
        state[field] = format!("{{% {expression} %}}").into();
        let host = Host::state(state, "{}");
        let (error, cause) = host.failure();
        assert_eq!(error, "States.QueryEvaluationError");
        assert!(cause.ends_with(&expected), "{cause}");
        assert_eq!(host.details(3)["location"], field);
    }
}
