use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_engine::TaskEnd;
use stepwell_interpreter::{Execution, Identity, Occurrence, map_run::Counts, token::Key};

use super::*;

/// Runs a definition whose tasks fail as often as asked, and tells what the tracker noticed: a
/// mark, the depth and the state of each notice.
fn story(states: Value, failures: usize) -> (Vec<String>, Tracker) {
    let start = states.as_object().unwrap().keys().next().unwrap().clone();
    let text = json!({ "StartAt": start, "States": states }).to_string();
    let machine = StateMachine::parse(&text).unwrap().machine;
    let identity = Identity {
        execution_arn: "arn:aws:states:us-east-1:000000000000:execution:m:e".into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
    };
    let mut now = Timestamp::UNIX_EPOCH;
    let (mut execution, mut step) =
        Execution::start(&machine, identity, &Key::new([7; 32]), Json::empty(), now);
    let (mut tracker, mut told, mut failed) = (Tracker::default(), Vec::new(), 0);
    loop {
        let effects = step.effects.clone();
        told.extend(tracker.follow(&Update::Step(step)).iter().map(tell));
        let used = Some(Usage { fuel: 10, peak_memory: 20, duration_ms: 30, host_calls: 0 });
        let occurrence = effects.iter().find_map(|effect| match effect {
            Effect::RunTask(task) => {
                let id = task.task;
                let (result, occurrence) = if failed < failures {
                    failed += 1;
                    let failure = Failure::new("Down", "");
                    let end =
                        Occurrence::TaskFailed { task: id, failure: failure.clone(), usage: used };
                    (Err(failure), end)
                } else {
                    let output = Json::empty();
                    let end =
                        Occurrence::TaskSucceeded { task: id, output: output.clone(), usage: used };
                    (Ok(output), end)
                };
                let end = TaskEnd { usage: used, ..TaskEnd::without_usage(result) };
                tracker.follow(&Update::TaskEnded(task.clone(), end));
                Some(occurrence)
            }
            Effect::StartMapRun(start) => {
                let order = &start.order;
                let failed = ChildFailed {
                    map_run: order.map_run,
                    identity: start.parent().clone(),
                    failure: Failure::new("Down", ""),
                };
                let progress = MapRunProgress {
                    map_run: order.map_run,
                    map_run_arn: order.map_run_arn.clone(),
                    state: order.state.clone(),
                    items: Counts { total: 2, ..Counts::default() },
                    executions: Counts::default(),
                    ended: false,
                };
                for update in [Update::ChildFailed(failed.into()), Update::MapRun(progress.into())]
                {
                    told.extend(tracker.follow(&update).iter().map(tell));
                }
                let result = Ok(Json::empty());
                Some(Occurrence::MapRunEnded { map_run: order.map_run, result })
            }
            Effect::SetTimer { timer, at } => {
                now = *at;
                Some(Occurrence::TimerFired { timer: *timer })
            }
            _ => None,
        });
        let Some(occurrence) = occurrence else { return (told, tracker) };
        step = execution.on(&machine, now, occurrence);
    }
}

fn tell(notice: &Notice) -> String {
    let mark = match &notice.what {
        What::Entered => "enter".to_owned(),
        What::Left => "leave".to_owned(),
        What::Cancelled => "cancel".to_owned(),
        What::AttemptFailed { retry_in, .. } => format!("fail, next {retry_in:?}"),
        What::Log(log) => format!("log {log}"),
        What::MapRun(progress) => format!("{} items", progress.items.total),
        What::ChildFailed(child) => format!("child {:?}", child.failure.error),
    };
    format!("{}{mark} {}", "  ".repeat(notice.visit.depth), notice.visit.state)
}

#[test]
fn a_map_run_is_its_states() {
    let states = json!({
        "All": {
            "Type": "Map", "End": true,
            "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                "StartAt": "One", "States": { "One": { "Type": "Pass", "End": true } },
            },
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": { "Bucket": "b" },
            },
        },
    });
    let (told, _) = story(states, 0);
    assert_eq!(told, ["enter All", "child Some(\"Down\") All", "2 items All", "leave All"]);
}

#[test]
fn what_is_inside_a_parallel_state_is_deeper_and_what_follows_is_not() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Pass", "End": true } } });
    let states = json!({
        "Both": { "Type": "Parallel", "Branches": [branch("L"), branch("R")], "Next": "After" },
        "After": { "Type": "Succeed" },
    });
    let (told, _) = story(states, 0);
    let mut sorted = told[1..5].to_vec();
    sorted.sort();
    assert_eq!(told[0], "enter Both");
    assert_eq!(sorted, ["  enter L", "  enter R", "  leave L", "  leave R"]);
    assert_eq!(told[5..], ["leave Both", "enter After", "leave After"]);
}

#[test]
fn iterations_are_inside_their_map() {
    let states = json!({
        "Items": { "Type": "Pass", "Result": [1, 2], "Next": "All" },
        "All": {
            "Type": "Map", "End": true,
            "ItemProcessor": {
                "StartAt": "One", "States": { "One": { "Type": "Pass", "End": true } },
            },
        },
    });
    let (told, _) = story(states, 0);
    assert_eq!(told[2], "enter All");
    assert_eq!(told[3..7].iter().filter(|line| line.starts_with("  ")).count(), 4);
    assert_eq!(told[7], "leave All");
}

#[test]
fn attempts_are_counted_and_their_usage_added() {
    let states = json!({
        "Call": {
            "Type": "Task", "Resource": "wasm:a/b", "End": true,
            "Retry": [{ "ErrorEquals": ["Down"], "IntervalSeconds": 4, "MaxAttempts": 1 }],
        },
    });
    let (told, tracker) = story(states.clone(), 1);
    assert_eq!(told, ["enter Call", "fail, next Some(4s) Call", "leave Call"]);
    let task = tracker.visits()[0].task.clone().unwrap();
    assert_eq!(task.attempts, 2);
    assert_eq!(task.end, End::Succeeded);
    assert_eq!(task.usage, Usage { fuel: 20, peak_memory: 20, duration_ms: 60, host_calls: 0 });

    let (told, tracker) = story(states, 2);
    assert_eq!(told, ["enter Call", "fail, next Some(4s) Call", "fail, next None Call"]);
    let task = tracker.visits()[0].task.clone().unwrap();
    assert_eq!(task.end, End::Failed(Failure::new("Down", "")));
}
