//! Hosts that are wrong on purpose: Stepwell, with something between it and the suite that changes
//! what is asked or answered.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use stepwell_host_conformance::{
    Suite, Verdict, case,
    host::{Error, Host},
    protocol::{Answer, Ask, Claim, Done, Ended, Failure, Run},
};

use crate::{PATIENCE, probes, stepwell};

/// A host with something between it and the suite.
struct Mutant<'a, A, B> {
    host: &'a dyn Host,
    /// Changes what is asked, or answers it.
    asks: A,
    /// Changes what is answered to that.
    answers: B,
}

impl<A, B> Host for Mutant<'_, A, B>
where
    A: Fn(&dyn Host, u64, &mut Ask) -> Option<Answer> + Sync,
    B: Fn(&Ask, &mut Answer) + Sync,
{
    fn ask(&self, id: u64, mut ask: Ask) -> Result<Answer, Error> {
        let asked = ask.clone();
        let mut answer = match (self.asks)(self.host, id, &mut ask) {
            Some(answer) => answer,
            None => self.host.ask(id, ask)?,
        };
        (self.answers)(&asked, &mut answer);
        Ok(answer)
    }
}

/// The host, claiming these alone.
pub(crate) fn claiming<'a>(host: &'a dyn Host, claims: &'static [Claim]) -> impl Host + 'a {
    Mutant {
        host,
        asks: |_: &dyn Host, _, _: &mut Ask| None,
        answers: move |_: &Ask, answer: &mut Answer| {
            if let Answer::Hello(hello) = answer {
                hello.claims = claims.iter().copied().collect();
            }
        },
    }
}

/// Runs the cases of some areas against a mutant, and gives the names of those that fail.
fn failing(host: &dyn Host, areas: &[&str]) -> Vec<String> {
    // What is waited for in vain is not there: a mutant keeps connections open.
    let probes = probes();
    let suite = Suite::begin(host, &probes, Duration::from_secs(20)).unwrap();
    let cases = case::all().unwrap();
    let of_areas = |id: &str| areas.iter().any(|area| id.starts_with(&format!("{area}/")));
    let cases = cases.iter().filter(|case| of_areas(&case.id));
    cases
        .filter(|case| match suite.run(case) {
            Verdict::Failed(why) => {
                assert!(!why.contains("the adapter could not"), "{}: {why}", case.id);
                true
            }
            _ => false,
        })
        .map(|case| case.id.clone())
        .collect()
}

/// What fails where each run is asked for otherwise.
fn asked_otherwise(areas: &[&str], change: impl Fn(&mut Run) + Sync) -> Vec<String> {
    let host = stepwell();
    let asks = |_: &dyn Host, _, ask: &mut Ask| {
        if let Ask::Run(run) = ask {
            change(run);
        }
        None
    };
    failing(&Mutant { host: &host, asks, answers: |_: &Ask, _: &mut Answer| {} }, areas)
}

/// What fails where each run is answered otherwise.
fn answered_otherwise(areas: &[&str], change: impl Fn(&Run, &mut Done) + Sync) -> Vec<String> {
    let host = stepwell();
    let answers = |ask: &Ask, answer: &mut Answer| {
        if let (Ask::Run(run), Answer::Done(done)) = (ask, answer) {
            change(run, done);
        }
    };
    failing(&Mutant { host: &host, asks: |_: &dyn Host, _, _: &mut Ask| None, answers }, areas)
}

fn failure(done: &mut Done) -> Option<&mut Failure> {
    match &mut done.ended {
        Ended::Failure(failure) => Some(failure),
        _ => None,
    }
}

#[test]
fn a_host_without_a_limit_of_instructions() {
    // They still come to an end: by their time.
    let failing = asked_otherwise(&["limits"], |run| {
        run.limits.instructions = Some(u64::MAX);
        run.limits.time_ms = run.limits.time_ms.map(|ms| ms.min(2000));
    });
    assert_eq!(failing, ["limits/instructions"]);
}

#[test]
fn a_host_with_another_default_of_memory() {
    let failing = asked_otherwise(&["limits"], |run| {
        run.limits.memory = run.limits.memory.or(Some(256 << 20));
    });
    assert_eq!(failing, ["limits/memory"]);
}

#[test]
fn a_host_that_takes_a_byte_more_of_output() {
    let failing = asked_otherwise(&["limits", "command"], |run| {
        run.limits.output = Some(run.limits.output.unwrap_or(256 << 10) + 1);
    });
    assert_eq!(failing, ["limits/output", "command/output"]);
}

