//! The resources that name a task of a guest, and those that name none.

use serde_json::json;
use stepwell_sandbox::{Grants, Limits};

use crate::support::{definition, plugins, run, run_as};

#[tokio::test]
async fn a_lambda_function_is_the_plugin_of_its_name() {
    let resource = "arn:aws:lambda:us-east-1:123456789012:function:wasi-echo";
    for resource in [resource.to_owned(), format!("{resource}:$LATEST")] {
        let report = run(&resource, json!({ "n": 1 })).await;
        assert_eq!(report.output(), &json!({ "n": 1 }));
        assert!(report.only_usage().fuel > 0);
    }
}

#[tokio::test]
async fn lambda_invoke_answers_as_lambda_does() {
    let functions =
        ["wasi-echo", "arn:aws:lambda:us-east-1:123456789012:function:wasi-echo:$LATEST"];
    for function in functions {
        let fields =
            json!({ "Parameters": { "FunctionName": function, "Payload": { "n.$": "$.n" } } });
        let report =
            run_as("arn:aws:states:::lambda:invoke", fields, json!({ "n": 1, "m": 2 })).await;
        let answer =
            json!({ "ExecutedVersion": "$LATEST", "Payload": { "n": 1 }, "StatusCode": 200 });
        assert_eq!(report.output(), &answer);
        assert!(report.only_usage().fuel > 0);
    }
}

#[tokio::test]
async fn a_function_that_fails_fails_as_its_plugin_does() {
    let fields =
        json!({ "Parameters": { "FunctionName": "wasi-echo", "Payload": { "fail": "no" } } });
    let report = run_as("arn:aws:states:::lambda:invoke", fields, json!({})).await;
    assert_eq!(report.failure(), ("Stepwell.CommandFailed", "exit status 1: no"));
}

#[tokio::test]
async fn a_service_is_the_plugin_of_its_name() {
    let report = run("arn:aws:states:::hostile:echo", json!([1])).await;
    assert_eq!(report.output(), &json!([1]));
}

#[tokio::test]
async fn a_version_that_the_plugin_has_runs() {
    for pin in ["0", "0.1", "0.1.0"] {
        let report = run(&format!("wasm:hostile/echo@{pin}"), json!([1])).await;
        assert_eq!(report.output(), &json!([1]));
    }
}

#[tokio::test]
async fn what_names_no_task_says_what_may_be_meant() {
    let cases = [
        (
            "wasm:hostil/echo",
            "Stepwell.UnknownPlugin",
            "no plugin is called `hostil`; did you mean `hostile`?",
        ),
        ("wasm:xyz/echo", "Stepwell.UnknownPlugin", "no plugin is called `xyz`"),
        (
            "wasm:hostile/ecko",
            "Stepwell.UnknownTask",
            "the plugin `hostile` has no task `ecko`; did you mean `echo`?",
        ),
        (
            "wasm:hostile/echo@9.1",
            "Stepwell.VersionMismatch",
            "the plugin `hostile` has version 0.1.0, not 9.1",
        ),
        (
            "arn:aws:lambda:us-east-1:123456789012:function:wasi-ecko",
            "Stepwell.UnknownPlugin",
            "no plugin is called `wasi-ecko`; did you mean `wasi-echo`?",
        ),
        (
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Stepwell.NeedsHost",
            "it waits for an answer from outside (.waitForTaskToken), which needs a host with an \
             API to send it to",
        ),
    ];
    let plugins = plugins(Grants::none(), Limits::default()).await;
    for (resource, error, cause) in cases {
        let report = run(resource, json!({})).await;
        assert_eq!(report.failure(), (error, cause));
        assert_eq!(report.usage(), [], "nothing ran");
        // The same shows before anything runs.
        let unresolved = plugins.check(&definition(resource, json!({})));
        assert_eq!(unresolved.len(), 1, "{unresolved:?}");
        assert_eq!((&*unresolved[0].0, &*unresolved[0].1.to_string()), ("Call", cause));
    }
}

#[tokio::test]
async fn a_function_that_is_named_at_run_time_is_looked_for_then() {
    let resource = "arn:aws:states:::lambda:invoke";
    let fields = json!({ "Parameters": { "FunctionName.$": "$.function" } });
    let plugins = plugins(Grants::none(), Limits::default()).await;
    assert_eq!(plugins.check(&definition(resource, fields.clone())), []);
    let cases = [
        (
            json!("wasi-ecko"),
            "Stepwell.UnknownPlugin",
            "no plugin is called `wasi-ecko`; did you mean `wasi-echo`?",
        ),
        (
            json!(7),
            "Stepwell.InvalidParameters",
            "`FunctionName` is missing from the parameters of lambda:invoke, or is no string",
        ),
    ];
    for (function, error, cause) in cases {
        let report = run_as(resource, fields.clone(), json!({ "function": function })).await;
        assert_eq!(report.failure(), (error, cause));
    }
}

#[tokio::test]
async fn a_function_with_many_tasks_is_ambiguous() {
    let report = run("arn:aws:lambda:us-east-1:123456789012:function:hostile", json!({})).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Stepwell.UnknownTask");
    assert!(cause.starts_with("the plugin `hostile` has the tasks `echo`, `context`, "), "{cause}");
    let end =
        "a Lambda function stands for a plugin with one task, or for the one called `handler`";
    assert!(cause.ends_with(end), "{cause}");
}
