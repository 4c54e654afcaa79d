use serde_json::{Value, json};

use crate::driver::Host;

fn map(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Map",
        "ItemProcessor": { "StartAt": "T", "States": {
            "T": { "Type": "Task", "Resource": "wasm:p/t", "End": true },
        }},
        "End": true,
    });
    for (key, value) in fields.as_object().unwrap() {
        state[key] = value.clone();
    }
    state
}

#[test]
fn iterations_start_together_and_end_in_an_array() {
    let mut host = Host::state(map(json!({})), "[1,2,3]");
    assert_eq!(
        host.history(),
        [
            "MapStateEntered<0",
            "MapStateStarted<2",
            "MapIterationStarted<3",
            "MapIterationStarted<3",
            "MapIterationStarted<3",
            "TaskStateEntered<4",
            "TaskScheduled<7",
            "TaskStateEntered<5",
            "TaskScheduled<9",
            "TaskStateEntered<6",
            "TaskScheduled<11"
        ]
    );
    for item in ["3", "1", "2"] {
        host.succeed(host.task_of(item), &format!("{item}0"));
    }
    assert_eq!(host.output(), "[10,20,30]");
}

#[test]
fn no_more_run_at_once_than_max_concurrency() {
    let mut host = Host::state(map(json!({ "MaxConcurrency": 2 })), "[1,2,3]");
    assert_eq!(host.tasks.len(), 2);
    host.succeed(host.task_of("1"), "1");
    assert_eq!(host.tasks.len(), 2);
    // The next iteration follows from what the one before did last.
    let history = host.history();
    assert_eq!(
        history[history.len() - 4..],
        [
            "MapIterationSucceeded<12",
            "MapIterationStarted<12",
            "TaskStateEntered<14",
            "TaskScheduled<15"
        ]
    );
}

#[test]
fn forty_run_at_once_where_nothing_is_said() {
    let items: Vec<_> = (0..50).collect();
    let host = Host::state(map(json!({ "MaxConcurrency": 0 })), &json!(items).to_string());
    assert_eq!(host.tasks.len(), 40);
}

#[test]
fn without_items_it_succeeds_at_once() {
    let host = Host::state(map(json!({})), "[]");
    assert_eq!(host.output(), "[]");
    assert_eq!(
        host.history(),
        [
            "MapStateEntered<0",
            "MapStateStarted<2",
            "MapStateSucceeded<3",
            "MapStateExited<3",
            "ExecutionSucceeded<5"
        ]
    );
}

