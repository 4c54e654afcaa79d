//! Executions against a runner made for the test, in virtual time.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_engine::{
    Attempt, Clock, Engine, Machine, Reporter, StartExecution, TaskEnd, TaskRunner, Update,
    mock::{Mocked, Script},
};
use stepwell_interpreter::{Failure, Outcome, Usage, event::Details};
use tokio::sync::Notify;

/// A runner whose tasks are a function of the attempt.
struct Tasks<F>(F);

impl<F> TaskRunner for Tasks<F>
where
    F: Fn(Attempt, Reporter) -> BoxFuture<'static, TaskEnd> + Send + Sync + 'static,
{
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        (self.0)(attempt, reporter)
    }
}

fn engine<F>(tasks: F) -> Engine
where
    F: Fn(Attempt, Reporter) -> BoxFuture<'static, TaskEnd> + Send + Sync + 'static,
{
    Engine::new(Arc::new(Tasks(tasks)), Clock::system())
}

fn machine(states: Value) -> Arc<Machine> {
    let start = states.as_object().unwrap().keys().next().unwrap().clone();
    let text = json!({ "StartAt": start, "States": states }).to_string();
    let definition = StateMachine::parse(&text).unwrap().machine;
    Arc::new(Machine::new("000000000000", "test", definition))
}

fn input(value: Value) -> StartExecution {
    StartExecution { name: Some("one".to_owned()), input: value.into() }
}

fn succeeded(output: impl Into<Json>) -> TaskEnd {
    TaskEnd::without_usage(Ok(output.into()))
}

fn forever() -> BoxFuture<'static, TaskEnd> {
    std::future::pending().boxed()
}

