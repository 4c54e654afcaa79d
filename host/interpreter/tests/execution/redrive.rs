use std::time::Duration;

use serde_json::{Value, json};
use stepwell_interpreter::{
    Failure, Occurrence, Outcome, Timestamp, map_run::MapRunId, redrive::NotRedrivable,
};

use crate::driver::{Host, START};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn task(name: &str) -> Value {
    json!({ "Type": "Task", "Resource": format!("wasm:p/{name}"), "End": true })
}

/// A workflow of one Task state whose input is its name.
fn branch(name: &str) -> Value {
    let mut state = task(name);
    state["Parameters"] = name.into();
    json!({ "StartAt": name, "States": { name: state } })
}

fn stop(host: &mut Host) {
    host.on(Occurrence::Stop { error: None, cause: None });
}

/// The history from the event that says that it was redriven.
fn since_redrive(host: &Host) -> Vec<String> {
    let history = host.history();
    let redriven = history.iter().rposition(|event| event.starts_with("ExecutionRedriven"));
    history[redriven.unwrap()..].to_vec()
}

#[test]
fn a_task_that_failed_is_scheduled_again() {
    let definition = json!({ "StartAt": "P", "States": {
        "P": { "Type": "Pass", "Result": 1, "Next": "T" },
        "T": task("t"),
    } });
    let mut host = Host::start(&definition, "{}");
    let first = host.task().clone();
    host.fail(first.task, "E");
    assert_eq!(host.failure(), ("E", "why"));
    host.redrive().unwrap();
    let second = host.task().clone();
    assert_eq!((second.input.text(), second.attempt), ("1", 0));
    assert_ne!(first.idempotency_key, second.idempotency_key);
    host.succeed(second.task, "2");
    assert_eq!(host.output(), "2");
    assert_eq!(
        since_redrive(&host),
        [
            "ExecutionRedriven<8",
            "TaskScheduled<9",
            "TaskStarted<10",
            "TaskSucceeded<11",
            "TaskStateExited<12",
            "ExecutionSucceeded<13"
        ]
    );
    assert_eq!(host.details(9), json!({ "redriveCount": 1 }));
}

#[test]
fn retries_are_counted_anew() {
    let mut state = task("t");
    state["Retry"] = json!([{ "ErrorEquals": ["E"], "MaxAttempts": 1 }]);
    let mut host = Host::state(state, "{}");
    for _ in 0..2 {
        host.fail(host.task().task, "E");
        host.fire();
        host.fail(host.task().task, "E");
        assert_eq!(host.failure().0, "E");
        host.redrive().unwrap();
    }
    assert_eq!(host.task().attempt, 0);
}

