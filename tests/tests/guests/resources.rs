//! The resources that name a task of a guest, and those that name none.

use serde_json::{Value, json};
use stepwell_asl::{StateMachine, definition::Type, resource::Resource};
use stepwell_engine::{EffectClass, TaskRunner as _};
use stepwell_interpreter::{RunTask, TaskId, token::Token};
use stepwell_sandbox::{Grants, Limits};
use stepwell_tasks::Plugins;

use crate::support::{definition_text, payments, plugins, run, run_as};

/// What validation finds in a definition with this task: `CODE: message | help`.
fn findings(plugins: &Plugins, resource: &str, fields: Value) -> Vec<String> {
    let text = definition_text(resource, fields);
    let findings = match StateMachine::parse_with(Type::Standard, &text, plugins) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    };
    findings
        .iter()
        .map(|it| format!("{}: {} | {}", it.code, it.message, it.help.as_deref().unwrap_or("-")))
        .collect()
}

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
        let answer = report.output();
        assert_eq!(answer["Payload"], json!({ "n": 1 }));
        assert_eq!(answer["StatusCode"], 200);
        assert_eq!(answer["ExecutedVersion"], "$LATEST");
        let headers = &answer["SdkHttpMetadata"]["HttpHeaders"];
        assert_eq!(headers["Content-Length"], "7");
        assert!(headers["Date"].as_str().is_some_and(|date| date.ends_with(" GMT")), "{headers}");
        assert_eq!(headers["x-amzn-RequestId"], answer["SdkResponseMetadata"]["RequestId"]);
        assert!(report.only_usage().fuel > 0);
    }
}

#[tokio::test]
async fn lambda_invoke_gives_the_end_of_the_log_where_it_is_asked_to() {
    let fields = |parameters: Value| json!({ "Parameters": parameters });
    let call = json!({ "FunctionName": "wasi-echo", "Payload": { "log": "done" } });
    let report = run_as("arn:aws:states:::lambda:invoke", fields(call.clone()), json!({})).await;
    assert_eq!(report.output().get("LogResult"), None);
    let mut call = call;
    call["LogType"] = "Tail".into();
    let report = run_as("arn:aws:states:::lambda:invoke", fields(call), json!({})).await;
    let answer = report.output();
    // What the function writes on standard error, in base64.
    assert_eq!(report.attempts[0].log, "done\n");
    assert_eq!(answer["LogResult"], "ZG9uZQo=");
    assert_eq!(answer["SdkHttpMetadata"]["HttpHeaders"]["X-Amz-Log-Result"], "ZG9uZQo=");
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
            "UNKNOWN_PLUGIN: There is no plugin 'hostil' | Did you mean \"hostile\"? There are: \
             hostile, wasi-echo.",
        ),
        (
            "wasm:xyz/echo",
            "Stepwell.UnknownPlugin",
            "no plugin is called `xyz`",
            "UNKNOWN_PLUGIN: There is no plugin 'xyz' | There are: hostile, wasi-echo.",
        ),
        (
            "wasm:hostile/ecko",
            "Stepwell.UnknownTask",
            "the plugin `hostile` has no task `ecko`; did you mean `echo`?",
            "UNKNOWN_TASK: The plugin 'hostile' has no task 'ecko' | Did you mean \"echo\"? It has: ",
        ),
        (
            "wasm:hostile/echo@9.1",
            "Stepwell.VersionMismatch",
            "the plugin `hostile` has version 0.1.0, not 9.1",
            "VERSION_MISMATCH: The plugin 'hostile' has version 0.1.0, not 9.1 | Pin @0.1.0, or \
             install the other version.",
        ),
    ];
    let plugins = plugins(Grants::none(), Limits::default()).await;
    for (resource, error, cause, finding) in cases {
        let report = run(resource, json!({})).await;
        assert_eq!(report.failure(), (error, cause));
        assert_eq!(report.usage(), [], "nothing ran");
        // The same shows before anything runs.
        let found = findings(&plugins, resource, json!({}));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(finding), "{found:?}");
    }
}