#[tokio::test(start_paused = true)]
async fn a_task_gets_the_input_and_gives_the_output() {
    let engine = engine(|attempt, reporter| {
        async move {
            assert_eq!(attempt.identity.execution_arn.rsplit(':').next(), Some("one"));
            reporter.started();
            let doubled = attempt.task.input.value()["n"].as_i64().unwrap() * 2;
            let usage = Usage { fuel: 7, peak_memory: 65_536, duration_ms: 1, host_calls: 0 };
            TaskEnd { usage: Some(usage), ..succeeded(json!(doubled)) }
        }
        .boxed()
    });
    let machine = machine(json!({
        "Double": { "Type": "Task", "Resource": "wasm:numbers/double", "End": true },
    }));
    let (events, outcome) = engine.start(machine, input(json!({ "n": 21 }))).finish().await;
    assert_eq!(outcome, Outcome::Succeeded { output: json!(42).into() });
    let usage = events.iter().find_map(|event| event.usage);
    assert_eq!(usage, Some(Usage { fuel: 7, peak_memory: 65_536, duration_ms: 1, host_calls: 0 }));
    assert!(events.iter().any(|event| matches!(event.details, Details::TaskStarted(_))));
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_as_long_as_it_says() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let engine = engine(move |attempt, _| {
        seen.lock().unwrap().push(attempt.at);
        let end = match attempt.task.attempt {
            0 | 1 => TaskEnd::refused("Down", "come back later"),
            _ => succeeded(json!("up")),
        };
        async move { end }.boxed()
    });
    let machine = machine(json!({
        "Call": {
            "Type": "Task", "Resource": "wasm:a/b", "End": true,
            "Retry": [{ "ErrorEquals": ["Down"], "IntervalSeconds": 10, "BackoffRate": 3 }],
        },
    }));
    let (_, outcome) = engine.start(machine, input(json!({}))).finish().await;
    assert_eq!(outcome, Outcome::Succeeded { output: json!("up").into() });
    let times = times.lock().unwrap();
    let gaps: Vec<_> =
        times.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect();
    assert_eq!(gaps, [10, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_can_ask_for_a_longer_pause() {
    let engine = engine(|attempt, _| {
        let end = if attempt.task.attempt == 0 {
            let mut failure = Failure::new("Busy", "");
            failure.retry_after = Some(Duration::from_secs(120));
            TaskEnd::without_usage(Err(failure))
        } else {
            succeeded(json!(null))
        };
        async move { end }.boxed()
    });
    let machine = machine(json!({
        "Call": {
            "Type": "Task", "Resource": "wasm:a/b", "End": true,
            "Retry": [{ "ErrorEquals": ["Busy"] }],
        },
    }));
    let (events, _) = engine.start(machine, input(json!({}))).finish().await;
    let (first, last) = (events.first().unwrap(), events.last().unwrap());
    assert_eq!(last.timestamp.duration_since(first.timestamp).as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn what_a_task_used_before_it_timed_out_is_recorded() {
    let used = Usage { fuel: 9, peak_memory: 65_536, duration_ms: 5_000, host_calls: 0 };
    let engine = engine(move |attempt, reporter| {
        async move {
            reporter.started();
            attempt.stop.cancelled().await;
            TaskEnd { usage: Some(used), ..TaskEnd::refused("Stepwell.Cancelled", "") }
        }
        .boxed()
    });
    let machine = machine(json!({
        "Hang": { "Type": "Task", "Resource": "wasm:a/b", "TimeoutSeconds": 5, "End": true },
    }));
    let (events, outcome) = engine.start(machine, input(json!({}))).finish().await;
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.error.as_deref(), Some("States.Timeout"));
    let timed_out =
        events.iter().find(|event| matches!(event.details, Details::TaskTimedOut(..))).unwrap();
    assert_eq!(timed_out.usage, Some(used));
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_panics_fails_its_task() {
    let engine = engine(|_, _| async { panic!("a defect of the host") }.boxed());
    let machine = machine(json!({
        "Call": { "Type": "Task", "Resource": "wasm:a/b", "End": true },
    }));
    let (_, outcome) = engine.start(machine, input(json!({}))).finish().await;
    let failure = Failure::new(
        "Stepwell.HostError",
        "The host failed while it ran the task; its log says more.",
    );
    assert_eq!(outcome, Outcome::Failed(failure));
}

/// Counts itself when it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_times_out_is_stopped() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = dropped.clone();
    let engine = engine(move |_, _| {
        let guard = Dropped(counter.clone());
        async move {
            let _guard = guard;
            forever().await
        }
        .boxed()
    });
    let machine = machine(json!({
        "Hang": {
            "Type": "Task", "Resource": "wasm:a/b", "TimeoutSeconds": 5, "End": true,
            "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }],
        },
        "Caught": { "Type": "Wait", "Seconds": 1, "End": true },
    }));
    let (events, outcome) = engine.start(machine, input(json!({}))).finish().await;
    assert!(matches!(outcome, Outcome::Succeeded { .. }), "{outcome:?}");
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    let (first, last) = (events.first().unwrap(), events.last().unwrap());
    assert_eq!(last.timestamp.duration_since(first.timestamp).as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_keeps_a_task_alive() {
    let engine = engine(|_, reporter| {
        async move {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_secs(8)).await;
                reporter.heartbeat();
            }
            succeeded(json!("done"))
        }
        .boxed()
    });
    let beating = machine(json!({
        "Beat": { "Type": "Task", "Resource": "wasm:a/b", "HeartbeatSeconds": 10, "End": true },
    }));
    let (_, outcome) = engine.start(beating, input(json!({}))).finish().await;
    assert_eq!(outcome, Outcome::Succeeded { output: json!("done").into() });

    let silent = machine(json!({
        "Beat": { "Type": "Task", "Resource": "wasm:a/b", "HeartbeatSeconds": 5, "End": true },
    }));
    let (_, outcome) = engine.start(silent, input(json!({}))).finish().await;
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.error.as_deref(), Some("States.Timeout"));
}

#[tokio::test(start_paused = true)]
async fn branches_run_side_by_side() {
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let engine = engine(move |attempt, _| {
        let both = both.clone();
        async move {
            both.wait().await;
            succeeded(json!(&*attempt.task.state))
        }
        .boxed()
    });
    let branch = |name: &str| {
        json!({
            "StartAt": name,
            "States": { name: { "Type": "Task", "Resource": "wasm:a/b", "End": true } },
        })
    };
    let machine = machine(json!({
        "Both": { "Type": "Parallel", "Branches": [branch("L"), branch("R")], "End": true },
    }));
    let (_, outcome) = engine.start(machine, input(json!({}))).finish().await;
    assert_eq!(outcome, Outcome::Succeeded { output: json!(["L", "R"]).into() });
}

#[tokio::test(start_paused = true)]
async fn a_stopped_execution_is_aborted_and_its_task_stopped() {
    let running = Arc::new(Notify::new());
    let dropped = Arc::new(AtomicUsize::new(0));
    let (notify, counter) = (running.clone(), dropped.clone());
    let engine = engine(move |_, _| {
        notify.notify_one();
        let guard = Dropped(counter.clone());
        async move {
            let _guard = guard;
            forever().await
        }
        .boxed()
    });
    let machine = machine(json!({
        "Hang": { "Type": "Task", "Resource": "wasm:a/b", "End": true },
    }));
    let execution = engine.start(machine, input(json!({})));
    running.notified().await;
    execution.stop(Some("Enough".to_owned()), None);
    let (_, outcome) = execution.finish().await;
    let Outcome::Aborted(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.error.as_deref(), Some("Enough"));
    tokio::task::yield_now().await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_step_is_published_before_its_effects_are_performed() {
    let started = Arc::new(AtomicUsize::new(0));
    let counter = started.clone();
    let engine = engine(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { succeeded(json!({})) }.boxed()
    });
    // More steps than an execution runs ahead of its follower: each Task is one.
    let mut states = serde_json::Map::new();
    for at in 0..400 {
        let next = format!("T{}", at + 1);
        let state = json!({ "Type": "Task", "Resource": "wasm:a/b", "Next": next });
        states.insert(format!("T{at}"), state);
    }
    states.insert("T400".to_owned(), json!({ "Type": "Succeed" }));
    let mut execution = engine.start(machine(states.into()), input(json!({})));
    let mut steps = 0;
    while let Some(update) = execution.next().await {
        if let Update::Step(_) = update {
            steps += 1;
        }
        // The channel holds 256 updates, two for each task.
        assert!(started.load(Ordering::SeqCst) <= steps + 128);
    }
    assert_eq!(started.load(Ordering::SeqCst), 400);
    assert_eq!(steps, 401);
}

#[tokio::test]
async fn fast_forward_skips_waits_and_back_offs_but_not_their_times() {
    let script = r#"{ "Call": [{ "error": "Down" }, { "output": "up" }] }"#;
    let script = Script::parse(script, "test", None).unwrap();
    let nobody = Tasks(|_, _| async { TaskEnd::refused("Nobody", "") }.boxed());
    let tasks = Arc::new(Mocked::new(script, Arc::new(nobody)));
    let engine = Engine::new(tasks, Clock::system().fast_forward());
    let machine = machine(json!({
        "Wait": { "Type": "Wait", "Seconds": 31_000_000, "Next": "Call" },
        "Call": {
            "Type": "Task", "Resource": "wasm:a/b", "End": true,
            "Retry": [{ "ErrorEquals": ["Down"], "IntervalSeconds": 1_000 }],
        },
    }));
    let (events, outcome) = engine.start(machine, input(json!({}))).finish().await;
    assert_eq!(outcome, Outcome::Succeeded { output: json!("up").into() });
    let (first, last) = (events.first().unwrap(), events.last().unwrap());
    // What really passes meanwhile is less than a minute.
    assert_eq!(last.timestamp.duration_since(first.timestamp).as_secs() / 60, 31_001_000 / 60);
}