#[test]
fn a_host_that_does_not_cut_the_log() {
    let failing = asked_otherwise(&["limits"], |run| run.limits.log = Some(10 << 20));
    assert_eq!(failing, ["limits/log", "limits/log-of-its-own"]);
}

#[test]
fn a_host_that_counts_no_calls() {
    let failing = asked_otherwise(&["limits"], |run| run.limits.host_calls = None);
    assert_eq!(failing, ["limits/host-calls"]);
}

#[test]
fn a_host_that_counts_no_requests_nor_bodies() {
    let failing = asked_otherwise(&["http-messages"], |run| {
        run.limits.http_requests = None;
        run.limits.http_body = None;
    });
    assert_eq!(
        failing,
        ["http-messages/requests", "http-messages/request-body", "http-messages/response-body"]
    );
}

#[test]
fn a_host_without_quotas() {
    let failing = asked_otherwise(&["filesystem"], |run| {
        run.limits.file_bytes = None;
        run.grants.scratch = run.grants.scratch.map(|_| 1 << 30);
    });
    assert_eq!(
        failing,
        ["filesystem/quota", "filesystem/quota-in-all-ways", "filesystem/scratch-quota"]
    );
}

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
fn a_host_that_grants_writing_where_reading_is_granted() {
    let failing = asked_otherwise(&["filesystem"], |run| {
        run.grants.directories.iter_mut().for_each(|directory| directory.write = true);
    });
    assert_eq!(
        failing,
        ["filesystem/read-only", "filesystem/between-directories", "filesystem/denied"]
    );
}

#[test]
fn a_host_that_grants_the_directory_around() {
    let failing = asked_otherwise(&["filesystem"], |run| {
        for directory in &mut run.grants.directories {
            // As where nobody keeps a plugin in: its own path leads to all that is around it.
            directory.host = directory.host.parent().map(PathBuf::from).unwrap_or_default();
        }
    });
    assert!(failing.contains(&"filesystem/read".to_owned()), "{failing:?}");
}

#[test]
fn a_host_whose_stores_are_everybodys() {
    let failing = asked_otherwise(&["key-value"], |run| {
        // The cases of the suite are still apart.
        let case = run.plugin.rsplit('-').next().unwrap_or_default().to_owned();
        run.plugin = format!("all-{case}");
    });
    assert_eq!(failing, ["key-value/own-of-plugin-and-tenant"]);
}

#[test]
fn a_host_whose_stores_are_the_same_for_all_tenants() {
    let failing = asked_otherwise(&["key-value", "call"], |run| {
        run.call.tenant = "123456789012".to_owned();
    });
    assert_eq!(failing, ["key-value/own-of-plugin-and-tenant", "call/context"]);
}

#[test]
fn a_host_whose_data_is_gone_after_the_call() {
    let calls = AtomicU64::new(0);
    let failing = asked_otherwise(&["key-value"], |run| {
        run.plugin = format!("{}-{}", run.plugin, calls.fetch_add(1, Ordering::Relaxed));
    });
    assert_eq!(
        failing,
        [
            "key-value/outlives-the-call",
            "key-value/stays-after-a-failure",
            "key-value/own-of-plugin-and-tenant"
        ]
    );
}

#[test]
fn a_host_that_shows_secrets() {
    let failing = asked_otherwise(&["secrets"], |run| {
        run.grants.secrets.iter_mut().for_each(|secret| secret.hosts = None);
    });
    assert_eq!(
        failing,
        [
            "secrets/placeholder",
            "secrets/nowhere-else",
            "secrets/other-host",
            "secrets/over-tls-alone",
            "secrets/stale"
        ]
    );
}

#[test]
fn a_host_that_sends_secrets_anywhere() {
    let failing = asked_otherwise(&["secrets"], |run| {
        for secret in &mut run.grants.secrets {
            secret.hosts =
                secret.hosts.as_ref().map(|_| vec!["*".to_owned(), "127.0.0.1".to_owned()]);
        }
    });
    assert_eq!(failing, ["secrets/other-host"]);
}

#[test]
fn a_host_that_grants_all_requests() {
    let failing = asked_otherwise(&["http"], |run| {
        for rule in &mut run.grants.http {
            let url = rule.rsplit(' ').next().unwrap_or_default();
            let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
            *rule = url[..end].to_owned();
        }
    });
    assert_eq!(failing, ["http/methods", "http/paths", "http/ambiguous-paths"]);
}

#[test]
fn a_host_that_connects_wherever_it_is_told() {
    let failing = asked_otherwise(&["sockets"], |run| {
        if let Some(address) = run.input.split('"').find(|part| part.starts_with("127.0.0.1:")) {
            run.grants.connect.push(address.to_owned());
        }
    });
    // The listener's port 0 is none to connect to, so nothing is granted with it.
    assert_eq!(failing, ["sockets/not-granted", "sockets/another-port"]);
}

