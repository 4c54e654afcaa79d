use serde_json::json;
use stepwell_interpreter::{Failure, Occurrence, Outcome};

use crate::driver::Host;

fn stop(host: &mut Host, error: Option<&str>) {
    let (error, cause) = (error.map(Into::into), None);
    host.on(Occurrence::Stop { error, cause });
}

#[test]
fn an_execution_can_be_stopped() {
    let mut host = Host::state(
        json!({ "Type": "Task", "Resource": "wasm:p/t", "TimeoutSeconds": 9, "End": true }),
        "{}",
    );
    stop(&mut host, Some("Enough"));
    let failure = Failure { error: Some("Enough".into()), ..Failure::default() };
    assert_eq!(host.outcome, Some(Outcome::Aborted(failure)));
    assert_eq!(host.history()[2..], ["ExecutionAborted<0"]);
}

#[test]
fn without_error_and_cause_its_event_has_neither() {
    let mut host = Host::state(json!({ "Type": "Wait", "Seconds": 9, "End": true }), "{}");
    stop(&mut host, None);
    assert_eq!(host.details(3), json!({}));
    stop(&mut host, None);
    assert_eq!(host.events.len(), 3, "what has ended stays as it is");
}

#[test]
fn an_execution_ends_when_its_time_is_up() {
    let definition = json!({ "StartAt": "S", "TimeoutSeconds": 60, "States": {
        "S": { "Type": "Wait", "Seconds": 90, "End": true },
    }});
    let mut host = Host::start(&definition, "{}");
    assert_eq!(host.fire(), 60_000);
    let failure = Failure { error: Some("States.Timeout".into()), ..Failure::default() };
    assert_eq!(host.outcome, Some(Outcome::TimedOut(failure)));
    assert_eq!(host.history(), ["WaitStateEntered<0", "ExecutionTimedOut<0"]);
    assert_eq!(host.details(3), json!({ "error": "States.Timeout" }));
}

#[test]
fn time_does_not_run_backwards_where_the_host_comes_late() {
    let definition = json!({ "StartAt": "S", "TimeoutSeconds": 60, "States": {
        "S": { "Type": "Parallel", "End": true, "Branches": [
            { "StartAt": "A", "States": {
                "A": { "Type": "Task", "Resource": "wasm:p/t", "TimeoutSeconds": 9, "End": true },
            }},
            { "StartAt": "B", "States": {
                "B": { "Type": "Task", "Resource": "wasm:p/t", "Next": "C" },
                "C": { "Type": "Wait", "Seconds": 9, "End": true },
            }},
        ]},
    }});
    let mut host = Host::start(&definition, "{}");
    let last = *host.tasks.keys().last().unwrap();
    host.now += std::time::Duration::from_secs(90);
    host.succeed(last, "{}");
    host.fire();
    let failure = Failure { error: Some("States.Timeout".into()), ..Failure::default() };
    assert_eq!(host.outcome, Some(Outcome::TimedOut(failure)));
    assert!(host.events.is_sorted_by_key(|event| event.timestamp));
}
