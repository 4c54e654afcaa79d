//! Each rule on both sides of its thresholds.

use std::{sync::Arc, time::Duration};

use stepwell_asl::tasks::Tasks;
use stepwell_engine::statistics::{
    Called, Executions, Figures, Fold as _, MachineFigures, Recorder, Step,
};
use stepwell_interpreter::Outcome;

use super::{Kind, Severity, day::Day, rules::*, words::*};
use crate::console::plugins::{DescribedPlugin, PluginBounds, PluginKind, PluginSummary, Plugins};

/// A state whose visits were tried again once, where they were.
fn state(calls: u64, errors: u64, retries: u64) -> Figures {
    let error_names = [("E.Rare".to_owned(), 1), ("E.Busy".to_owned(), errors)].into();
    Figures { calls, errors, retries, retried: retries, error_names, ..Figures::default() }
}

#[test]
fn a_state_is_retried_much_from_every_fifth_visit_on() {
    assert_eq!(retries_much("Charge", &state(119, 19, 19)), None);
    let found = retries_much("Charge", &state(120, 20, 20)).unwrap();
    assert_eq!((found.kind, found.severity), (Kind::StateRetriesMuch, Severity::Warning));
    assert_eq!(found.title, "Charge is retried in 2 of 10 visits");
    assert_eq!(
        found.detail,
        "In the last day executions came to it 100 times; 20 of these visits took more than one \
         call, and all of them 120 calls. The most frequent error is E.Busy (20 times). Look at what it calls; if that is slow to recover, a longer \
         IntervalSeconds or a larger BackoffRate in its Retry spares both."
    );
    assert_eq!(retries_much("Charge", &state(18, 9, 9)), None, "nine visits say nothing");
    assert!(retries_much("Charge", &state(20, 10, 10)).is_some());
    let stubborn = Figures { retried: 19, ..state(160, 60, 60) };
    assert_eq!(retries_much("Charge", &stubborn), None, "few visits, tried again three times");
}

#[test]
fn a_state_fails_much_from_every_tenth_visit_on() {
    assert_eq!(fails_much("Charge", &state(100, 9, 0)), None);
    let found = fails_much("Charge", &state(100, 10, 0)).unwrap();
    assert_eq!((found.kind, found.severity), (Kind::StateFailsMuch, Severity::Warning));
    assert_eq!(found.title, "Charge fails in 1 of 10 visits");
    let found = fails_much("Charge", &state(100, 50, 0)).unwrap();
    assert_eq!(
        (found.severity, &*found.title),
        (Severity::Critical, "Charge fails in 5 of 10 visits")
    );
    assert_eq!(
        fails_much("Charge", &state(120, 20, 20)),
        None,
        "what was tried again has not failed"
    );
    assert_eq!(fails_much("Charge", &state(9, 9, 0)), None, "nine visits say nothing");
    assert_eq!(
        fails_much("Charge", &state(10, 10, 0)).unwrap().title,
        "Charge fails in all visits"
    );
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
    let slow = Figures { duration_max: 8_000, ..Figures::default() };
    assert_eq!(near_limits("payments", &slow, &bounds)[0].kind, Kind::PluginNearTimeLimit);
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
fn stuck_executions_are_counted_where_they_are_not_named() {
    assert_eq!(many_stuck("m", 0, &Executions::default()), None);
    let title = |count| many_stuck("m", count, &Executions::default()).unwrap().title;
    assert_eq!(title(1), "An execution of m runs for far too long");
    assert_eq!(title(1_200), "1,200 executions of m run for far too long");
}

#[test]
fn versions_that_wait_are_told() {
    assert_eq!(held("mail", 0), None);
    assert_eq!(held("mail", 1).unwrap().title, "A version of mail waits for approval");
    assert_eq!(held("mail", 2).unwrap().title, "2 versions of mail wait for approval");
}

/// A tenant's plugins: one of its own and one that all have, each with a version that waits.
struct Installed;

impl Plugins for Installed {
    fn list(&self, _: &str) -> Vec<PluginSummary> {
        let plugin = |name: &str, shared| PluginSummary {
            name: name.to_owned(),
            shared,
            version: None,
            digest: None,
            kind: Some(PluginKind::Component),
            tasks: 1,
            held: 1,
            source: None,
            signed_by: None,
        };
        vec![plugin("all", true), plugin("own", false)]
    }

    fn describe(&self, _: &str, _: &str) -> Option<DescribedPlugin> {
        None
    }

    fn bounds(&self, _: &str, _: &str) -> Option<PluginBounds> {
        None
    }

    fn tasks(&self, _: &str) -> Arc<dyn Tasks + Send + Sync> {
        unreachable!("nobody checks definitions")
    }
}

#[test]
fn a_version_of_a_plugin_that_all_have_is_told_once() {
    let told = |accounts: &[&str], all_tenants| -> Vec<_> {
        let accounts: Vec<_> = accounts.iter().map(|it| (*it).to_owned()).collect();
        let found = super::held(&Installed, &accounts, all_tenants);
        let subject = |it: super::Finding| (it.subject.key.account, it.subject.key.plugin.unwrap());
        found.into_iter().map(subject).collect()
    };
    let of = |account: Option<&str>, plugin: &str| (account.map(str::to_owned), plugin.to_owned());
    assert_eq!(told(&["1"], false), [of(None, "all"), of(None, "own")]);
    let all = [of(None, "all"), of(Some("1"), "own"), of(Some("2"), "own")];
    assert_eq!(told(&["1", "2"], true), all);
}

#[test]
fn the_last_day_has_twenty_four_hours_and_what_is_compared_to_it_one_more() {
    let (now, hour) = (1_000 * 3600, 3600);
    let mut day = Day::until(now);
    for (hours, started) in [(0, 1), (1, 10), (24, 100), (25, 1_000)] {
        let mut figures = MachineFigures {
            executions: Executions { started, ..Executions::default() },
            ..MachineFigures::default()
        };
        let calls = Figures { calls: started, ..Figures::default() };
        let called = Called { plugin: "p".into(), task: "p/t".into() };
        figures.states.insert(("S".into(), Some(called)), calls);
        // The hour has begun by as little as can be told apart, or is just over.
        for at in [now - hours * hour, now - hours * hour - 1] {
            day.add(Step { at, machine: "m".into(), figures: figures.clone() });
        }
    }
    let machine = &day.machines["m"];
    assert_eq!(machine.last_hour.started, 1 + 1 + 10);
    assert_eq!(machine.day.started, 1 + 1 + 10 + 10 + 100);
    // What is read begins 25 hours ago, in the step of five minutes that has this in it.
    assert_eq!(machine.before.started, 10 + 100 + 100 + 1_000 + 1_000);
    assert_eq!(day.states[&("m".to_owned(), "S".to_owned())].calls, 122);
    assert_eq!(day.plugins["p"].calls, 122);
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
