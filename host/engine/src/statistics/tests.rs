use std::sync::Arc;

use stepwell_asl::resource::Resource;
use stepwell_interpreter::{AttemptEnd, EndedAttempt, Identity, Outcome, TaskId, Timestamp, Usage};
use stepwell_journal::{Catalog as _, Faults, Memory, Simulated};

use super::*;
use crate::Clock;

const TENANT: &str = "1";

fn origin() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn recorder(catalog: Arc<dyn stepwell_journal::Catalog>) -> Recorder {
    Recorder::new(catalog, Clock::starting_at(origin()))
}

fn identity(machine: &str) -> Identity {
    Identity {
        execution_arn: String::new(),
        execution_name: "e".into(),
        state_machine_arn: String::new(),
        state_machine_name: machine.into(),
        role_arn: String::new(),
    }
}

fn attempt(state: &str, resource: &str) -> EndedAttempt {
    EndedAttempt {
        task: TaskId(1),
        state: serde_json::from_value(state.into()).unwrap(),
        resource: Resource::parse(resource).unwrap(),
        callee: None,
        attempt: 0,
        end: AttemptEnd::Returned,
        usage: Some(Usage { fuel: 10, peak_memory: 7, duration_ms: 100, host_calls: 3 }),
        took_ms: Some(100),
    }
}

async fn all(recorder: &Recorder) -> Vec<Step> {
    recorder.read(TENANT, 0, i64::MAX / 2, Vec::new()).await.unwrap()
}

fn query(account: &str, steps: &[Step], query: &Query) -> Vec<Row> {
    let mut rows = Rows::new(query.clone(), usize::MAX).of(account);
    steps.iter().for_each(|step| rows.add(step.clone()));
    rows.finish().unwrap()
}

