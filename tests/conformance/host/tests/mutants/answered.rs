//! Hosts whose calls end otherwise than they should.

use std::sync::Mutex;

use stepwell_host_conformance::protocol::Ended;

use super::{answered_otherwise, failure};

#[test]
fn a_host_that_calls_a_trap_otherwise() {
    let failing = answered_otherwise(&["failures"], |_, done| {
        if let Some(failure) = failure(done).filter(|failure| failure.error == "Stepwell.Trap") {
            failure.error = "States.TaskFailed".to_owned();
        }
    });
    assert_eq!(failing, ["failures/panic", "failures/abort", "failures/division", "failures/exit"]);
}

#[test]
fn a_host_that_gives_no_backtrace() {
    let failing = answered_otherwise(&["failures"], |_, done| {
        if let Some(failure) = failure(done) {
            failure.cause = failure.cause.replace("backtrace", "");
        }
    });
    assert_eq!(failing, ["failures/panic", "failures/abort", "failures/division"]);
}

#[test]
fn a_host_that_forgets_how_long_to_wait() {
    let failing = answered_otherwise(&["failures"], |_, done| {
        if let Some(failure) = failure(done) {
            failure.retry_after_ms = None;
        }
    });
    assert_eq!(failing, ["failures/retry-after"]);
}

#[test]
fn a_host_that_says_nothing_of_refusals_in_the_log() {
    let failing = answered_otherwise(&["failures", "http"], |_, done| {
        done.log = done.log.lines().filter(|line| !line.contains("refused")).collect();
    });
    assert_eq!(failing, ["failures/permission-denied", "failures/coped-with", "http/not-granted"]);
}

#[test]
fn a_host_that_answers_a_way_out_as_a_way_in() {
    let failing = answered_otherwise(&["filesystem"], |run, done| {
        if let Ended::Output(output) = &mut done.ended
            && run.input.contains("../outside.txt")
        {
            *output = output.replace("not-permitted", "ok");
        }
    });
    assert_eq!(failing, ["filesystem/no-way-out"]);
}

#[test]
fn a_host_that_keeps_memory_from_call_to_call() {
    let tokens = Mutex::new(Vec::new());
    let failing = answered_otherwise(&["instances"], |run, done| {
        let Ended::Output(output) = &mut done.ended else { return };
        let (Ok(mut tokens), "remember") = (tokens.lock(), &*run.task) else { return };
        tokens.extend(serde_json::from_str::<Vec<String>>(output).unwrap());
        *output = serde_json::to_string(&*tokens).unwrap();
    });
    assert_eq!(
        failing,
        // The first call of all remembers nothing that it should not; the next of its case does.
        ["instances/fresh", "instances/fresh-after-a-trap", "instances/at-the-same-time"]
    );
}

#[test]
fn a_host_whose_placeholders_are_always_the_same() {
    let failing = answered_otherwise(&["secrets"], |run, done| {
        if let (Ended::Output(output), "secrets", [secret]) =
            (&mut done.ended, &*run.task, &*run.grants.secrets)
            && secret.hosts.is_some()
        {
            *output = r#"{"same":true,"values":{"KEY":"placeholder"}}"#.to_owned();
        }
    });
    assert_eq!(failing, ["secrets/placeholder"]);
}

#[test]
fn a_host_whose_heartbeats_get_lost() {
    let failing = answered_otherwise(&["call"], |_, done| done.heartbeats = 0);
    assert_eq!(failing, ["call/heartbeats"]);
}
