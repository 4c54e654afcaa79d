//! Each rule on both sides of its thresholds.

use std::{sync::Arc, time::Duration};

use stepwell_engine::statistics::{Executions, Figures, Recorder};
use stepwell_interpreter::Outcome;

use super::{Kind, Severity, rules::*, words::*};
use crate::console::plugins::PluginBounds;

fn state(calls: u64, errors: u64, retries: u64) -> Figures {
    let error_names = [("E.Rare".to_owned(), 1), ("E.Busy".to_owned(), errors)].into();
    Figures { calls, errors, retries, error_names, ..Figures::default() }
}

#[test]
fn a_state_is_retried_much_from_every_fifth_visit_on() {
    assert_eq!(retries_much("Charge", &state(119, 19, 19)), None);
    let found = retries_much("Charge", &state(120, 20, 20)).unwrap();
    assert_eq!((found.kind, found.severity), (Kind::StateRetriesMuch, Severity::Warning));
    assert_eq!(found.title, "Charge is retried in 2 of 10 calls");
    assert_eq!(
        found.detail,
        "In the last day it was called 100 times and tried again 20 times. The most frequent error \
         is E.Busy (20 times). Look at what it calls; if that is slow to recover, a longer \
         IntervalSeconds or a larger BackoffRate in its Retry spares both."
    );
    assert_eq!(retries_much("Charge", &state(18, 9, 9)), None, "nine visits say nothing");
    assert!(retries_much("Charge", &state(20, 10, 10)).is_some());
}

#[test]
fn a_state_fails_much_from_every_tenth_visit_on() {
    assert_eq!(fails_much("Charge", &state(100, 9, 0)), None);
    let found = fails_much("Charge", &state(100, 10, 0)).unwrap();
    assert_eq!((found.kind, found.severity), (Kind::StateFailsMuch, Severity::Warning));
    assert_eq!(found.title, "Charge fails in 1 of 10 calls");
    let found = fails_much("Charge", &state(100, 50, 0)).unwrap();
    assert_eq!(
        (found.severity, &*found.title),
        (Severity::Critical, "Charge fails in 5 of 10 calls")
    );
    assert_eq!(
        fails_much("Charge", &state(120, 20, 20)),
        None,
        "what was tried again has not failed"
    );
    assert_eq!(fails_much("Charge", &state(9, 9, 0)), None, "nine visits say nothing");
    assert_eq!(fails_much("Charge", &state(10, 10, 0)).unwrap().title, "Charge fails in all calls");
}

#[test]
fn a_plugin_is_near_a_limit_from_four_fifths_on() {
    let bounds = PluginBounds { fuel: 1_000_000, memory: 100 << 20, time: Duration::from_secs(10) };
    let used = |fuel_max, peak_memory_max| {
        let figures = Figures { fuel_max, peak_memory_max, ..Figures::default() };
        near_limits("payments", &figures, &bounds)
    };
    assert_eq!(used(799_999, 79 << 20), []);
    let found = used(800_000, 80 << 20);
    let kinds: Vec<_> = found.iter().map(|it| (it.kind, it.severity)).collect();
    let warning = Severity::Warning;
    assert_eq!(
        kinds,
        [(Kind::PluginNearFuelLimit, warning), (Kind::PluginNearMemoryLimit, warning)]
    );
    assert_eq!(found[0].title, "A call of payments took 80 % of its limit of fuel");
    assert_eq!(
        found[1].detail,
        "The most that a call took in the last day is 80 MiB of 100 MiB. A call that needs more \
         ends with Stepwell.OutOfMemory: give it smaller inputs, or raise `memory` in the limits \
         of the plugin."
    );
    assert_eq!(used(950_000, 0)[0].severity, Severity::Critical);
    let nothing = PluginBounds { fuel: 0, memory: 0, time: Duration::ZERO };
    assert_eq!(near_limits("payments", &Figures::default(), &nothing), []);
}

fn executions(succeeded: u64, failed: u64) -> Executions {
    Executions { succeeded, failed, ..Executions::default() }
}

