//! Whole calls, with the requests answered here.

use std::{cell::RefCell, rc::Rc};

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell_task::{
    Call, Failure,
    http::{Error, Request, Response},
    local,
};

use super::*;

const ARN: &str = "arn:aws:events:us-east-1:123456789012:connection/shop/1";

fn connect(definition: &Value) {
    local::set_config("connection.shop", definition.to_string());
    local::set_secret("connection.shop", "s3cret");
}

fn api_key() {
    connect(&json!({
        "AuthorizationType": "API_KEY",
        "AuthParameters": { "ApiKeyAuthParameters": { "ApiKeyName": "X-Api-Key" } },
    }));
}

/// Runs the task on these parameters, and those that each call has.
fn run(parameters: Value) -> Result<Value, Failure> {
    let mut input = json!({
        "ApiEndpoint": "https://api.example.com/orders",
        "Method": "POST",
        "Authentication": { "ConnectionArn": ARN },
    });
    input.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    let mut call = Call::local("a key");
    call.execution_arn = "arn:aws:states:eu-central-1:123456789012:execution:m:e".into();
    let output = plugin().run("invoke", &input.to_string(), &call)?;
    Ok(serde_json::from_str(&output).unwrap())
}

/// Answers each request with 200, and gives them.
fn serve() -> Rc<RefCell<Vec<Request>>> {
    let seen = Rc::<RefCell<Vec<Request>>>::default();
    let notes = Rc::clone(&seen);
    local::serve_http(move |request| {
        notes.borrow_mut().push(request.clone());
        let body = br#"{"access_token": "t0ken"}"#.to_vec();
        Ok(Response { status: 200, headers: Vec::new(), body })
    });
    seen
}

/// The request that is sent for these parameters.
fn sent(parameters: Value) -> Request {
    let seen = serve();
    run(parameters).unwrap();
    let seen = seen.borrow();
    assert_eq!(seen.len(), 1);
    seen[0].clone()
}

fn header<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    let is_it = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
    request.headers.iter().filter(is_it).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn a_request_is_sent_as_the_state_says() {
    api_key();
    let request = sent(json!({
        "Method": "PATCH",
        "ApiEndpoint": "https://api.example.com/orders?a=1",
        "Headers": { "Accept": ["text/plain", "text/html"], "User-Agent": "mine" },
        "QueryParameters": { "b": [1, "x y"], "c": true },
        "RequestBody": { "one": [1, null] },
    }));
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.url, "https://api.example.com/orders?a=1&b=1&b=x%20y&c=true");
    assert_eq!(String::from_utf8(request.body.clone()).unwrap(), r#"{"one":[1,null]}"#);
    assert_eq!(header(&request, "accept"), ["text/plain, text/html"]);
    assert_eq!(header(&request, "content-type"), ["application/json"]);
    assert_eq!(header(&request, "x-api-key"), ["s3cret"]);
    assert_eq!(header(&request, "range"), ["bytes=0-262144"]);
    let agent = "Amazon|StepFunctions|HttpInvoke|eu-central-1";
    assert_eq!(header(&request, "user-agent"), [agent]);
    assert_eq!(request.timeout, Duration::from_secs(60));
}

#[test]
fn a_form_is_sent_as_one() {
    api_key();
    let transform = json!({
        "RequestBodyEncoding": "URL_ENCODED",
        "RequestEncodingOptions": { "ArrayFormat": "REPEAT" },
    });
    let request = sent(json!({ "RequestBody": { "a": [1, 2] }, "Transform": transform }));
    assert_eq!(request.body, b"a=1&a=2");
    assert_eq!(header(&request, "content-type"), ["application/x-www-form-urlencoded"]);
    let request = sent(json!({ "RequestBody": "as it is" }));
    assert_eq!(request.body, b"as it is");
    let failure = run(json!({ "RequestBody": [1], "Transform": transform })).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "States.Runtime: RequestBody must be an object where RequestBodyEncoding is URL_ENCODED"
    );
}