#[test]
fn a_host_that_tells_plugins_the_hosts_environment() {
    let failing = asked_otherwise(&["surroundings", "command"], |run| {
        run.grants.environment.insert("HOME".to_owned(), "/root".to_owned());
    });
    assert_eq!(
        failing,
        [
            "surroundings/nothing",
            "surroundings/variables",
            "command/variables",
            "command/granted-variables"
        ]
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
        let _turn = turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        host.ask(id, ask.clone()).ok()
    };
    let mutant = Mutant { host: &host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(failing(&mutant, &["instances"]), ["instances/at-the-same-time"]);
}

#[test]
fn a_host_that_answers_before_a_call_has_ended() {
    let host = &*Box::leak(Box::new(stepwell()));
    let asks = |_: &dyn Host, id, ask: &mut Ask| {
        let Ask::Run(run) = ask else { return None };
        let ms = run.limits.time_ms.filter(|ms| *ms <= 500)?;
        run.limits.time_ms = Some(60_000);
        let ask = ask.clone();
        thread::spawn(move || host.ask(id, ask));
        thread::sleep(Duration::from_millis(ms));
        let error = Failure { error: "States.Timeout".to_owned(), ..Failure::default() };
        Some(Answer::Done(Done { ended: Ended::Failure(error), log: String::new(), heartbeats: 0 }))
    };
    let mutant = Mutant { host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(failing(&mutant, &["instances"]), ["instances/stopped-by-a-limit"]);
}

#[test]
fn a_host_that_keeps_stopped_calls_running() {
    let host = &*Box::leak(Box::new(stepwell()));
    let stopped = Mutex::new(std::collections::BTreeSet::new());
    let (stop, patience) = (std::sync::Condvar::new(), PATIENCE);
    let asks = |_: &dyn Host, id, ask: &mut Ask| match ask {
        Ask::Stop { run } => {
            stopped.lock().ok()?.insert(*run);
            stop.notify_all();
            Some(Answer::Stopping)
        }
        Ask::Run(run) if run.input.contains("again") && run.limits.time_ms.is_none() => {
            run.limits.time_ms = Some(30_000);
            let ask = ask.clone();
            thread::spawn(move || host.ask(id, ask));
            let waiting = stopped.lock().ok()?;
            drop(stop.wait_timeout_while(waiting, patience, |stopped| !stopped.contains(&id)));
            Some(Answer::Done(Done { ended: Ended::Stopped, log: String::new(), heartbeats: 0 }))
        }
        _ => None,
    };
    let mutant = Mutant { host, asks, answers: |_: &Ask, _: &mut Answer| {} };
    assert_eq!(failing(&mutant, &["instances"]), ["instances/stopped-while-it-works"]);
}

#[test]
fn a_host_that_admits_anything() {
    let host = stepwell();
    let answers = |ask: &Ask, answer: &mut Answer| {
        if let (Ask::Admit { .. }, Answer::Refused(_)) = (ask, &*answer) {
            *answer = Answer::Admitted(stepwell_host_conformance::protocol::Plugin {
                kind: "component".to_owned(),
                name: "any".to_owned(),
                version: "1.0.0".to_owned(),
                summary: String::new(),
                tasks: Vec::new(),
            });
        }
    };
    let mutant = Mutant { host: &host, asks: |_: &dyn Host, _, _: &mut Ask| None, answers };
    let failing = failing(&mutant, &["admission", "description"]);
    let refusals = case::all().unwrap().into_iter().filter(|case| {
        case.step
            .iter()
            .any(|step| matches!(step, case::Step::Admit(case::Admit { refused: Some(_), .. })))
    });
    assert_eq!(failing, refusals.map(|case| case.id).collect::<Vec<_>>());
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
    assert_eq!(
        failing(&mutant, &["admission"]),
        [
            "admission/unknown-import",
            "admission/unknown-module-import",
            "admission/wasi-0.3",
            "admission/unknown-interface-of-the-contract",
            "admission/unknown-function-of-the-contract",
            "admission/newer-contract"
        ]
    );
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
        failing(&mutant, &["description", "command"]),
        ["description/tasks", "command/one-task"]
    );
}

#[test]
fn a_host_whose_heartbeats_get_lost() {
    let failing = answered_otherwise(&["call"], |_, done| done.heartbeats = 0);
    assert_eq!(failing, ["call/heartbeats"]);
}