fn rows(steps: &[Step], by: By, of: Key) -> Vec<Row> {
    query(TENANT, steps, &Query { by, of, period: None })
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_by_what_ran() {
    let recorder = recorder(Arc::new(Memory::default()));
    let failed = EndedAttempt {
        attempt: 1,
        end: AttemptEnd::Failed { error: "E".into() },
        usage: Some(Usage { fuel: 30, peak_memory: 5, duration_ms: 300, host_calls: 1 }),
        took_ms: Some(300),
        ..attempt("Charge", "wasm:payments/charge")
    };
    let ended = [attempt("Charge", "wasm:payments/charge"), failed];
    recorder.attempts(TENANT, &identity("m"), &ended);
    recorder.attempts(TENANT, &identity("m/Label"), &[attempt("Mail", "wasm:mail/send")]);
    recorder.attempts("2", &identity("m"), &[attempt("Other", "wasm:payments/charge")]);
    let activity = "arn:aws:states:us-east-1:123456789012:activity:a";
    recorder.attempts(TENANT, &identity("m"), &[attempt("Worker", activity)]);

    let steps = all(&recorder).await;
    let states = rows(&steps, By::State, Key::default());
    let names: Vec<_> = states.iter().map(|row| row.key.state.as_deref().unwrap()).collect();
    assert_eq!(names, ["Charge", "Mail", "Worker"], "another account's are not among them");
    let Figures { calls, errors, retries, fuel, fuel_max, peak_memory_max, host_calls, .. } =
        states[0].figures;
    assert_eq!((calls, errors, retries, fuel, fuel_max), (2, 1, 1, 40, 30));
    assert_eq!((peak_memory_max, host_calls), (7, 4));
    assert_eq!(states[0].figures.error_names, [("E".to_owned(), 1)].into());
    assert_eq!(states[0].figures.durations.max(), Some(300.0));

    let tasks = rows(&steps, By::Task, Key::default());
    let names: Vec<_> = tasks.iter().map(|row| row.key.task.as_deref().unwrap()).collect();
    assert_eq!(names, ["mail/send", "payments/charge"], "a worker is no plugin");
    let of = Key { state: Some("Mail".into()), ..Key::default() };
    let plugins = rows(&steps, By::Plugin, of);
    assert_eq!(plugins.len(), 1);
    assert_eq!(plugins[0].key.plugin.as_deref(), Some("mail"));
    let machines = rows(&steps, By::Machine, Key::default());
    assert_eq!((machines.len(), machines[0].figures.calls), (1, 4), "a Map's children are in it");
}

#[tokio::test(start_paused = true)]
async fn what_ran_is_named_as_the_resource_names_it() {
    let callee = |resource: &str, callee: Option<&str>| {
        let callee = callee.map(str::to_owned);
        let attempt = EndedAttempt { callee, ..attempt("S", resource) };
        Called::by(&attempt, |_| None).map(|called| (called.plugin, called.task))
    };
    let some = |plugin: &str, task: &str| Some((plugin.to_owned(), task.to_owned()));
    assert_eq!(callee("wasm:a/b@1.2?fuel=5", None), some("a", "a/b"));
    let function = "arn:aws:lambda:us-east-1:123456789012:function:f:live";
    assert_eq!(callee(function, None), some("f", "f"));
    assert_eq!(callee("arn:aws:states:::lambda:invoke", Some(function)), some("f", "f"));
    let family = "arn:aws:ecs:us-east-1:123456789012:task-definition/family:3";
    assert_eq!(callee("arn:aws:states:::ecs:runTask.sync", Some(family)), some("family", "family"));
    let sqs = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    assert_eq!(callee(sqs, None), some("sqs", "sqs/sendMessage"));
    assert_eq!(callee("arn:aws:states:::states:startExecution.sync:2", None), None);

    let run_by = |resource: &str, plugin: &str| {
        let called = Called::by(&attempt("S", resource), |_| Some(plugin.to_owned()));
        called.map(|called| (called.plugin, called.task))
    };
    assert_eq!(run_by(function, "lambda"), some("lambda", "f"), "the task is named as it was");
    let sdk = "arn:aws:states:::aws-sdk:sqs:getQueueUrl";
    assert_eq!(run_by(sdk, "aws-sdk"), some("aws-sdk", "aws-sdk:sqs/getQueueUrl"));
}

#[tokio::test(start_paused = true)]
async fn executions_are_counted_with_how_they_ended() {
    let recorder = recorder(Arc::new(Memory::default()));
    let failure = stepwell_interpreter::Failure::default;
    for outcome in [
        Outcome::Succeeded { output: stepwell_asl::Json::empty() },
        Outcome::Failed(failure()),
        Outcome::TimedOut(failure()),
        Outcome::Aborted(failure()),
    ] {
        recorder.started(TENANT, "m");
        let started_at = origin() - Duration::from_secs(2);
        recorder.ended(TENANT, "m", started_at, &outcome);
    }
    let rows = rows(&all(&recorder).await, By::Tenant, Key::default());
    let executions = rows[0].figures.executions.clone().unwrap();
    let Executions { started, succeeded, failed, timed_out, aborted, .. } = executions;
    assert_eq!((started, succeeded, failed, timed_out, aborted), (4, 1, 1, 1, 1));
    let median = executions.durations.quantile(0.5).unwrap();
    assert!((1_980.0..2_020.0).contains(&median), "{median}");
}

#[tokio::test(start_paused = true)]
async fn durations_are_a_hundredth_off_at_most_however_they_came_together() {
    let recorder = recorder(Arc::new(Memory::default()));
    for took in 1..=1_000 {
        let slow = EndedAttempt { took_ms: Some(took), ..attempt("S", "wasm:a/b") };
        recorder.attempts(TENANT, &identity("m"), &[slow]);
        if took % 250 == 0 {
            recorder.flush().await.unwrap();
        }
    }
    let rows = rows(&all(&recorder).await, By::State, Key::default());
    let durations = &rows[0].figures.durations;
    assert_eq!((durations.count(), durations.max()), (1_000, Some(1_000.0)));
    for (share, exact) in [(0.5, 500.0), (0.99, 990.0)] {
        let found = durations.quantile(share).unwrap();
        assert!((found - exact).abs() <= exact / 100.0 + 1.0, "{share}: {found}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_many_is_one() {
    let recorder = recorder(Arc::new(Memory::default()));
    for number in 0..MACHINES + 5 {
        recorder.started(TENANT, &format!("m{number}"));
    }
    for number in 0..ROWS + 5 {
        let state = format!("S{number}");
        recorder.attempts(TENANT, &identity("m0"), &[attempt(&state, "wasm:a/b")]);
    }
    for number in 0..ERRORS + 5 {
        let end = AttemptEnd::Failed { error: format!("E{number}") };
        let failed = EndedAttempt { end, ..attempt("S0", "wasm:a/b") };
        recorder.attempts(TENANT, &identity("m1"), &[failed]);
    }
    let steps = all(&recorder).await;
    let machines = rows(&steps, By::Machine, Key::default());
    assert_eq!(machines.len(), MACHINES + 1);
    let other = machines.iter().find(|row| row.key.machine.is_none()).unwrap();
    assert_eq!(other.figures.executions.as_ref().unwrap().started, 5);
    let of = |machine: &str| Key { machine: Some(machine.into()), ..Key::default() };
    let states = rows(&steps, By::State, of("m0"));
    assert_eq!(states.len(), ROWS + 1);
    let other = states.iter().find(|row| row.key.state.is_none()).unwrap();
    assert_eq!(other.figures.calls, 5);
    let failed = rows(&steps, By::State, of("m1"));
    let names = &failed[0].figures.error_names;
    assert_eq!((names.len(), names[OTHER]), (ERRORS + 1, 5));
    let end = AttemptEnd::Failed { error: "é".repeat(400) };
    let long = EndedAttempt { end, ..attempt("S1", "wasm:a/b") };
    recorder.attempts(TENANT, &identity("m1"), &[long]);
    let of = Key { state: Some("S1".into()), ..of("m1") };
    let cut = rows(&all(&recorder).await, By::State, of);
    assert_eq!(cut[0].figures.error_names.keys().next().unwrap().len(), 256);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_comes_after_another_goes_on_with_the_same_step() {
    let catalog = Arc::new(Memory::default());
    for _ in 0..3 {
        let recorder = recorder(catalog.clone());
        recorder.started(TENANT, "m");
        recorder.flush().await.unwrap();
        // Lost with the host.
        recorder.started(TENANT, "m");
    }
    let steps = all(&recorder(catalog)).await;
    assert_eq!((steps.len(), steps[0].figures.executions.started), (1, 3));
    assert_eq!(steps[0].at, origin().as_second());
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_each_is_counted_once() {
    let faults = Faults { conflicts: 200, lost_answers: 200, crashes: 100, clock_jumps: 0 };
    for seed in 0..50 {
        let catalog = Arc::new(Simulated::new(seed, faults, origin()));
        let recorder = recorder(catalog.clone());
        for _ in 0..10 {
            recorder.started(TENANT, "m");
            recorder.started("2", "n");
            // What is not known to be written is written the next time.
            let _ = recorder.flush().await;
            catalog.restart();
        }
        let mut tries = 0;
        while recorder.flush().await.is_err() || recorder.flush().await.is_err() {
            catalog.restart();
            tries += 1;
            assert!(tries < 1_000, "nothing is written any more");
        }
        for tenant in [TENANT, "2"] {
            let steps = recorder.read(tenant, 0, i64::MAX / 2, Vec::new()).await.unwrap();
            assert_eq!(steps[0].figures.executions.started, 10, "seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn steps_become_hours_and_are_deleted_in_the_end() {
    let catalog = Arc::new(Memory::default());
    let recorder = recorder(catalog.clone());
    // Twice in the first hour, once in the next.
    for minutes in [0, 50, 40] {
        tokio::time::advance(Duration::from_secs(60 * minutes)).await;
        recorder.started(TENANT, "m");
    }
    recorder.flush().await.unwrap();
    let begun = |steps: &[Step]| -> Vec<_> {
        let after = |step: &Step| (step.at - origin().as_second()) / 60;
        steps.iter().map(|step| (after(step), step.figures.executions.started)).collect()
    };
    assert_eq!(begun(&all(&recorder).await), [(0, 1), (50, 1), (90, 1)]);
    let later = |seconds: i64| Timestamp::from_second(origin().as_second() + seconds).unwrap();
    let never = Timestamp::MIN;
    recorder.tidy(later(FINE + HOUR - 1), never).await.unwrap();
    assert_eq!(begun(&all(&recorder).await), [(0, 1), (50, 1), (90, 1)], "the hour is not over");
    recorder.tidy(later(FINE + HOUR), never).await.unwrap();
    assert_eq!(begun(&all(&recorder).await), [(0, 2), (90, 1)]);
    recorder.tidy(later(FINE + HOUR), never).await.unwrap();
    assert_eq!(begun(&all(&recorder).await), [(0, 2), (90, 1)], "once");

    let from = origin().as_second() + 40 * 60;
    let part = recorder.read(TENANT, from, from + 60, Vec::new()).await.unwrap();
    assert_eq!(begun(&part), [(0, 2)], "an hour that has a part in the time");
    let none = recorder.read(TENANT, from + 3 * HOUR, from + 4 * HOUR, Vec::new()).await.unwrap();
    assert!(none.is_empty());

    recorder.tidy(later(FINE + HOUR), later(60)).await.unwrap();
    assert_eq!(begun(&all(&recorder).await), [(90, 1)], "the hour began before");
}

#[tokio::test(start_paused = true)]
async fn figures_over_time_have_the_steps_that_are_asked_for() {
    let recorder = recorder(Arc::new(Memory::default()));
    for minutes in [0, 5, 50, 10] {
        tokio::time::advance(Duration::from_secs(60 * minutes)).await;
        recorder.attempts(TENANT, &identity("m"), &[attempt("S", "wasm:a/b")]);
    }
    let steps = all(&recorder).await;
    let series = |period| {
        let asked = Query { by: By::State, of: Key::default(), period };
        let rows = query(TENANT, &steps, &asked);
        let of = |(at, figures): &(i64, Figures)| (at - origin().as_second(), figures.calls);
        rows[0].series.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(series(Some(HOUR)), [(0, 3), (HOUR, 1)]);
    assert_eq!(series(Some(STEP)), [(0, 1), (300, 1), (3300, 1), (3900, 1)]);
    assert_eq!(series(None), []);
}

#[tokio::test(start_paused = true)]
async fn a_visit_is_retried_once_however_often_it_is_tried_again() {
    let recorder = recorder(Arc::new(Memory::default()));
    let tries = [0, 1, 2, 3].map(|number| EndedAttempt {
        attempt: number,
        took_ms: Some(u64::from(number) * 100),
        ..attempt("S", "wasm:a/b")
    });
    recorder.attempts(TENANT, &identity("m"), &tries);
    recorder.flush().await.unwrap();
    let rows = rows(&all(&recorder).await, By::State, Key::default());
    let Figures { calls, retries, retried, duration_max, .. } = rows[0].figures;
    assert_eq!((calls, retries, retried, duration_max), (4, 3, 1, 300));
}

#[tokio::test(start_paused = true)]
async fn figures_can_be_read_while_nothing_can_be_written() {
    let conflicts = Faults { conflicts: 1000, ..Faults::default() };
    // What was written without an answer is not counted a second time.
    let lost_answers = Faults { lost_answers: 1000, ..Faults::default() };
    for faults in [conflicts, lost_answers] {
        let recorder = recorder(Arc::new(Simulated::new(1, faults, origin())));
        for count in 1..=4 {
            recorder.started(TENANT, "m");
            recorder.started("2", "n");
            assert_eq!(recorder.tenants().await.unwrap(), [TENANT, "2"]);
            let rows = rows(&all(&recorder).await, By::Machine, Key::default());
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].figures.executions.as_ref().unwrap().started, count);
            assert!(faults == lost_answers || recorder.flush().await.is_err());
            let _ = recorder.flush().await;
            let again = rows_of_all(&recorder).await;
            assert_eq!(again[0].figures.executions.as_ref().unwrap().started, count);
        }
    }
}

async fn rows_of_all(recorder: &Recorder) -> Vec<Row> {
    rows(&all(recorder).await, By::Machine, Key::default())
}

async fn damage(catalog: &Memory, name: String) {
    let key = stepwell_journal::catalog::Key::new(
        TENANT,
        stepwell_journal::catalog::Kind::Statistics,
        name,
    );
    let replaces = catalog.get(&key).await.unwrap().map(|document| document.revision);
    let body = serde_json::json!({ "flush": 3 });
    let write = stepwell_journal::catalog::Write::Put { key, replaces, body };
    catalog.apply(vec![write]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_damaged_document_does_not_keep_others_from_being_read_written_and_put_together() {
    let catalog = Arc::new(Memory::default());
    let recorder = recorder(catalog.clone());
    for machine in ["a", "b", "c"] {
        recorder.started(TENANT, machine);
    }
    recorder.flush().await.unwrap();
    let at = origin().as_second();
    for machine in ["a", "b"] {
        damage(&catalog, store::name(STEP, at, machine)).await;
    }
    let machines = async || -> Vec<_> {
        rows_of_all(&recorder).await.into_iter().map(|row| row.key.machine.unwrap()).collect()
    };
    assert_eq!(machines().await, ["c"]);
    recorder.started(TENANT, "a");
    recorder.flush().await.unwrap();
    assert_eq!(machines().await, ["a", "c"]);
    // The hour of `a` is damaged, too: its steps are read instead.
    damage(&catalog, store::name(HOUR, at, "a")).await;
    let later = |seconds: i64| Timestamp::from_second(at + seconds).unwrap();
    recorder.tidy(later(FINE + HOUR), Timestamp::MIN).await.unwrap();
    assert_eq!(machines().await, ["a", "c"]);
    let kept = catalog.count(TENANT, stepwell_journal::catalog::Kind::Statistics).await.unwrap();
    assert_eq!(kept, 4, "an hour of c, and of the others what is left: an hour and two steps");
    recorder.tidy(later(FINE + HOUR), later(HOUR)).await.unwrap();
    let kept = catalog.count(TENANT, stepwell_journal::catalog::Kind::Statistics).await.unwrap();
    assert_eq!(kept, 0, "what is damaged is deleted with its time");
}

#[test]
fn damaged_durations_are_none() {
    let mut durations: Durations = serde_json::from_value("?".into()).unwrap();
    assert_eq!((durations.count(), durations.max(), durations.quantile(0.5)), (0, None, None));
    let mut figures = Figures { durations, ..Figures::default() };
    figures.add(&attempt("S", "wasm:a/b"));
    durations = figures.durations;
    assert_eq!((durations.count(), durations.max()), (1, Some(100.0)));
}

#[tokio::test(start_paused = true)]
async fn state_machines_are_too_many_across_restarts_and_in_an_hour() {
    let catalog = Arc::new(Memory::default());
    let first = recorder(catalog.clone());
    for number in 0..MACHINES {
        first.started(TENANT, &format!("m{number:03}"));
    }
    first.flush().await.unwrap();
    let second = recorder(catalog.clone());
    second.resume().await.unwrap();
    second.started(TENANT, "late");
    second.started(TENANT, "m000");
    second.flush().await.unwrap();
    let started = |rows: &[Row], machine: Option<&str>| {
        let row = rows.iter().find(|row| row.key.machine.as_deref() == machine);
        row.and_then(|row| row.figures.executions.as_ref()).map(|executions| executions.started)
    };
    let rows = rows_of_all(&second).await;
    assert_eq!((rows.len(), started(&rows, None)), (MACHINES + 1, Some(1)));
    assert_eq!(started(&rows, Some("m000")), Some(2));

    // Each step of the hour has some of its own.
    tokio::time::advance(Duration::from_secs(300)).await;
    for number in 0..5 {
        second.started(TENANT, &format!("next{number}"));
    }
    second.started(TENANT, "m000");
    second.flush().await.unwrap();
    assert_eq!(rows_of_all(&second).await.len(), MACHINES + 6);
    let later = Timestamp::from_second(origin().as_second() + FINE + HOUR).unwrap();
    second.tidy(later, Timestamp::MIN).await.unwrap();
    let rows = rows_of_all(&second).await;
    assert_eq!((rows.len(), started(&rows, None)), (MACHINES + 1, Some(6)));
    assert_eq!(started(&rows, Some("m000")), Some(3));
    second.tidy(later, later).await.unwrap();
    assert!(all(&second).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rows_and_their_steps_are_bounded() {
    let recorder = recorder(Arc::new(Memory::default()));
    for machine in ["a", "b", "c"] {
        recorder.started(TENANT, machine);
        tokio::time::advance(Duration::from_secs(300)).await;
        recorder.started(TENANT, machine);
    }
    let read = async |period, most| {
        let query = Query { by: By::Machine, of: Key::default(), period };
        let rows = Rows::new(query, most).of(TENANT);
        let rows = recorder.read(TENANT, 0, i64::MAX / 2, rows).await.unwrap();
        rows.finish().map(|rows| rows.len())
    };
    assert_eq!(read(None, 3).await, Ok(3));
    assert_eq!(read(None, 2).await, Err(TooMany(2)));
    assert_eq!(read(Some(STEP), 9).await, Ok(3), "three rows of two steps");
    assert_eq!(read(Some(STEP), 8).await, Err(TooMany(8)));
}

#[tokio::test]
async fn so_many_read_at_once() {
    use futures::FutureExt as _;
    let recorder = recorder(Arc::new(Memory::default()));
    let mut turns = Vec::new();
    for _ in 0..READS {
        turns.push(recorder.turn().await);
    }
    assert!(recorder.turn().now_or_never().is_none(), "it is nobody's turn");
    turns.pop();
    assert!(recorder.turn().now_or_never().is_some());
}
