//! The Lambda functions of the recordings, which a recording names after their handlers.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_asl::{
    Json,
    resource::{Pattern, Resource},
};
use stepwell_interpreter::{Failure, RunTask};

use crate::driver::Answer;

const CALL: Duration = Duration::from_millis(40);

/// What a task that calls a function answers; none for any other task.
pub fn answer(run: &RunTask) -> Option<Answer> {
    match &run.resource {
        Resource::Lambda(lambda) => {
            let (takes, result) = call(&lambda.function, run.input.value())?;
            Some(Answer { takes, result: result.map(Json::from) })
        }
        Resource::Integration(integration)
            if &*integration.service == "lambda"
                && &*integration.action == "invoke"
                && integration.pattern == Pattern::RequestResponse =>
        {
            let input = run.input.value();
            let name = input.get("FunctionName")?.as_str()?;
            let name = name.rsplit(':').find(|part| *part != "$LATEST")?;
            let payload = input.get("Payload").filter(|payload| !payload.is_null());
            let payload = payload.cloned().unwrap_or_else(|| json!({}));
            let (takes, result) = call(name, &payload)?;
            Some(Answer { takes, result: result.map(|output| invoked(&output).into()) })
        }
        _ => None,
    }
}

fn call(name: &str, input: &Value) -> Option<(Duration, Result<Value, Failure>)> {
    let raise = |error: &str, message: &str| {
        let cause = json!({ "errorMessage": message, "errorType": error });
        Err(Failure::new(error, cause.to_string()))
    };
    Some(match name {
        "id_function" | "echo_function" => (CALL, Ok(input.clone())),
        "raise_exception" => (CALL, raise("Exception", "Some exception was raised.")),
        "raise_custom_exception" => (CALL, raise("CustomException", "CustomException message")),
        "return_bytes_str" => (CALL, Ok("HelloWorld!".into())),
        "large_output_string" => (CALL, Ok("a".repeat(257 * 1024).into())),
        "wait_60_seconds" => (Duration::from_secs(60), Ok(input.clone())),
        _ => return None,
    })
}

/// The answer of `lambda:invoke`, which holds the one of the function.
fn invoked(output: &Value) -> Value {
    let length = output.to_string().len().to_string();
    json!({
        "ExecutedVersion": "$LATEST",
        "Payload": output,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "X-Amz-Executed-Version": ["$LATEST"],
                "x-amzn-Remapped-Content-Length": ["0"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": ["0"],
                "Content-Length": [length],
                "Date": ["0"],
                "X-Amzn-Trace-Id": ["0"],
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {
                "Connection": "keep-alive",
                "Content-Length": length,
                "Content-Type": "application/json",
                "Date": "0",
                "X-Amz-Executed-Version": "$LATEST",
                "x-amzn-Remapped-Content-Length": "0",
                "x-amzn-RequestId": "0",
                "X-Amzn-Trace-Id": "0",
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": { "RequestId": "0" },
        "StatusCode": 200,
    })
}
