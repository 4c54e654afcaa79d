use serde_json::json;
use stepwell_interpreter::{MAX_EVENTS, MAX_PAYLOAD, MAX_STEP};

use crate::driver::Host;

#[test]
fn an_output_may_have_256_kib() {
    // The text with its two quotation marks.
    let result = |length: usize| {
        Host::state(json!({ "Type": "Pass", "Result": "a".repeat(length - 2), "End": true }), "{}")
    };
    assert_eq!(result(MAX_PAYLOAD).output().len(), MAX_PAYLOAD);
    let host = result(MAX_PAYLOAD + 1);
    assert_eq!(
        host.failure(),
        (
            "States.DataLimitExceeded",
            "The state/task 'S' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        )
    );
    assert_eq!(host.history(), ["PassStateEntered<0", "ExecutionFailed<2"]);
}

#[test]
fn a_task_whose_result_is_larger_has_failed() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": { "Type": "Task", "Resource": "wasm:p/t", "Catch": [
            { "ErrorEquals": ["States.ALL"], "Next": "Caught" },
        ], "End": true },
        "Caught": { "Type": "Pass", "OutputPath": "$.Cause", "End": true },
    }});
    let mut host = Host::start(&definition, "{}");
    let task = host.task().task;
    host.succeed(task, &json!("a".repeat(MAX_PAYLOAD)).to_string());
    assert_eq!(host.history()[3], "TaskFailed<4");
    assert_eq!(
        host.output(),
        "\"The state/task 'wasm' returned a result with a size exceeding the maximum number of \
         bytes service limit.\""
    );
}

#[test]
fn a_history_may_have_25000_events() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Choice", "Choices": [
            { "Variable": "$", "IsNull": true, "Next": "C" },
        ], "Default": "B" },
        "B": { "Type": "Pass", "Next": "A" },
        "C": { "Type": "Succeed" },
    }});
    let host = Host::start(&definition, "{}");
    assert_eq!(host.events.len() as u64, MAX_EVENTS);
    assert_eq!(
        host.failure(),
        ("States.Runtime", "The execution reached the maximum number of history events (25000).")
    );
}

#[test]
fn what_a_task_is_given_may_have_256_kib() {
    let state = json!({
        "Type": "Task", "Resource": "wasm:p/t", "Parameters": { "a.$": "$", "b.$": "$" },
        "End": true,
    });
    let host = Host::state(state, &json!("a".repeat(MAX_PAYLOAD / 2)).to_string());
    assert_eq!(host.failure().0, "States.DataLimitExceeded");
    assert!(host.tasks.is_empty());
}

#[test]
fn the_variables_of_one_state_may_have_256_kib() {
    let state = json!({
        "Type": "Pass", "Assign": { "a.$": "$", "b.$": "$" }, "OutputPath": null, "End": true,
    });
    let host = Host::state(state, &json!("a".repeat(MAX_PAYLOAD / 2)).to_string());
    assert_eq!(
        host.failure(),
        (
            "States.DataLimitExceeded",
            "The variables that are assigned by the state 'S' exceed the maximum number of bytes \
             service limit."
        )
    );
}

#[test]
fn all_variables_may_have_10_mib() {
    let run = |count: usize| {
        let states: serde_json::Map<_, _> = (0..count)
            .map(|index| {
                let mut state = json!({
                    "Type": "Pass", "Assign": { format!("v{index}.$"): "$" },
                });
                if index + 1 == count {
                    state["End"] = true.into();
                } else {
                    state["Next"] = format!("S{}", index + 1).into();
                }
                (format!("S{index}"), state)
            })
            .collect();
        let input = json!("a".repeat(MAX_PAYLOAD - 2)).to_string();
        let mut host = Host::start(&json!({ "StartAt": "S0", "States": states }), &input);
        while host.outcome.is_none() {
            host.fire();
        }
        host
    };
    assert_eq!(run(40).output().len(), MAX_PAYLOAD);
    assert_eq!(
        run(41).failure(),
        (
            "States.DataLimitExceeded",
            "The variables of the execution with those of the state 'S40' exceed the maximum \
             number of bytes service limit."
        )
    );
}

