//! Invokes functions of AWS Lambda, as `arn:aws:states:::lambda:invoke` does.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_aws::{Client, Naming, services};
use stepwell_task::{Call, Failure, Plugin};

const NAMING: Naming =
    Naming::Optimised { prefix: "Lambda", service: "AWSLambda", exception: "AWSLambdaException" };

/// As long as AWS lets a function run.
const TIMEOUT: Duration = Duration::from_secs(900);

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let invoke = stepwell_aws::task(
        services::LAMBDA,
        "invoke",
        "Invokes a function of AWS Lambda.",
        &["Payload"],
        invoke,
    );
    let summary = "Invokes functions of AWS Lambda.";
    stepwell_aws::plugin("lambda", env!("CARGO_PKG_VERSION"), summary, vec![invoke])
}

stepwell_task::export!(plugin);

/// The function gets `Payload` as JSON, and `{}` without one; what it returns is `Payload` of the
/// output. Where the function fails, the task fails by the name of the function's error.
fn invoke(mut input: Value, call: &Call) -> Result<Value, Failure> {
    if let Some(parameters) = input.as_object_mut() {
        let payload = parameters.remove("Payload").filter(|payload| !payload.is_null());
        let payload = payload.unwrap_or_else(|| json!({}));
        parameters.insert("Payload".to_owned(), payload.to_string().into());
    }
    let client = Client::new("lambda", services::LAMBDA, NAMING).timeout(TIMEOUT);
    let mut answer = client.call("invoke", &input, call)?;
    let text = answer.output.get("Payload").and_then(Value::as_str).unwrap_or_default().to_owned();
    if answer.output.contains_key("FunctionError") {
        return Err(function_error(&text));
    }
    // An invocation that is not waited for has no payload.
    let payload = serde_json::from_str(&text).unwrap_or_else(|_| text.into());
    answer.output.insert("Payload".to_owned(), payload);
    Ok(answer.with_metadata())
}

/// What a function returned where it failed.
fn function_error(payload: &str) -> Failure {
    let error = serde_json::from_str::<Value>(payload).unwrap_or_default();
    match error["errorType"].as_str() {
        Some(name) => Failure::foreign(name.to_owned(), payload),
        None => Failure::new(
            "Lambda.Unknown",
            format!(
                "The cause could not be determined because Lambda did not return an error type. \
                 Returned payload: {payload}"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use stepwell_task::{
        http::{Request, Response},
        local,
    };

    use super::*;

    fn invoke(input: &Value, answer: Response) -> (Result<Value, Failure>, Request) {
        local::set_secret("access-key-id", "AKID");
        local::set_secret("secret-access-key", "hush");
        let sent: Rc<RefCell<Option<Request>>> = Rc::default();
        let notes = Rc::clone(&sent);
        local::serve_http(move |request| {
            *notes.borrow_mut() = Some(request.clone());
            Ok(answer.clone())
        });
        let result = plugin().run("invoke", &input.to_string(), &Call::local("key"));
        let sent = sent.take().unwrap();
        (result.map(|text| serde_json::from_str(&text).unwrap()), sent)
    }

    fn answer(headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), value.as_bytes().into()));
        Response { status: 200, headers: headers.collect(), body: body.into() }
    }

    #[test]
    fn a_payload_goes_in_and_out_as_json() {
        let input = json!({ "FunctionName": "f:live", "Payload": "text" });
        let executed = answer(&[("x-amz-executed-version", "$LATEST")], r#"{"a":[1]}"#);
        let (output, sent) = invoke(&input, executed);
        let output = output.unwrap();
        assert_eq!(output["Payload"], json!({ "a": [1] }));
        assert_eq!(
            (&output["StatusCode"], &output["ExecutedVersion"]),
            (&json!(200), &json!("$LATEST"))
        );
        assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], 200);
        assert_eq!(sent.body, br#""text""#);
        assert!(sent.url.ends_with("/2015-03-31/functions/f%3Alive/invocations"), "{}", sent.url);
        let (_, sent) = invoke(&json!({ "FunctionName": "f" }), answer(&[], "null"));
        assert_eq!(sent.body, b"{}");
    }

    #[test]
    fn a_function_that_fails_fails_the_task_by_its_own_name() {
        let input = json!({ "FunctionName": "f" });
        let failed = |body: &str| {
            invoke(&input, answer(&[("x-amz-function-error", "Unhandled")], body)).0.unwrap_err()
        };
        let body = r#"{"errorMessage":"m","errorType":"CustomException"}"#;
        let failure = failed(body);
        assert_eq!((failure.error(), failure.cause()), ("CustomException", body));
        let failure = failed(r#"{"errorMessage":"Task timed out"}"#);
        assert_eq!(failure.error(), "Lambda.Unknown");
    }
}