#[test]
fn a_connection_adds_to_the_request_and_has_the_last_word() {
    connect(&json!({
        "AuthorizationType": "BASIC",
        "AuthParameters": {
            "BasicAuthParameters": { "Username": "user" },
            "InvocationHttpParameters": {
                "HeaderParameters": [{ "Key": "X-One", "Value": "connection" }],
                "QueryStringParameters": [{ "Key": "b", "Value": "2", "IsValueSecret": false }],
                "BodyParameters": [{ "Key": "key", "IsValueSecret": true }],
            },
        },
    }));
    local::set_secret("connection.shop.key", "hidden");
    let request = sent(json!({
        "Headers": { "x-one": "state" },
        "QueryParameters": { "a": "1", "b": ["1", "3"] },
        "RequestBody": { "key": 1, "more": 2 },
    }));
    // user:s3cret
    assert_eq!(header(&request, "authorization"), ["Basic dXNlcjpzM2NyZXQ="]);
    assert_eq!(header(&request, "x-one"), ["connection"]);
    assert_eq!(request.url, "https://api.example.com/orders?a=1&b=2");
    let own = sent(json!({ "ApiEndpoint": "https://api.example.com/orders?b=1&%62=3&a=%62&b" }));
    assert_eq!(own.url, "https://api.example.com/orders?a=%62&b=2");
    assert_eq!(request.body, br#"{"key":"hidden","more":2}"#);
    assert_eq!(sent(json!({})).body, br#"{"key":"hidden"}"#);
    let failure = run(json!({ "RequestBody": "text" })).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "States.Runtime: the connection adds parameters to the body, so that RequestBody must be \
         an object"
    );
}

fn oauth() {
    connect(&json!({
        "AuthorizationType": "OAUTH_CLIENT_CREDENTIALS",
        "AuthParameters": { "OAuthParameters": {
            "AuthorizationEndpoint": "https://login.example.com/token",
            "HttpMethod": "POST",
            "ClientParameters": { "ClientID": "client" },
            "OAuthHttpParameters": { "BodyParameters": [{ "Key": "scope", "Value": "orders" }] },
        } },
    }));
}

#[test]
fn a_connection_with_oauth_fetches_a_token_first() {
    oauth();
    let seen = serve();
    run(json!({})).unwrap();
    let [token, request] = &seen.borrow()[..] else { panic!() };
    assert_eq!(token.url, "https://login.example.com/token");
    assert_eq!(token.body, b"grant_type=client_credentials&scope=orders");
    // client:s3cret
    assert_eq!(header(token, "authorization"), ["Basic Y2xpZW50OnMzY3JldA=="]);
    assert_eq!(header(request, "authorization"), ["Bearer t0ken"]);
}

#[test]
fn a_token_that_is_not_given_is_told_by_whether_it_may_be_later() {
    oauth();
    let failure = |status, body: &str| {
        let body = body.as_bytes().to_vec();
        local::serve_http(move |_| {
            Ok(Response { status, headers: Vec::new(), body: body.clone() })
        });
        run(json!({})).unwrap_err().to_string()
    };
    let begin = "Events.ConnectionResource.InvalidConnectionState: The connection shop cannot be \
                 used: https://login.example.com/token gives no token: ";
    assert_eq!(failure(401, "secret"), format!("{begin}status 401."));
    for body in ["{}", "\"secret\"", r#"{"access_token": ["secret"]}"#] {
        assert_eq!(failure(200, body), format!("{begin}its answer has no access_token."));
    }
    assert_eq!(
        failure(503, "secret"),
        "States.Http.StatusCode.503: https://login.example.com/token gives no token: status 503"
    );
}

#[test]
fn a_connection_that_is_not_granted_is_named() {
    let failure = |parameters| run(parameters).unwrap_err().to_string();
    assert_eq!(
        failure(json!({})),
        "Events.ConnectionResource.AccessDenied: The connection shop is not granted: grant the \
         plugin the configuration value connection.shop, and its secret under the same name."
    );
    local::set_config(
        "connection.shop",
        r#"{"AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":{"Username":"u","Password":"p"}}}"#,
    );
    let begin =
        "Events.ConnectionResource.InvalidConnectionState: The connection shop cannot be used: ";
    let text = failure(json!({}));
    let why = "the configuration value connection.shop is not as CreateConnection takes it without \
               its secrets: unknown field `Password`";
    assert!(text.starts_with(&format!("{begin}{why}")), "{text}");
    local::set_config(
        "connection.shop",
        r#"{"AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":{"Username":"u"}}}"#,
    );
    assert_eq!(failure(json!({})), format!("{begin}the secret connection.shop is not granted."));
    assert_eq!(
        failure(json!({ "Authentication": { "ConnectionArn": "shop" } })),
        "States.Runtime: ConnectionArn \"shop\" is not of the form \
         arn:aws:events:REGION:ACCOUNT:connection/NAME/ID"
    );
    assert_eq!(
        failure(json!({ "Authentication": null })),
        "States.Runtime: Authentication is missing: give the ConnectionArn of an EventBridge \
         connection, arn:aws:events:REGION:ACCOUNT:connection/NAME/ID"
    );
    assert_eq!(
        failure(json!({ "InvocationConfig": { "ConnectionArn": "other" } })),
        "States.Runtime: Authentication and InvocationConfig name different connections: give one \
         of them"
    );
}

#[test]
fn what_can_never_be_sent_is_refused() {
    api_key();
    serve();
    let failure = |parameters| {
        let failure = run(parameters).unwrap_err();
        assert_eq!(failure.error(), "States.Runtime");
        failure.cause().to_owned()
    };
    let endpoint = |url: &str| failure(json!({ "ApiEndpoint": url }));
    assert_eq!(
        endpoint("http://a.com"),
        "ApiEndpoint \"http://a.com\" does not begin with https://, and nothing else is called"
    );
    assert_eq!(
        endpoint("https://me@a.com/"),
        "ApiEndpoint \"https://me@a.com/\" names a user: the connection says who calls"
    );
    assert_eq!(
        endpoint("https://a.com/#b"),
        "ApiEndpoint \"https://a.com/#b\" has a fragment, which no server sees"
    );
    assert!(endpoint("https://a b").starts_with("ApiEndpoint \"https://a b\" is no URL: "));
    for name in ["Host", "date", "X-Amzn-Trace-Id", "Content-Length"] {
        let cause = failure(json!({ "Headers": { name: "x" } }));
        assert_eq!(cause, format!("the header {name:?} is not a state's to set: leave it out"));
    }
    assert_eq!(
        failure(json!({ "QueryParameters": { "a": { "b": 1 } } })),
        "QueryParameters.a is no text, number or boolean, and no list of them"
    );
}

#[test]
fn no_answer_is_told_by_the_name_that_aws_has_for_it() {
    api_key();
    let failure = |error: Error| {
        local::serve_http(move |_| Err(error.clone()));
        run(json!({})).unwrap_err().to_string()
    };
    let text = || "why".to_owned();
    assert_eq!(failure(Error::TimedOut(text())), "States.Http.Socket: no answer in time: why");
    assert_eq!(
        failure(Error::Unreachable(text())),
        "States.Http.Socket: the server cannot be reached: why"
    );
    assert_eq!(
        failure(Error::Broken(text())),
        "States.Http.Socket: the answer did not arrive: why"
    );
    assert_eq!(
        failure(Error::Refused(text())),
        "Http.PermissionDenied: the request is not granted: why"
    );
    assert_eq!(
        failure(Error::TooLarge(text())),
        "States.DataLimitExceeded: a body is too large: why"
    );
    assert_eq!(failure(Error::Invalid(text())), "States.Runtime: the request is not valid: why");
}

#[test]
fn an_operator_may_have_less_patience() {
    api_key();
    local::set_config("timeout-seconds", "5");
    assert_eq!(sent(json!({})).timeout, Duration::from_secs(5));
    local::set_config("timeout-seconds", "61");
    assert_eq!(
        run(json!({})).unwrap_err().to_string(),
        "Http.InvalidConfiguration: the configuration value timeout-seconds is \"61\", and not 1 \
         to 60"
    );
}

/// Any JSON, not too large.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("\\PC{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A field that a state may give, with any value, or with one that is to the point.
fn field() -> impl Strategy<Value = (String, Value)> {
    const NAMES: &[&str] =
        &["Headers", "QueryParameters", "RequestBody", "Transform", "ApiEndpoint", "Other"];
    prop_oneof![
        (prop::sample::select(NAMES), json_value())
            .prop_map(|(name, value)| (name.to_owned(), value)),
        "https://[a-z.:0-9]{1,9}/\\PC{0,9}".prop_map(|url| ("ApiEndpoint".to_owned(), url.into())),
    ]
}

proptest! {
    /// Whatever a state asks for, and whatever a server answers.
    #[test]
    fn there_is_an_output_or_a_named_failure(
        fields in prop::collection::vec(field(), 0..4),
        status in 100_u16..1000,
        headers in prop::collection::vec(("retry-after|content-type|x", "\\PC{0,20}"), 0..3),
        body in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        api_key();
        let is_success = (200..300).contains(&status);
        let headers: Vec<_> =
            headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        local::serve_http(move |_| {
            Ok(Response { status, headers: headers.clone(), body: body.clone() })
        });
        match run(Value::Object(fields.into_iter().collect())) {
            Ok(output) => prop_assert!(is_success && output["StatusCode"] == status),
            Err(failure) => {
                let begins = ["States.", "Http."];
                prop_assert!(begins.iter().any(|begin| failure.error().starts_with(begin)));
                prop_assert!(!failure.cause().is_empty() || !is_success);
            }
        }
    }
}
