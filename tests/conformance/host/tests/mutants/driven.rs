//! Hosts that admit, run, stop or execute otherwise.

use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex, PoisonError},
    thread,
};

use stepwell_host_conformance::{
    host::Host,
    protocol::{Answer, Ask, Done, Ended, Plugin},
};

use super::{Mutant, failing};
use crate::{PATIENCE, stepwell};

#[test]
fn a_host_whose_states_lower_no_limit() {
    let host = stepwell();
    let asks = |_: &dyn Host, _, ask: &mut Ask| {
        if let Ask::Execute(execution) = ask {
            let definition =
                execution.definition.to_string().replace("fuel=1000000\"", "fuel=9000000\"");
            execution.definition = serde_json::from_str(&definition).unwrap();
        }
        None
    };
    let mutant = Mutant { host: &host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(failing(&mutant, &["executions"]), ["executions/lowered-limit"]);
}

#[test]
fn a_host_that_retries_nothing() {
    let host = stepwell();
    let asks = |_: &dyn Host, _, ask: &mut Ask| {
        if let Ask::Execute(execution) = ask {
            let definition = execution
                .definition
                .to_string()
                .replace("\"MaxAttempts\":", "\"MaxAttempts\":0,\"IntervalSeconds\":");
            execution.definition = serde_json::from_str(&definition).unwrap();
        }
        None
    };
    let mutant = Mutant { host: &host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(
        failing(&mutant, &["executions"]),
        ["executions/attempts", "executions/idempotency-key"]
    );
}

#[test]
fn a_host_whose_calls_wait_for_one_another() {
    let host = stepwell();
    let turn = Mutex::new(());
    let asks = |host: &dyn Host, id, ask: &mut Ask| {
        let Ask::Run(run) = ask else { return None };
        // Shorter than the suite's patience, and long enough for all else.
        run.limits.time_ms = Some(run.limits.time_ms.unwrap_or(5000).min(3000));
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        host.ask(id, ask.clone()).ok()
    };
    let mutant = Mutant { host: &host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(failing(&mutant, &["instances"]), ["instances/at-the-same-time"]);
}

/// Numbers of requests that no suite comes to.
const BEYOND: u64 = 1 << 32;

/// It answers when the time is over, and something of the call goes on.
#[test]
fn a_host_that_answers_before_a_call_has_ended() {
    let host = &*Box::leak(Box::new(stepwell()));
    let asks = |_: &dyn Host, id, ask: &mut Ask| {
        let Ask::Run(run) = ask else { return None };
        run.limits.time_ms.filter(|ms| *ms <= 1_500)?;
        let within = ask.clone();
        if let Ask::Run(run) = ask {
            run.limits.time_ms = Some(60_000);
        }
        let beyond = ask.clone();
        thread::spawn(move || host.ask(id + BEYOND, beyond));
        host.ask(id, within).ok()
    };
    let mutant = Mutant { host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(failing(&mutant, &["instances"]), ["instances/stopped-by-a-limit"]);
}

#[test]
fn a_host_that_keeps_stopped_calls_running() {
    let host = &*Box::leak(Box::new(stepwell()));
    let (stopped, stop) = (Mutex::new(BTreeSet::new()), Condvar::new());
    let asks = |_: &dyn Host, id, ask: &mut Ask| match ask {
        Ask::Stop { run } => {
            stopped.lock().ok()?.insert(*run);
            stop.notify_all();
            Some(Answer::Stopping)
        }
        // These two are the ones that the cases stop.
        Ask::Run(run) if run.task == "network" && run.limits.time_ms.is_none() => {
            run.limits.time_ms = Some(30_000);
            let ask = ask.clone();
            thread::spawn(move || host.ask(id, ask));
            let waiting = stopped.lock().ok()?;
            drop(stop.wait_timeout_while(waiting, PATIENCE, |stopped| !stopped.contains(&id)));
            Some(Answer::Done(Done { ended: Ended::Stopped, log: String::new(), heartbeats: 0 }))
        }
        _ => None,
    };
    let mutant = Mutant { host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(
        failing(&mutant, &["instances"]),
        ["instances/stopped-while-it-waits", "instances/stopped-while-it-works"]
    );
}

#[test]
fn a_host_that_admits_anything() {
    let host = stepwell();
    let answers = |ask: &Ask, answer: &mut Answer| {
        if let (Ask::Admit { .. }, Answer::Refused(_)) = (ask, &*answer) {
            *answer = Answer::Admitted(Plugin {
                kind: "component".to_owned(),
                name: "any".to_owned(),
                version: "1.0.0".to_owned(),
                summary: String::new(),
                tasks: Vec::new(),
            });
        }
    };
    let mutant = Mutant { host: &host, asks: |_: &dyn Host, _, _: &mut Ask| None, answers };
    // Some of each kind: all of them take long.
    let refused = [
        "admission/text",
        "admission/neither",
        "admission/unknown-import",
        "admission/newer-contract",
        "admission/nesting",
        "description/long-name",
        "description/no-tasks",
        "description/schema-is-a-schema",
        "description/trap",
    ];
    let admitted = ["admission/component", "description/longest-names"];
    assert_eq!(failing(&mutant, &[&refused[..], &admitted[..]].concat()), refused);
}

#[test]
fn a_host_that_refuses_without_saying_what() {
    let host = stepwell();
    let answers = |_: &Ask, answer: &mut Answer| {
        if let Answer::Refused(text) = answer {
            *text = "no".to_owned();
        }
    };
    let mutant = Mutant { host: &host, asks: |_: &dyn Host, _, _: &mut Ask| None, answers };
    let told = [
        "admission/unknown-import",
        "admission/unknown-module-import",
        "admission/wasi-0.3",
        "admission/unknown-interface-of-the-contract",
        "admission/unknown-function-of-the-contract",
        "admission/newer-contract",
    ];
    let untold = ["admission/text", "admission/another-world"];
    assert_eq!(failing(&mutant, &[&told[..], &untold[..]].concat()), told);
}

#[test]
fn a_host_that_calls_every_task_pure() {
    let host = stepwell();
    let answers = |_: &Ask, answer: &mut Answer| {
        if let Answer::Admitted(plugin) = answer {
            plugin.tasks.iter_mut().for_each(|task| task.effect = "pure".to_owned());
        }
    };
    let mutant = Mutant { host: &host, asks: |_: &dyn Host, _, _: &mut Ask| None, answers };
    assert_eq!(
        failing(&mutant, &["description/tasks", "description/longest-names", "command/one-task"]),
        ["description/tasks", "command/one-task"]
    );
}