#[tokio::test]
async fn what_is_the_hosts_own_is_valid_and_no_plugins() {
    let plugins = plugins(Grants::none(), Limits::default()).await;
    for resource in [
        "arn:aws:states:us-east-1:123456789012:activity:approve",
        "arn:aws:states:::states:startExecution.sync",
        "arn:aws:states:::aws-sdk:sfn:listStateMachines",
    ] {
        assert_eq!(findings(&plugins, resource, json!({})), [""; 0]);
        let report = run(resource, json!({})).await;
        assert_eq!(
            report.failure(),
            ("Stepwell.NeedsHost", "it is the host's own, and not a plugin's")
        );
    }
}

#[tokio::test]
async fn a_plugin_that_asks_for_a_callback_gets_the_token() {
    let fields = json!({ "Parameters": { "token.$": "$$.Task.Token" } });
    // It is told to the plugin, and is in its input where the state puts it there.
    let report =
        run_as("arn:aws:states:::hostile:context.waitForTaskToken", fields.clone(), json!({}))
            .await;
    let names = |token: &Value| {
        let token = Token::parse(token.as_str().unwrap()).unwrap();
        (token.execution_arn, token.task)
    };
    let told = report.attempts[0].result.as_ref().unwrap().value().clone();
    let report =
        run_as("arn:aws:states:::hostile:echo.waitForTaskToken", fields.clone(), json!({})).await;
    let given = report.attempts[0].result.as_ref().unwrap().value().clone();
    assert_eq!(names(&told["taskToken"]), names(&given["token"]));
    // Of a function it is the request that is answered for.
    let fields = json!({
        "Parameters": { "FunctionName": "wasi-echo", "Payload": fields["Parameters"] },
    });
    let resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    let report = run_as(resource, fields, json!({})).await;
    let answer = report.attempts[0].result.as_ref().unwrap().value().clone();
    assert_eq!(answer["StatusCode"], 200);
    assert_eq!(names(&answer["Payload"]["token"]), names(&given["token"]));
}

#[tokio::test]
async fn the_effect_of_a_task_is_what_its_plugin_describes() {
    let payments = payments().await;
    let plugins = plugins(Grants::none(), Limits::default()).await;
    let effect = |plugins: &Plugins, resource, input| {
        plugins.effect("123456789012", None, &task(resource, input))
    };
    assert_eq!(effect(&plugins, "wasm:hostile/echo", json!({})), EffectClass::Pure);
    assert_eq!(effect(&payments, "wasm:payments/charge", json!({})), EffectClass::Idempotent);
    // A command cannot say, and what is not there may have been anything.
    for (resource, input) in [
        ("arn:aws:states:::lambda:invoke", json!({ "FunctionName": "wasi-echo" })),
        ("arn:aws:states:::lambda:invoke", json!({})),
        ("arn:aws:states:::ecs:runTask.sync", json!({ "TaskDefinition": "wasi-echo" })),
        ("wasm:gone/echo", json!({})),
    ] {
        assert_eq!(effect(&plugins, resource, input), EffectClass::AtMostOnce);
    }
}

/// An attempt of a task that runs nowhere.
fn task(resource: &str, input: Value) -> RunTask {
    RunTask {
        task: TaskId(1),
        resource: Resource::parse(resource).unwrap(),
        state: "Call".into(),
        input: input.into(),
        attempt: 0,
        idempotency_key: "key".to_owned(),
        started: false,
        submitted: false,
        task_token: None,
        deadline: None,
        heartbeat_seconds: None,
        credentials: None,
    }
}

