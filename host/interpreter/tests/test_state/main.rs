//! TestState: what is refused, with AWS's words, and what is told of a state.

mod maps;

use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_interpreter::{
    Effect, Failure, Identity, Occurrence, Timestamp,
    test_state::{Answer, Request, Step, TestState},
};

fn start(request: Value) -> Result<(TestState, Step), String> {
    let request: Request = serde_json::from_value(request).unwrap();
    let identity = Identity {
        execution_arn: "arn:aws:states:us-east-1:111111111111:express:machine:run".into(),
        execution_name: "run".into(),
        state_machine_arn: "arn:aws:states:us-east-1:111111111111:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: String::new(),
    };
    TestState::start(&request, identity, Timestamp::UNIX_EPOCH)
        .map_err(|error| format!("{}: {error}", error.code()))
}

fn answered(step: Step) -> Value {
    let answer: Answer = step.answer.unwrap();
    serde_json::to_value(answer).unwrap()
}

/// The answer at once, with the fields of a request beside its definition.
fn answer(definition: &Value, more: &Value) -> Value {
    answered(start(request(definition, more)).unwrap().1)
}

fn refused(definition: &Value, more: &Value) -> String {
    start(request(definition, more)).err().unwrap()
}

fn request(definition: &Value, more: &Value) -> Value {
    let mut request = more.clone();
    request["definition"] = definition.to_string().into();
    request
}

fn task() -> Value {
    json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true })
}

