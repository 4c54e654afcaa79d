//! The functions that AWS's recordings call.

use serde_json::{Value, json};
use stepwell_engine::{Clock, Engine};

use crate::support::{Report, follow, functions, start};

async fn call(function: &str) -> Report {
    let engine = Engine::new(functions().await, Clock::system());
    let resource = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
    follow(start(&engine, &resource, json!({}), json!({ "n": 1 }))).await
}

#[tokio::test]
async fn functions_that_return_something_do() {
    for (function, output) in [
        ("id_function", json!({ "n": 1 })),
        ("echo_function", json!({ "n": 1 })),
        ("return_bytes_str", json!("HelloWorld!")),
    ] {
        assert_eq!(call(function).await.output(), &output);
    }
}

#[tokio::test]
async fn an_exception_is_told_as_the_python_runtime_does() {
    for (function, name, message, place) in [
        (
            "raise_exception",
            "Exception",
            "Some exception was raised.",
            "  File \"/var/task/handler.py\", line 2, in handler\n    raise Exception(\"Some exception \
             was raised.\")\n",
        ),
        (
            "raise_custom_exception",
            "CustomException",
            "CustomException message",
            "  File \"/var/task/handler.py\", line 9, in handler\n    raise CustomException()\n",
        ),
    ] {
        let report = call(function).await;
        let (error, cause) = report.failure();
        assert_eq!(error, name);
        let mut cause: Value = serde_json::from_str(cause).unwrap();
        let request_id = cause["requestId"].take();
        assert_eq!(request_id.as_str().map(str::len), Some(36));
        let told = json!({
            "errorMessage": message, "errorType": name, "requestId": null, "stackTrace": [place],
        });
        assert_eq!(cause, told);
    }
}

#[tokio::test]
async fn a_result_that_is_too_large_names_the_function() {
    let report = call("large_output_string").await;
    let cause = "The state/task 'arn:aws:lambda:us-east-1:000000000000:function:\
                 large_output_string' returned a result with a size exceeding the maximum number \
                 of bytes service limit.";
    assert_eq!(report.failure(), ("States.DataLimitExceeded", cause));
}

#[tokio::test]
async fn the_function_that_waits_a_minute_can_be_timed_out() {
    let engine = Engine::new(functions().await, Clock::system());
    let resource = "arn:aws:lambda:us-east-1:000000000000:function:wait_60_seconds";
    let fields = json!({ "TimeoutSeconds": 1 });
    let report = follow(start(&engine, resource, fields, json!({}))).await;
    assert_eq!(report.failure().0, "States.Timeout");
}