#[test]
fn an_output_may_nest_100_levels() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": { "Type": "Pass", "ResultPath": "$.a", "Next": "More" },
        "More": { "Type": "Choice", "Choices": [
            { "Variable": "$.end", "IsPresent": true, "Next": "End" },
        ], "Default": "S" },
        "End": { "Type": "Succeed" },
    }});
    let host = Host::start(&definition, "{}");
    assert_eq!(
        host.failure(),
        (
            "States.DataLimitExceeded",
            "The state/task 'S' returned a result that is nested more than 100 levels deep."
        )
    );
    let exits = host.history().iter().filter(|event| event.starts_with("PassStateExited")).count();
    assert_eq!(exits, 99);
}

#[test]
fn what_is_stored_can_be_read_again() {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let deep: serde_json::Value = serde_json::from_str(&nested(101)).unwrap();
    let assign = json!({ "Type": "Pass", "Assign": { "a": deep }, "End": true });
    let host = Host::state(assign, "{}");
    assert_eq!(host.failure().0, "States.DataLimitExceeded");
    assert!(host.failure().1.ends_with("A value is nested more than 100 levels deep"));

    // The context object holds the input two levels further down.
    let task = json!({ "Type": "Task", "Resource": "wasm:p/t", "InputPath": "$$", "End": true });
    let host = Host::state(task, &nested(100));
    assert_eq!(
        host.failure(),
        (
            "States.DataLimitExceeded",
            "The state/task 'wasm' returned a result that is nested more than 100 levels deep."
        )
    );
}

#[test]
fn what_never_waits_is_cut_into_steps_by_its_data() {
    let mut states = serde_json::Map::new();
    for at in 0..100 {
        let next = format!("S{}", at + 1);
        states.insert(format!("S{at}"), json!({ "Type": "Pass", "Next": next }));
    }
    states.insert("S100".into(), json!({ "Type": "Succeed" }));
    let input = json!("a".repeat(200 * 1024)).to_string();
    let mut host = Host::start(&json!({ "StartAt": "S0", "States": states }), &input);
    let mut steps = vec![host.events.len()];
    while host.outcome.is_none() {
        let before = host.events.len();
        assert_eq!(host.fire(), 0, "it goes on at once");
        steps.push(host.events.len() - before);
    }
    assert_eq!(host.output(), input);
    assert_eq!(host.events.len(), 204);
    let most = MAX_STEP / input.len() + 2;
    assert!(steps.len() > 5 && steps.iter().all(|events| *events <= most + 1), "{steps:?}");
}

#[test]
fn what_is_paused_is_stopped_like_anything_else() {
    let definition = json!({ "StartAt": "S", "States": { "S": {
        "Type": "Map", "ItemsPath": "$.items", "ItemSelector": { "item.$": "$.big" }, "End": true,
        "ItemProcessor": { "StartAt": "T", "States": {
            "T": { "Type": "Task", "Resource": "wasm:p/t", "End": true },
        }},
    }}});
    let input = json!({ "items": vec![0; 40], "big": "a".repeat(200 * 1024) }).to_string();
    let mut host = Host::start(&definition, &input);
    assert!(host.tasks.len() < 40 && !host.timers.is_empty(), "some are paused");
    let first = *host.tasks.keys().next().unwrap();
    host.fail(first, "Down");
    assert_eq!(host.failure(), ("Down", "why"));
}

#[test]
fn an_input_may_nest_100_levels() {
    let start = |levels: usize| {
        let input = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        Host::state(json!({ "Type": "Succeed" }), &input)
    };
    assert_eq!(start(100).output().len(), 200);
    let host = start(101);
    assert_eq!(
        host.failure(),
        ("States.DataLimitExceeded", "The execution's input is nested more than 100 levels deep.")
    );
    assert_eq!(host.history(), ["ExecutionFailed<1"]);
}