fn map() -> Value {
    json!({
        "Type": "Map",
        "ItemProcessor": { "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } },
        "End": true,
    })
}

#[test]
fn what_does_not_go_together_is_refused() {
    let pass = json!({ "Type": "Pass", "End": true });
    let result = json!({ "result": "{}" });
    let with = |configuration: Value| json!({ "stateConfiguration": configuration });
    let mut refusals = Vec::new();
    for (definition, more) in [
        (task(), json!({ "mock": {} })),
        (task(), json!({ "mock": { "errorOutput": { "cause": "why" } } })),
        (task(), json!({ "mock": { "result": "{" } })),
        (task(), json!({ "mock": result, "revealSecrets": true })),
        (task(), json!({ "context": "{}" })),
        (task(), with(json!({ "retrierRetryCount": 1 }))),
        (task(), with(json!({ "mapItemReaderData": "[]" }))),
        (task(), json!({ "variables": "[]" })),
        (task(), json!({ "input": "{" })),
        (pass.clone(), json!({ "mock": result })),
        (map(), json!({})),
        (map(), json!({ "mock": result })),
        (
            map(),
            json!({
                "mock": { "errorOutput": { "error": "E" } },
                "stateConfiguration": { "errorCausedByState": "Q" },
            }),
        ),
        (
            map(),
            json!({
                "input": "[1, 2]",
                "mock": { "result": "[1, 2]" },
                "stateConfiguration": { "mapIterationFailureCount": 3 },
            }),
        ),
        (pass, json!({ "stateName": "A" })),
    ] {
        refusals.push(refused(&definition, &more));
    }
    assert_eq!(
        refusals,
        [
            "ValidationException: A test mock should have only one of the following fields: \
             [result, errorOutput].",
            "ValidationException: A mocked errorOutput must have the field: [error].",
            "ValidationException: Mocked result must be valid JSON",
            "ValidationException: TestState does not support RevealSecrets when a mock is \
             specified.",
            "ValidationException: TestState does not support Context when a mock is not specified.",
            "ValidationException: TestState does not support RetrierRetryCount when a mock is not \
             specified.",
            "ValidationException: TestState does not support MapItemReaderData when a mock is not \
             specified.",
            "ValidationException: Variables must be a valid JSON object",
            "InvalidExecutionInput: Invalid State Machine Execution Input: 'EOF while parsing an \
             object at line 1 column 1'",
            "ValidationException: State type 'Pass' is not supported when a mock is specified",
            "InvalidDefinition: TestState API does not support Map or Parallel states. Supported \
             state types include: [Task, Wait, Pass, Succeed, Fail, Choice]",
            "ValidationException: Mocked result must be an array.",
            "ValidationException: State 'Q' in errorCausedByState is not a state within the tested \
             Map or Parallel.",
            "ValidationException: Map iteration failure count must be less than or equal to the \
             number of Map iterations",
            "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These \
             fields are required: [States, StartAt] at /, SCHEMA_VALIDATION_FAILED: Field 'Type' is \
             not supported at /Type, SCHEMA_VALIDATION_FAILED: Field 'End' is not supported at /End'",
        ]
    );
}

#[test]
fn texts_have_the_lengths_of_the_api() {
    let long = |length: usize| "a".repeat(length);
    let mut refusals = Vec::new();
    for more in [
        json!({ "stateName": "" }),
        json!({ "stateName": long(81) }),
        json!({ "input": long(262_145) }),
        json!({ "variables": long(262_145) }),
        json!({ "context": long(262_145) }),
        json!({ "mock": { "result": long(262_145) } }),
        json!({ "mock": { "errorOutput": { "error": long(257) } } }),
        json!({ "mock": { "errorOutput": { "error": "E", "cause": long(32_769) } } }),
        json!({ "stateConfiguration": { "mapItemReaderData": long(262_145) } }),
        json!({ "stateConfiguration": { "errorCausedByState": "" } }),
    ] {
        let text = refused(&task(), &more);
        let text = text.strip_prefix("ValidationException: 1 validation error detected: Value at ");
        refusals.push(text.unwrap().replace("failed to satisfy constraint: Member must have ", ""));
    }
    assert_eq!(
        refusals,
        [
            "'stateName' length greater than or equal to 1",
            "'stateName' length less than or equal to 80",
            "'input' length less than or equal to 262144",
            "'variables' length less than or equal to 262144",
            "'context' length less than or equal to 262144",
            "'mock.result' length less than or equal to 262144",
            "'mock.errorOutput.error' length less than or equal to 256",
            "'mock.errorOutput.cause' length less than or equal to 32768",
            "'stateConfiguration.mapItemReaderData' length less than or equal to 262144",
            "'stateConfiguration.errorCausedByState' length greater than or equal to 1",
        ]
    );
}

#[test]
fn a_context_object_has_the_fields_that_aws_gives_it() {
    let mut refusals = Vec::new();
    for context in [
        "[]",
        r#"{"Map": {}}"#,
        r#"{"Other": {}}"#,
        r#"{"State": 1}"#,
        r#"{"State": {"RetryCount": "1"}}"#,
        r#"{"Task": {"Token": 1}}"#,
    ] {
        let text = refused(&task(), &json!({ "context": context, "mock": { "result": "{}" } }));
        let prefix = "ValidationException: Invalid Context object provided: ";
        refusals.push(text.strip_prefix(prefix).unwrap().to_owned());
    }
    assert_eq!(
        refusals,
        [
            "must be a valid JSON object",
            "'Map' field is not supported when mocking a Context object",
            "Field 'Other' is not allowed",
            "State must be an object",
            "State.RetryCount must be a number",
            "Task.Token must be a string",
        ]
    );
}

#[test]
fn tasks_that_wait_for_others_need_a_mock() {
    for (resource, what) in [
        ("arn:aws:states:us-east-1:111111111111:activity:a", "Activity tasks"),
        ("arn:aws:states:::ecs:runTask.sync", "the '.sync' integration pattern"),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "the '.waitForTaskToken' integration pattern",
        ),
    ] {
        let mut task = task();
        task["Resource"] = resource.into();
        assert_eq!(
            refused(&task, &json!({})),
            format!(
                "InvalidDefinition: TestState API does not support {what} when a mock is not specified."
            )
        );
    }
}

#[test]
fn a_state_of_a_machine_is_tested_in_its_place() {
    let machine = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "M",
        "States": { "M": {
            "Type": "Map",
            "ItemProcessor": { "StartAt": "P", "States": { "P": {
                "Type": "Pass", "Output": "{% $states.input + $n %}", "Assign": { "n": 2 },
                "End": true,
            } } },
            "End": true,
        } },
    });
    let more = json!({
        "stateName": "P", "input": "1", "variables": r#"{"n": 4}"#, "inspectionLevel": "DEBUG",
    });
    assert_eq!(
        answer(&machine, &more),
        json!({
            "status": "SUCCEEDED", "output": "5",
            "inspectionData": { "input": "1", "variables": r#"{"n":2}"# },
        })
    );
    assert_eq!(
        refused(&machine, &json!({ "stateName": "Q" })),
        "InvalidDefinition: Invalid State Machine Definition: 'State Q is not found in the \
         definition'"
    );
}