#[test]
fn selects_items_and_their_context() {
    let fields = json!({
        "ItemsPath": "$.items",
        "ItemSelector": { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.x" },
    });
    let host = Host::state(map(fields), r#"{"x":9,"items":["a"]}"#);
    assert_eq!(host.task().input.text(), r#"{"i":0,"v":"a","all":9}"#);
}

#[test]
fn an_iteration_that_fails_takes_the_others_down() {
    let mut host = Host::state(map(json!({})), "[1,2]");
    host.fail(host.task_of("2"), "E");
    assert_eq!(host.failure(), ("E", "why"));
    assert_eq!(
        host.history()[8..],
        [
            "TaskStarted<9",
            "TaskFailed<10",
            "MapIterationAborted<11",
            "TaskStateAborted<11",
            "MapIterationFailed<11",
            "TaskStateAborted<11",
            "MapStateFailed<11",
            "ExecutionFailed<16"
        ]
    );
}

#[test]
fn tolerates_as_many_failures_as_it_says() {
    let fields = json!({ "ToleratedFailurePercentage": 50 });
    let mut host = Host::state(map(fields.clone()), "[1,2]");
    host.fail(host.task_of("1"), "E");
    host.succeed(host.task_of("2"), "2");
    assert_eq!(host.output(), "[2]");

    let mut host = Host::state(map(fields), "[1,2]");
    host.fail(host.task_of("1"), "E");
    host.fail(host.task_of("2"), "E");
    assert_eq!(
        host.failure(),
        (
            "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded"
        )
    );
}

#[test]
fn refuses_what_is_no_array_and_no_number() {
    let prefix = "An error occurred while executing the state 'S' (entered at the event id #2). ";
    for (fields, input, expected) in [
        (
            json!({ "ItemsPath": "$.a" }),
            r#"{"a":1}"#,
            "Reference path \"$.a\" must point to array.",
        ),
        (
            json!({ "MaxConcurrencyPath": "$.m" }),
            r#"{"m":"x"}"#,
            "The MaxConcurrencyPath field refers to value \"x\" which is not a valid integer: $.m",
        ),
        (
            json!({ "MaxConcurrencyPath": "$.m" }),
            r#"{"m":-1}"#,
            "MaxConcurrency cannot be negative.",
        ),
        (
            json!({ "ToleratedFailureCountPath": "$.c" }),
            r#"{"c":-1}"#,
            "ToleratedFailureCount cannot be negative.",
        ),
        (
            json!({ "ToleratedFailurePercentagePath": "$.p" }),
            r#"{"p":101}"#,
            "ToleratedFailurePercentage must be between 0 and 100.",
        ),
    ] {
        let host = Host::state(map(fields), input);
        assert_eq!(host.failure(), ("States.Runtime", &*format!("{prefix}{expected}")));
        assert_eq!(host.history(), ["MapStateEntered<0", "ExecutionFailed<2"]);
    }
}

#[test]
fn a_failure_between_two_iterations_takes_those_that_run_down() {
    let definition = json!({ "StartAt": "S", "States": {
        "S": map(json!({
            "ItemSelector": { "v.$": "States.MathAdd($$.Map.Item.Value, 1)" },
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Again" }],
        })),
        "Again": { "Type": "Parallel", "End": true, "Branches": [
            { "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 9, "End": true } } },
        ]},
    }});
    let mut host = Host::start(&definition, r#"[1,"x"]"#);
    assert!(host.tasks.is_empty());
    assert_eq!(
        host.history()[2..6],
        ["MapIterationStarted<3", "MapIterationAborted<3", "MapStateFailed<3", "MapStateExited<6"]
    );
    host.fire();
    let output: Value = serde_json::from_str(host.output()).unwrap();
    assert_eq!(output[0]["Error"], "States.IntrinsicFailure");

    // The same where an iteration that ends makes room for the one that fails.
    let mut definition = definition;
    definition["States"]["S"]["MaxConcurrency"] = json!(2);
    let mut host = Host::start(&definition, r#"[1,2,"x"]"#);
    host.succeed(host.task_of(r#"{"v":2}"#), "1");
    assert!(host.tasks.is_empty());
    assert_eq!(host.timers.len(), 1);
}

#[test]
fn the_context_object_is_that_of_each_item_and_state() {
    let context = json!({ "Type": "Pass", "Parameters": { "c.$": "$$" } });
    let (mut inner, mut last) = (context.clone(), context);
    inner["End"] = true.into();
    last["End"] = true.into();
    last["ResultPath"] = "$[2]".into();
    let definition = json!({ "StartAt": "S", "States": {
        "S": {
            "Type": "Map",
            "ItemSelector": { "v.$": "$$.Map.Item.Value" },
            "ItemProcessor": { "StartAt": "P", "States": { "P": inner } },
            "Next": "L",
        },
        "L": last,
    }});
    let host = Host::start(&definition, "[7,8,9]");
    let output: Value = serde_json::from_str(host.output()).unwrap();
    for (index, value) in [(0, 7), (1, 8)] {
        let context = &output[index]["c"];
        assert_eq!(context["Map"]["Item"]["Value"], value);
        assert_eq!(context["State"]["Name"], "P");
    }
    let context = output[2]["c"].as_object().unwrap();
    assert!(context.keys().eq(["Execution", "StateMachine", "State"]));
    assert_eq!(context["State"]["Name"], "L");
    assert_eq!(context["Execution"]["Input"], json!([7, 8, 9]));
}

#[test]
fn a_number_may_be_written_in_a_string_behind_a_path() {
    let fields = json!({ "MaxConcurrencyPath": "$.m", "ItemsPath": "$.i" });
    let host = Host::state(map(fields), r#"{"m":"1","i":[1,2]}"#);
    assert_eq!(host.tasks.len(), 1);
}

#[test]
fn a_number_of_jsonata_that_is_out_of_range_is_an_evaluation_error() {
    for (field, expression, expected) in [
        ("MaxConcurrency", "-1", "MaxConcurrency cannot be negative."),
        ("ToleratedFailureCount", "-1", "ToleratedFailureCount cannot be negative."),
        (
            "ToleratedFailurePercentage",
            "101",
            "ToleratedFailurePercentage must be between 0 and 100.",
        ),
    ] {
        let mut fields = json!({ "QueryLanguage": "JSONata", "Items": [1] });
        fields[field] = format!("{{% {expression} %}}").into();
        let host = Host::state(map(fields), "{}");
        let (error, cause) = host.failure();
        assert_eq!(error, "States.QueryEvaluationError");
        assert!(cause.ends_with(expected), "{cause}");
        assert_eq!(host.details(3)["location"], field);
    }
}