#[test]
fn only_the_branches_that_did_not_succeed_run_again() {
    let state = json!({ "Type": "Parallel", "End": true, "Branches": [
        branch("A"),
        { "StartAt": "P", "States": { "P": { "Type": "Pass", "Next": "B" }, "B": {
            "Type": "Task", "Resource": "wasm:p/B", "Parameters": "B", "End": true,
        } } },
        branch("C"),
    ] });
    let mut host = Host::state(state, "{}");
    host.succeed(host.task_of(r#""A""#), "1");
    host.fail(host.task_of(r#""C""#), "E");
    assert_eq!(host.failure().0, "E");
    host.redrive().unwrap();
    assert_eq!(host.tasks.len(), 2);
    host.succeed(host.task_of(r#""C""#), "3");
    host.succeed(host.task_of(r#""B""#), "2");
    assert_eq!(host.output(), "[1,2,3]");
    let since = since_redrive(&host);
    assert_eq!(since[1..3].iter().filter(|event| event.starts_with("TaskScheduled")).count(), 2);
    let ended = ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"];
    let last: Vec<_> = since.iter().rev().take(3).rev().map(|it| it.split('<').next()).collect();
    assert_eq!(last, ended.map(Some));
}

#[test]
fn a_branch_that_was_about_to_go_on_does_so() {
    let choice = json!({
        "Variable": "$$.Execution.RedriveCount", "NumericEquals": 1, "Next": "End",
    });
    let state = json!({ "Type": "Parallel", "End": true, "Branches": [
        { "StartAt": "A", "States": {
            "A": { "Type": "Pass", "Next": "C" },
            "C": { "Type": "Choice", "Choices": [choice] },
            "End": { "Type": "Succeed" },
        } },
        { "StartAt": "B", "States": {
            "B": { "Type": "Pass", "Result": 7, "Next": "T" },
            "T": task("t"),
        } },
    ] });
    let mut host = Host::state(state, "{}");
    assert_eq!(host.failure().0, "States.NoChoiceMatched");
    assert!(host.history().iter().all(|event| !event.starts_with("TaskStateEntered")));
    host.redrive().unwrap();
    assert_eq!(host.task().input.text(), "7");
    assert!(since_redrive(&host).iter().all(|event| !event.starts_with("PassStateEntered")));
    host.succeed(host.task().task, "8");
    assert_eq!(host.output(), "[{},8]");
}

#[test]
fn nested_branches_go_on_where_they_were() {
    let inner = json!({ "StartAt": "P", "States": { "P": {
        "Type": "Parallel", "End": true, "Branches": [branch("B"), branch("C")],
    } } });
    let state = json!({ "Type": "Parallel", "End": true, "Branches": [branch("A"), inner] });
    let mut host = Host::state(state, "{}");
    host.succeed(host.task_of(r#""B""#), "2");
    host.fail(host.task_of(r#""A""#), "E");
    host.redrive().unwrap();
    assert_eq!(host.tasks.len(), 2, "{:?}", host.tasks);
    host.fail(host.task_of(r#""C""#), "E");
    host.redrive().unwrap();
    host.succeed(host.task_of(r#""A""#), "1");
    host.succeed(host.task_of(r#""C""#), "3");
    assert_eq!(host.output(), "[1,[2,3]]");
    assert_eq!(host.execution().0.redrive_count(), 2);
}

#[test]
fn only_the_iterations_that_did_not_succeed_run_again() {
    let mut processor = branch("T");
    processor["States"]["T"]["Parameters"] = json!({ "n.$": "$" });
    let state = json!({
        "Type": "Map", "MaxConcurrency": 2, "ToleratedFailureCount": 1, "End": true,
        "ItemProcessor": processor,
    });
    let mut host = Host::state(state, "[0,1,2,3,4]");
    let input = |n: u32| format!(r#"{{"n":{n}}}"#);
    host.succeed(host.task_of(&input(0)), "0");
    host.fail(host.task_of(&input(1)), "E");
    host.succeed(host.task_of(&input(2)), "2");
    host.fail(host.task_of(&input(3)), "E");
    assert_eq!(host.failure().0, "States.ExceedToleratedFailureThreshold");
    host.redrive().unwrap();
    assert_eq!(host.tasks.len(), 2, "no more at once than MaxConcurrency");
    host.succeed(host.task_of(&input(1)), "1");
    host.fail(host.task_of(&input(3)), "E");
    host.succeed(host.task_of(&input(4)), "4");
    assert_eq!(host.output(), "[0,1,2,4]", "failures are counted anew");
}

#[test]
fn an_item_that_could_not_be_selected_is_tried_again() {
    let state = json!({
        "Type": "Map", "End": true, "MaxConcurrency": 1,
        "ItemSelector": { "a.$": "$$.Map.Item.Value.a" },
        "ItemProcessor": branch("T"),
    });
    let mut host = Host::state(state, r#"[{"a":1},{}]"#);
    host.succeed(host.task().task, "1");
    assert!(matches!(host.outcome, Some(Outcome::Failed(_))));
    host.redrive().unwrap();
    assert!(matches!(host.outcome, Some(Outcome::Failed(_))), "as before");
    let iterations = host.history();
    let started = iterations.iter().filter(|event| event.starts_with("MapIterationStarted"));
    assert_eq!(started.count(), 1, "{iterations:?}");
}

#[test]
fn what_was_stopped_goes_on() {
    let state = json!({ "Type": "Parallel", "End": true, "Branches": [
        branch("A"),
        { "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 60, "End": true } } },
    ] });
    let mut host = Host::state(state, "{}");
    stop(&mut host);
    host.now += Duration::from_secs(5);
    host.redrive().unwrap();
    host.succeed(host.task().task, "1");
    assert_eq!(host.fire(), 60_000, "it waits all of its time again");
    assert_eq!(host.output(), "[1,{}]");
}

#[test]
fn a_wait_whose_time_is_past_is_over() {
    let until = "2026-11-22T13:00:00Z";
    let mut host = Host::state(json!({ "Type": "Wait", "Timestamp": until, "End": true }), "{}");
    stop(&mut host);
    host.now += DAY;
    host.redrive().unwrap();
    assert_eq!(host.output(), "{}");
}

#[test]
fn a_fail_state_is_entered_again() {
    let mut host = Host::state(json!({ "Type": "Fail", "Error": "E" }), "{}");
    host.redrive().unwrap();
    assert_eq!(host.failure().0, "E");
    assert_eq!(
        since_redrive(&host),
        ["ExecutionRedriven<3", "FailStateEntered<4", "ExecutionFailed<5"]
    );
}

#[test]
fn its_timeout_begins_anew() {
    let definition = json!({ "StartAt": "S", "TimeoutSeconds": 60, "States": { "S": task("t") } });
    let mut host = Host::start(&definition, "{}");
    assert_eq!(host.fire(), 60_000);
    assert!(matches!(host.outcome, Some(Outcome::TimedOut(_))));
    host.now += Duration::from_secs(1000);
    host.redrive().unwrap();
    assert_eq!(host.tasks.len(), 1);
    assert_eq!(host.fire(), 60_000);
    assert!(matches!(host.outcome, Some(Outcome::TimedOut(_))));
}

#[test]
fn the_context_object_tells_of_it() {
    let mut state = task("t");
    state["Parameters"] = json!({ "e.$": "$$.Execution" });
    let mut host = Host::state(state, "{}");
    let told = |host: &Host| host.task().input.value()["e"].clone();
    assert_eq!((&told(&host)["RedriveCount"], told(&host).get("RedriveTime")), (&json!(0), None));
    host.fail(host.task().task, "E");
    host.now += Duration::from_secs(90);
    host.redrive().unwrap();
    assert_eq!(told(&host)["RedriveCount"], 1);
    assert_eq!(told(&host)["RedriveTime"], "2026-11-22T12:01:30.000Z");
    assert_eq!(told(&host)["StartTime"], "2026-11-22T12:00:00.000Z");
}

#[test]
fn a_failed_map_run_is_asked_for_once_more() {
    let state = json!({
        "Type": "Map", "Label": "L", "End": true,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "T", "States": { "T": task("t") },
        },
    });
    let mut host = Host::state(state, "[1]");
    let end = |host: &mut Host, map_run: MapRunId, result| {
        host.map_runs.remove(&map_run);
        host.on(Occurrence::MapRunEnded { map_run, result });
    };
    let (&map_run, first) = host.map_runs.iter().next().unwrap();
    let first = first.clone();
    end(&mut host, map_run, Err(Failure::new("E", "why")));
    assert_eq!(host.failure().0, "E");
    for count in 1..=2 {
        host.redrive().unwrap();
        let (&again, start) = host.map_runs.iter().next().unwrap();
        assert_eq!((again, start.order.redrive_count), (map_run, count));
        assert_eq!(start.order.map_run_arn, first.order.map_run_arn);
        if count == 1 {
            stop(&mut host);
        }
    }
    end(&mut host, map_run, Ok(json!([2]).into()));
    assert_eq!(host.output(), "[2]");
    assert_eq!(
        since_redrive(&host)[1..],
        [
            "MapRunRedriven<11",
            "MapRunSucceeded<12",
            "MapStateSucceeded<13",
            "MapStateExited<13",
            "ExecutionSucceeded<15"
        ]
    );
    let arn = &first.order.map_run_arn;
    assert_eq!(host.details(12), json!({ "mapRunArn": arn, "redriveCount": 2 }));
}

#[test]
fn some_cannot_be_redriven() {
    let mut host = Host::state(task("t"), "{}");
    assert_eq!(host.redrive(), Err(NotRedrivable::Running));
    let text = NotRedrivable::Running.to_string();
    assert_eq!(text, "Execution is RUNNING and cannot be redriven");
    host.succeed(host.task().task, "1");
    assert_eq!(host.redrive(), Err(NotRedrivable::Succeeded));

    let mut host = Host::state(task("t"), "{}");
    host.fail(host.task().task, "E");
    host.now += 14 * DAY;
    host.redrive().unwrap();
    host.fail(host.task().task, "E");
    host.now += 14 * DAY + Duration::from_secs(1);
    assert_eq!(host.redrive(), Err(NotRedrivable::PeriodOver));

    let mut host = Host::state(task("t"), "{}");
    host.now += 364 * DAY;
    host.fail(host.task().task, "E");
    host.now += 2 * DAY;
    assert_eq!(host.redrive(), Err(NotRedrivable::MaxTime));
}

#[test]
fn a_history_without_room_is_not_redriven() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:p/t", "End": true,
        "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 99_999, "BackoffRate": 1 }],
    });
    let mut host = Host::state(state, "{}");
    while host.outcome.is_none() {
        host.fail(host.task().task, "E");
        if host.outcome.is_none() {
            host.fire();
        }
    }
    assert_eq!(host.redrive(), Err(NotRedrivable::HistoryFull));
}

#[test]
fn what_was_stored_without_the_place_of_its_failure_is_not_redriven() {
    let mut host = Host::state(task("t"), "{}");
    host.fail(host.task().task, "E");
    let now = host.now;
    let (execution, machine) = host.execution();
    let mut stored = serde_json::to_value(&*execution).unwrap();
    stored["strands"] = json!({});
    let mut execution: stepwell_interpreter::Execution = serde_json::from_value(stored).unwrap();
    assert_eq!(execution.redrive(machine, None, now), Err(NotRedrivable::NotKept));
}

#[test]
fn the_last_ten_client_tokens_are_known_for_fifteen_minutes() {
    let mut host = Host::state(json!({ "Type": "Fail" }), "{}");
    let start: Timestamp = START.parse().unwrap();
    let at = |seconds| start + Duration::from_secs(seconds);
    let (execution, machine) = host.execution();
    for n in 0..11 {
        execution.redrive(machine, Some(format!("token-{n}")), at(n)).unwrap();
    }
    assert_eq!(execution.redriven_with("token-0", at(20)), None);
    assert_eq!(execution.redriven_with("token-1", at(20)), Some(at(1)));
    assert_eq!(execution.redriven_with("token-10", at(10 + 15 * 60)), Some(at(10)));
    assert_eq!(execution.redriven_with("token-10", at(11 + 15 * 60)), None);
    assert_eq!((execution.redrive_count(), execution.redriven_at()), (11, Some(at(10))));
}