#[test]
fn a_task_without_a_mock_is_run_by_the_host() {
    let (mut test, step) = start(request(&task(), &json!({ "input": "[1]" }))).unwrap();
    assert_eq!(step.answer, None);
    let task = step.effects.iter().find_map(|effect| match effect {
        Effect::RunTask(run) => Some((run.task, run.input.text().to_owned())),
        _ => None,
    });
    let (task, input) = task.unwrap();
    assert_eq!(input, "[1]");
    let output = Json::parse("\"done\"").unwrap();
    let succeeded = Occurrence::TaskSucceeded { task, output, usage: None };
    let step = test.on(Timestamp::UNIX_EPOCH, succeeded.clone());
    assert_eq!(answered(step), json!({ "status": "SUCCEEDED", "output": "\"done\"" }));
    // It is over.
    let step = test.on(Timestamp::UNIX_EPOCH, succeeded);
    assert!(step.answer.is_none() && step.effects.is_empty());
}

#[test]
fn a_failing_task_tells_which_retrier_and_catcher_match() {
    let mut task = task();
    task["Retry"] = json!([{ "ErrorEquals": ["F"] }, { "ErrorEquals": ["E"], "MaxAttempts": 1 }]);
    task["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": "Mend" }]);
    let (mut test, step) = start(request(&task, &json!({ "inspectionLevel": "DEBUG" }))).unwrap();
    let Some(Effect::RunTask(run)) =
        step.effects.iter().find(|effect| matches!(effect, Effect::RunTask(_)))
    else {
        panic!("no task is run");
    };
    let failure = Failure::new("E", "why");
    let failed = Occurrence::TaskFailed { task: run.task, failure, usage: None };
    let answer = answered(test.on(Timestamp::UNIX_EPOCH, failed));
    assert_eq!(answer["status"], "RETRIABLE");
    assert_eq!(
        answer["inspectionData"]["errorDetails"],
        json!({ "retryIndex": 1, "retryBackoffIntervalSeconds": 1 })
    );

    let more = json!({
        "inspectionLevel": "DEBUG",
        "mock": { "errorOutput": { "error": "E", "cause": "why" } },
        "stateConfiguration": { "retrierRetryCount": 1 },
    });
    let answer = self::answer(&task, &more);
    assert_eq!(answer["status"], "CAUGHT_ERROR");
    assert_eq!(answer["nextState"], "Mend");
    assert_eq!(answer["output"], r#"{"Error":"E","Cause":"why"}"#);
    assert_eq!(
        answer["inspectionData"]["errorDetails"],
        json!({ "retryIndex": 1, "catchIndex": 0 })
    );
}

#[test]
fn a_test_takes_five_minutes_at_most() {
    let wait = json!({ "Type": "Wait", "Seconds": 301, "End": true });
    let (mut test, step) = start(request(&wait, &json!({ "inspectionLevel": "DEBUG" }))).unwrap();
    let first = step.effects.iter().filter_map(|effect| match effect {
        Effect::SetTimer { timer, at } => Some((*at, *timer)),
        _ => None,
    });
    let (at, timer) = first.min().unwrap();
    assert_eq!(at, Timestamp::from_second(300).unwrap());
    let step = test.on(at, Occurrence::TimerFired { timer });
    assert_eq!(
        answered(step),
        json!({
            "status": "FAILED", "error": "States.Timeout",
            "inspectionData": { "input": "{}", "afterInputPath": "{}" },
        })
    );
}

#[test]
fn an_http_task_tells_of_its_request_and_response_at_trace() {
    let task = json!({
        "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
        "Parameters": {
            "ApiEndpoint": "https://example.org/a", "Method": "POST",
            "QueryParameters": { "q": ["1", "2"] }, "Headers": { "Accept": "text/plain" },
            "RequestBody": { "b": 1 },
        },
    });
    let told = |level: &str| {
        let (mut test, step) = start(request(&task, &json!({ "inspectionLevel": level }))).unwrap();
        let task = step.effects.iter().find_map(|effect| match effect {
            Effect::RunTask(run) => Some(run.task),
            _ => None,
        });
        let output = json!({
            "StatusCode": 200, "StatusText": "OK", "Headers": { "date": ["today"] },
            "ResponseBody": "fine",
        });
        let (task, output) = (task.unwrap(), output.into());
        let succeeded = Occurrence::TaskSucceeded { task, output, usage: None };
        let answer = answered(test.on(Timestamp::UNIX_EPOCH, succeeded));
        json!([answer["inspectionData"]["request"], answer["inspectionData"]["response"]])
    };
    assert_eq!(told("DEBUG"), json!([null, null]));
    assert_eq!(
        told("TRACE"),
        json!([
            {
                "protocol": "https", "method": "POST", "url": "https://example.org/a?q=1&q=2",
                "headers": "[Accept: text/plain]", "body": r#"{"b":1}"#,
            },
            {
                "protocol": "https", "statusCode": "200", "statusMessage": "OK",
                "headers": "[date: today]", "body": "fine",
            },
        ])
    );
}
