//! `arn:aws:states:::http:invoke`.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::{Setting, answer};
use crate::{
    http::world::Script,
    support::{Report, follow, start},
};

const RESOURCE: &str = "arn:aws:states:::http:invoke";

fn spec() -> Value {
    let connection = json!({
        "AuthorizationType": "BASIC",
        "AuthParameters": {
            "BasicAuthParameters": { "Username": "shop" },
            "InvocationHttpParameters": {
                "QueryStringParameters": [{ "Key": "version", "Value": "2" }],
            },
        },
    });
    json!({
        "http": ["https://api.example"],
        "config": { "connection.shop": connection.to_string() },
    })
}

/// The parameters that every call here has, and these.
fn parameters(path: &str, more: Value) -> Value {
    let arn = "arn:aws:events:us-east-1:123456789012:connection/shop/81210c42";
    let mut parameters = json!({
        "ApiEndpoint": format!("https://api.example{path}"),
        "Method": "GET",
        "Authentication": { "ConnectionArn": arn },
    });
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parameters
}

async fn run(script: Script, fields: Value) -> (Report, Vec<String>) {
    let (setting, seen) = Setting::answering("http", spec(), script).await;
    let setting = setting.with_secret("connection.shop", "s3cret");
    let report = setting.run(RESOURCE, fields, json!({ "id": 7 })).await;
    let seen = seen.lock().unwrap().clone();
    (report, seen)
}

