//! Lambda functions as AWS's states see them.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};
use stepwell_asl::{Json, resource::Resource};
use stepwell_engine::Attempt;
use stepwell_interpreter::Failure;
use uuid::Uuid;

/// How many bytes of its end `LogType` `Tail` gives of a log.
const LOG_TAIL: usize = 4 << 10;

/// Whether a resource calls a function.
pub(super) fn is_called_by(resource: &Resource) -> bool {
    matches!(resource, Resource::Lambda(_)) || resource.is_lambda_invoke()
}

/// The name in what `FunctionName` allows: a name, an ARN or a part of one, with a qualifier.
pub(super) fn function_name(name: &str) -> &str {
    let after = name.split_once("function:").map_or(name, |(_, rest)| rest);
    after.split(':').next().unwrap_or(after)
}

/// `Payload` of lambda:invoke; without one the function gets `{}`.
pub(super) fn payload(parameters: &Value) -> Json {
    let payload = parameters.get("Payload").filter(|payload| !payload.is_null());
    payload.cloned().map_or_else(Json::empty, Json::from)
}

/// The parameters of lambda:invoke for a function that a state names by its ARN.
pub(super) fn parameters(arn: &str, payload: &Value) -> Json {
    json!({ "FunctionName": arn, "Payload": payload }).into()
}

/// What a function returned, of what lambda:invoke gives.
pub(super) fn result(answer: &Json) -> Json {
    answer.value().get("Payload").cloned().unwrap_or_default().into()
}

/// The answer of Lambda's Invoke, as lambda:invoke with these parameters hands it on.
pub(super) fn answer(parameters: &Value, payload: &Json, log: &str, at: Timestamp) -> Json {
    let length = payload.text().len().to_string();
    let request_id = Uuid::new_v4().to_string();
    let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let trace = Uuid::new_v4().simple().to_string();
    let trace = format!("Root=1-{:08x}-{};Sampled=0", at.as_second(), &trace[..24]);
    let mut answer = json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload.value(),
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "X-Amz-Executed-Version": ["$LATEST"],
                "x-amzn-Remapped-Content-Length": ["0"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": [request_id],
                "Content-Length": [length],
                "Date": [date],
                "X-Amzn-Trace-Id": [trace],
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {
                "Connection": "keep-alive",
                "Content-Length": length,
                "Content-Type": "application/json",
                "Date": date,
                "X-Amz-Executed-Version": "$LATEST",
                "x-amzn-Remapped-Content-Length": "0",
                "x-amzn-RequestId": request_id,
                "X-Amzn-Trace-Id": trace,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": { "RequestId": request_id },
        "StatusCode": 200,
    });
    if parameters["LogType"] == "Tail" {
        let tail = &log[log.ceil_char_boundary(log.len().saturating_sub(LOG_TAIL))..];
        let tail = Value::from(BASE64_STANDARD.encode(tail));
        let metadata = &mut answer["SdkHttpMetadata"];
        metadata["AllHttpHeaders"]["X-Amz-Log-Result"] = json!([tail]);
        metadata["HttpHeaders"]["X-Amz-Log-Result"] = tail.clone();
        answer["LogResult"] = tail;
    }
    answer.into()
}

/// What Lambda says where there is no such function.
pub(super) fn not_found(function: &str, attempt: &Attempt) -> Failure {
    // arn:aws:states:REGION:...
    let region = attempt.identity.state_machine_arn.split(':').nth(3).unwrap_or_default();
    let tenant = &attempt.tenant;
    let request_id = Uuid::new_v4();
    Failure::new(
        "Lambda.ResourceNotFoundException",
        format!(
            "Function not found: arn:aws:lambda:{region}:{tenant}:function:{function}:$LATEST \
             (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request \
             ID: {request_id}; Proxy: null)"
        ),
    )
}