#[tokio::test]
async fn a_limit_above_what_is_granted_is_doubtful() {
    let limits = Limits { fuel: 1000, memory: 32 << 20, ..Limits::default() };
    let plugins = plugins(Grants::none(), limits).await;
    let help = "The lower limit counts. Ask for no more than that, or grant the plugin more.";
    for (limit, message) in [
        ("fuel=1001", "may use 1000, not 1001 of fuel"),
        ("memory=33MiB", "may use 32.0 MiB, not 33.0 MiB of memory"),
    ] {
        assert_eq!(
            findings(&plugins, &format!("wasm:hostile/echo?{limit}"), json!({})),
            [format!("LIMIT_NOT_GRANTED: The plugin 'hostile' {message} | {help}")]
        );
    }
    let within = "wasm:hostile/echo?fuel=1000&memory=32MiB";
    assert_eq!(findings(&plugins, within, json!({})), [""; 0]);
}

#[tokio::test]
async fn a_function_that_is_fixed_is_looked_for_before_anything_runs() {
    let plugins = plugins(Grants::none(), Limits::default()).await;
    let found = |function: &str| {
        let fields = json!({ "Parameters": { "FunctionName": function } });
        findings(&plugins, "arn:aws:states:::lambda:invoke", fields)
    };
    assert_eq!(found("arn:aws:lambda:us-east-1:123456789012:function:wasi-echo:1"), [""; 0]);
    assert_eq!(
        found("wasi-ecko"),
        [
            "UNKNOWN_PLUGIN: There is no plugin 'wasi-ecko' | Did you mean \"wasi-echo\"? There are: \
          hostile, wasi-echo."
        ]
    );
    let ambiguous = found("hostile");
    assert_eq!(ambiguous.len(), 1);
    assert!(
        ambiguous[0].starts_with("UNKNOWN_TASK: The plugin 'hostile' is no Lambda function | "),
        "{ambiguous:?}"
    );
}

#[tokio::test]
async fn arguments_are_held_against_the_schema_that_a_plugin_describes() {
    let plugins = payments().await;
    let fields = |amount: Value| {
        let payload = json!({ "order.$": "$.order", "amount": amount, "card": "tok_aproved" });
        json!({ "Parameters": payload })
    };
    let found = findings(&plugins, "wasm:payments/charge", fields(json!("49.90 EUR")));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("INVALID_ARGUMENTS: The value is not of type \"object\" | "),
        "{found:?}"
    );
    assert!(
        found[1]
            .starts_with("INVALID_ARGUMENTS: Value must be one of [tok_approved, tok_declined, "),
        "{found:?}"
    );
    assert!(found[1].ends_with(" | Did you mean \"tok_approved\"?"), "{found:?}");
}

#[tokio::test]
async fn a_function_that_is_named_at_run_time_is_looked_for_then() {
    let resource = "arn:aws:states:::lambda:invoke";
    let fields = json!({ "Parameters": { "FunctionName.$": "$.function" } });
    let plugins = plugins(Grants::none(), Limits::default()).await;
    assert_eq!(findings(&plugins, resource, fields.clone()), [""; 0]);
    let report = run_as(resource, fields.clone(), json!({ "function": 7 })).await;
    let cause = "`FunctionName` is missing from the parameters of lambda:invoke, or is no string";
    assert_eq!(report.failure(), ("Stepwell.InvalidParameters", cause));
    let report = run_as(resource, fields, json!({ "function": "wasi-ecko" })).await;
    assert_eq!(report.failure().0, "Lambda.ResourceNotFoundException");
}

#[tokio::test]
async fn a_function_that_is_not_there_fails_as_lambda_says_it() {
    let report = run("arn:aws:lambda:us-east-1:123456789012:function:wasi-ecko", json!({})).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Lambda.ResourceNotFoundException");
    let begin = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:wasi-ecko:\
                 $LATEST (Service: AWSLambda; Status Code: 404; Error Code: \
                 ResourceNotFoundException; Request ID: ";
    assert!(cause.starts_with(begin) && cause.ends_with("; Proxy: null)"), "{cause}");
    assert_eq!(report.usage(), [], "nothing ran");
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