#[tokio::test]
async fn a_request_is_answered_as_on_aws() {
    let script: Script = Arc::new(|_: &str| {
        let headers = "content-type: application/json\r\nx-one: 1\r\nx-one: 2\r\n";
        answer("201 Created", headers, r#"{"order":"A-1"}"#)
    });
    let more = json!({
        "Method": "POST",
        "Headers": { "Accept": "application/json" },
        "QueryParameters": { "id.$": "States.Format('{}', $.id)", "tag": ["a", "b c"] },
        "RequestBody": { "items": [1, 2] },
    });
    let (report, seen) = run(script, json!({ "Parameters": parameters("/orders", more) })).await;
    assert_eq!(
        report.output(),
        &json!({
            "Headers": {
                "content-type": ["application/json"],
                "x-one": ["1", "2"],
                "content-length": ["15"],
            },
            "ResponseBody": { "order": "A-1" },
            "StatusCode": 201,
            "StatusText": "Created",
        })
    );
    let [seen] = &seen[..] else { panic!("{seen:?}") };
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    let mut head: Vec<_> = head.lines().collect();
    assert_eq!(head.remove(0), "POST /orders?id=7&tag=a&tag=b%20c&version=2 HTTP/1.1");
    for line in [
        "accept: application/json",
        "content-type: application/json",
        // shop:s3cret, which the plugin never saw.
        "authorization: Basic c2hvcDpzM2NyZXQ=",
        "range: bytes=0-262144",
        "user-agent: Amazon|StepFunctions|HttpInvoke|us-east-1",
        "host: api.example",
    ] {
        assert!(head.contains(&line), "{line}: {head:?}");
    }
    assert_eq!(body, r#"{"items":[1,2]}"#);
}

#[tokio::test]
async fn a_form_is_sent_where_the_state_says_so() {
    let script: Script = Arc::new(|_: &str| answer("200 OK", "content-type: text/plain\r\n", "ok"));
    let more = json!({
        "Method": "POST",
        "RequestBody": { "items": ["a", "b"], "customer": { "name": "Ada" } },
        "Transform": { "RequestBodyEncoding": "URL_ENCODED" },
    });
    let (report, seen) = run(script, json!({ "Parameters": parameters("/", more) })).await;
    assert_eq!(report.output()["ResponseBody"], "ok");
    let body = "items%5B0%5D=a&items%5B1%5D=b&customer%5Bname%5D=Ada";
    assert!(seen[0].ends_with(&format!("\r\n\r\n{body}")), "{seen:?}");
    assert!(seen[0].contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"));
}

/// The same as a script, where the first so many requests are turned away.
fn at_first(times: usize, away: &'static str, headers: &'static str) -> Script {
    let count = AtomicUsize::new(0);
    Arc::new(move |_: &str| match count.fetch_add(1, Ordering::Relaxed) < times {
        true => answer(away, headers, "come back"),
        false => answer("200 OK", "", "here"),
    })
}

/// Fields with a Retry and a Catch on one error.
fn caught(error: &str, path: &str) -> Value {
    json!({
        "Parameters": parameters(path, json!({})),
        "Retry": [{
            "ErrorEquals": [error],
            "IntervalSeconds": 2,
            "MaxAttempts": 2,
            "BackoffRate": 1.0,
        }],
        "Catch": [{ "ErrorEquals": [error], "Next": "Caught" }],
    })
}

#[tokio::test]
async fn a_throttling_api_is_asked_again_when_it_says() {
    for (status, error) in [
        ("429 Too Many Requests", "States.Http.StatusCode.429"),
        ("503 Service Unavailable", "States.Http.StatusCode.503"),
    ] {
        let script = at_first(2, status, "retry-after: 30\r\n");
        let (report, seen) = run(script, caught(error, "/")).await;
        assert_eq!(report.output()["ResponseBody"], "here");
        assert_eq!(report.errors(), [error, error]);
        assert_eq!(seen.len(), 3);
        // Longer than the 2 seconds that the state's Retry has.
        let pauses = report.pauses();
        assert!(pauses.len() == 2 && pauses.iter().all(|seconds| (30..35).contains(seconds)));
    }
}

#[tokio::test]
async fn a_status_is_caught_by_its_name() {
    for (status, error) in [
        ("404 Not Found", "States.Http.StatusCode.404"),
        ("500 Internal Server Error", "States.Http.StatusCode.500"),
    ] {
        let (report, seen) = run(at_first(9, status, ""), caught(error, "/")).await;
        assert_eq!(report.output(), &json!({ "Error": error, "Cause": "come back" }));
        assert_eq!(seen.len(), 3);
    }
}

#[tokio::test]
async fn a_server_that_breaks_off_is_a_socket_error() {
    let script: Script = Arc::new(|_: &str| b"HTTP/1.1 200 OK\r\ncontent-le".to_vec());
    let (report, _) = run(script, caught("States.Http.Socket", "/")).await;
    assert_eq!(report.errors(), ["States.Http.Socket"; 3]);
    assert_eq!(report.output()["Error"], "States.Http.Socket");
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_socket_error_after_a_minute() {
    let setting = Setting::silent("http", spec()).with_secret("connection.shop", "s3cret");
    let engine = setting.engine().await;
    tokio::time::pause();
    let fields = json!({
        "Parameters": parameters("/", json!({})),
        "Catch": [{ "ErrorEquals": ["States.Http.Socket"], "Next": "Caught" }],
    });
    let report = follow(start(&engine, RESOURCE, fields, json!({}))).await;
    assert_eq!(report.output()["Error"], "States.Http.Socket");
    let cause = report.output()["Cause"].as_str().unwrap();
    assert!(cause.starts_with("no answer in time: "), "{cause}");
    assert!((60..65).contains(&report.took()), "{}", report.took());
}

#[tokio::test]
async fn a_state_may_have_less_patience_than_aws() {
    let setting = Setting::silent("http", spec()).with_secret("connection.shop", "s3cret");
    let engine = setting.engine().await;
    tokio::time::pause();
    let fields = json!({
        "Parameters": parameters("/", json!({})),
        "TimeoutSeconds": 5,
        "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }],
    });
    let report = follow(start(&engine, RESOURCE, fields, json!({}))).await;
    assert_eq!(report.output()["Error"], "States.Timeout");
}

#[tokio::test]
async fn an_answer_that_no_state_can_hold_is_not_taken() {
    let script: Script = Arc::new(|_: &str| answer("200 OK", "", &"x".repeat(300_000)));
    let error = "States.DataLimitExceeded";
    let (report, _) = run(script, caught(error, "/")).await;
    assert_eq!(report.output()["Error"], error);
    // In AWS's words, which the host has for whatever is too large.
    assert_eq!(
        report.output()["Cause"],
        "The state/task 'http' returned a result with a size exceeding the maximum number of bytes \
         service limit."
    );
}

#[tokio::test]
async fn a_connection_with_oauth_is_used_as_one() {
    let connection = json!({
        "AuthorizationType": "OAUTH_CLIENT_CREDENTIALS",
        "AuthParameters": { "OAuthParameters": {
            "AuthorizationEndpoint": "https://api.example/token",
            "HttpMethod": "POST",
            "ClientParameters": { "ClientID": "client" },
        } },
    });
    let mut spec = spec();
    spec["config"]["connection.shop"] = connection.to_string().into();
    let script: Script = Arc::new(|request: &str| match request.starts_with("POST /token ") {
        true => {
            answer("200 OK", "content-type: application/json\r\n", r#"{"access_token":"t0ken"}"#)
        }
        false => answer("200 OK", "", "here"),
    });
    let (setting, seen) = Setting::answering("http", spec, script).await;
    let setting = setting.with_secret("connection.shop", "s3cret");
    let fields = json!({ "Parameters": parameters("/orders", json!({})) });
    let report = setting.run(RESOURCE, fields, json!({})).await;
    assert_eq!(report.output()["ResponseBody"], "here");
    let seen = seen.lock().unwrap();
    // client:s3cret
    assert!(seen[0].contains("\r\nauthorization: Basic Y2xpZW50OnMzY3JldA==\r\n"), "{seen:?}");
    assert!(seen[0].ends_with("\r\n\r\ngrant_type=client_credentials"), "{seen:?}");
    assert!(seen[1].contains("\r\nauthorization: Bearer t0ken\r\n"), "{seen:?}");
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_called() {
    let script: Script = Arc::new(|_: &str| answer("200 OK", "", ""));
    let more = json!({ "ApiEndpoint": "https://other.example/" });
    let (report, seen) = run(script, json!({ "Parameters": parameters("/", more) })).await;
    let (error, _) = report.failure();
    assert_eq!(error, "Http.PermissionDenied");
    assert!(seen.is_empty());
}