#[test]
fn failures_rose_where_they_are_twice_as_many_as_before() {
    let before = executions(90, 10);
    assert_eq!(failures_rose("m", &executions(81, 19), &before), None);
    let found = failures_rose("m", &executions(80, 20), &before).unwrap();
    assert_eq!((found.kind, found.severity), (Kind::MachineFailuresRose, Severity::Critical));
    assert_eq!(found.title, "Executions of m fail more than before");
    assert_eq!(
        found.detail,
        "In the last hour 20 of 100 failed (20 %), in the day before 10 of 100 (10 %). Look at what \
         changed: the newest failed executions, a plugin that was upgraded, the definition."
    );
    let good = executions(100, 0);
    assert_eq!(failures_rose("m", &executions(91, 9), &good), None, "not a tenth more");
    assert!(failures_rose("m", &executions(90, 10), &good).is_some());
    assert_eq!(failures_rose("m", &executions(4, 5), &good), None, "nine ends say nothing");
    assert!(failures_rose("m", &executions(5, 5), &good).is_some());
    assert_eq!(failures_rose("m", &executions(6, 4), &good), None, "nor do four failures");
    let new = executions(9, 0);
    assert_eq!(failures_rose("m", &executions(0, 50), &new), None, "there was no day before");
    let stopped = Executions { aborted: 50, ..executions(50, 0) };
    assert_eq!(failures_rose("m", &stopped, &good), None, "what was stopped has not failed");
}

#[test]
fn versions_that_wait_are_told() {
    assert_eq!(held("mail", 0), None);
    assert_eq!(held("mail", 1).unwrap().title, "A version of mail waits for approval");
    assert_eq!(held("mail", 2).unwrap().title, "2 versions of mail wait for approval");
}

/// So many executions that took ten minutes each.
async fn took_ten_minutes(count: u64) -> Executions {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let catalog = Arc::new(stepwell_journal::Memory::default());
    let recorder = Recorder::new(catalog, stepwell_engine::Clock::simulated(now));
    let succeeded = Outcome::Succeeded { output: stepwell_asl::Json::empty() };
    for _ in 0..count {
        recorder.ended("1", "m", now - Duration::from_secs(600), &succeeded);
    }
    let steps = recorder.read("1", 0, i64::MAX / 2, Vec::new()).await.unwrap();
    steps.into_iter().next().unwrap().figures.executions
}

#[tokio::test(start_paused = true)]
async fn an_execution_is_stuck_that_runs_ten_times_as_long_as_others() {
    assert_eq!(too_long(&Executions::default()), None);
    assert_eq!(too_long(&took_ten_minutes(19).await), None, "nineteen are no measure");
    let executions = took_ten_minutes(20).await;
    let longest = too_long(&executions).unwrap().as_secs();
    assert!((5_900..=6_100).contains(&longest), "{longest}");
    let found = stuck("e", jiff::SignedDuration::from_hours(5), &executions);
    assert_eq!(
        (found.kind, &*found.title),
        (Kind::ExecutionStuck, "e has been running for 5 hours")
    );
    assert!(
        found
            .detail
            .starts_with("Of 20 that ended in the last day, 99 of 100 took no longer than "),
        "{}",
        found.detail
    );
}

#[test]
fn figures_are_said_as_people_do() {
    let shares = [(1, 100), (34, 100), (35, 100), (96, 100), (100, 100), (300, 100), (0, 0)];
    let said = shares.map(|(some, all)| of_ten(some, all));
    assert_eq!(said, ["1 of 10", "3 of 10", "4 of 10", "9 of 10", "all", "all", "all"]);
    assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([1, 2].map(times), ["once", "2 times"]);
    assert_eq!([1_023, 2_048, 3 << 20].map(bytes), ["1023 B", "2 KiB", "3 MiB"]);
    let spans = [0.012, 1.0, 90.0, 150.0, 9_000.0, 259_200.0]
        .map(|seconds| duration(jiff::SignedDuration::from_secs_f64(seconds)));
    assert_eq!(spans, ["12 ms", "1 second", "90 seconds", "2.5 minutes", "2.5 hours", "3 days"]);
}
