//! Functions of AWS Lambda that are no plugins of the host.

use serde_json::json;

use crate::{
    servers::{Moto, Scripted},
    world::World,
};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:charge";

const HEADERS: &str = "x-amzn-requestid: R\r\nx-amz-executed-version: $LATEST\r\n";

/// Without containers moto's functions return what they are given.
#[tokio::test]
async fn a_function_of_a_real_server_is_invoked() {
    let Some(moto) = Moto::start(&[]) else { return };
    moto.configure(r#"{"lambda":{"use_docker":false}}"#).await;
    let role = "RoleName=r&AssumeRolePolicyDocument=%7B%7D";
    moto.ask_iam(&format!("Action=CreateRole&Version=2010-05-08&{role}")).await;
    let world = World::new(moto.url(), &["aws-lambda", "aws-sdk"]).await;
    // An empty archive.
    let code = json!({ "ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" });
    let function = json!({
        "FunctionName": "charge", "Runtime": "python3.11", "Handler": "h.h", "Code": code,
        "Role": "arn:aws:iam::123456789012:role/r",
    });
    let made = world.output("aws-sdk:lambda:createFunction", function).await;
    assert_eq!(made["FunctionArn"], ARN);

    let invoke = json!({ "FunctionName": "charge", "Payload": { "order": "A-1001" } });
    let output = world.output("lambda:invoke", invoke.clone()).await;
    assert_eq!((&output["Payload"], &output["StatusCode"]), (&invoke["Payload"], &json!(200)));
    assert_eq!(world.output(ARN, json!({ "a": 1 })).await, json!({ "a": 1 }));
    let output = world.output("aws-sdk:lambda:invoke", invoke).await;
    assert_eq!(output["Payload"], r#"{"order":"A-1001"}"#);

    let none = json!({ "FunctionName": "none" });
    let (error, cause) = world.failure("aws-sdk:lambda:getFunction", none).await;
    assert_eq!(error, "Lambda.ResourceNotFoundException");
    assert!(
        cause.contains(":function:none (Service: Lambda, Status Code: 404, Request ID: "),
        "{cause}"
    );
}

#[tokio::test]
async fn a_function_that_is_no_plugin_is_invoked() {
    let server = Scripted::answering("200 OK", HEADERS, r#"{"charged":true}"#).await;
    let world = World::new(server.url(), &["aws-lambda", "aws-sdk"]).await;

    let parameters = json!({ "FunctionName": "charge", "Payload": { "order": "A-1001" } });
    let output = world.output("lambda:invoke", parameters.clone()).await;
    assert_eq!(output["Payload"], json!({ "charged": true }));
    assert_eq!(
        (&output["ExecutedVersion"], &output["StatusCode"]),
        (&json!("$LATEST"), &json!(200))
    );
    assert_eq!(output["SdkResponseMetadata"], json!({ "RequestId": "R" }));

    // By its ARN, where input and output are the payload.
    let output = world.output(ARN, json!({ "order": "A-1001" })).await;
    assert_eq!(output, json!({ "charged": true }));

    // As an SDK integration, where the payload is text.
    let output = world.output("aws-sdk:lambda:invoke", parameters).await;
    assert_eq!(output["Payload"], r#"{"charged":true}"#);
    assert_eq!(output.get("SdkHttpMetadata"), None);

    let seen = server.seen();
    let beginnings =
        ["charge", "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Acharge", "charge"];
    for (request, function) in seen.iter().zip(beginnings) {
        let line = format!("POST /2015-03-31/functions/{function}/invocations HTTP/1.1\r\n");
        assert!(request.starts_with(&line), "{request}");
        assert!(request.ends_with("\r\n\r\n{\"order\":\"A-1001\"}"), "{request}");
        assert!(request.contains("/us-east-1/lambda/aws4_request"), "{request}");
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_function_that_fails_fails_the_state_by_its_own_error() {
    let body = r#"{"errorMessage":"no card","errorType":"CardDeclined"}"#;
    let headers = format!("{HEADERS}x-amz-function-error: Unhandled\r\n");
    let server = Scripted::answering("200 OK", &headers, body).await;
    let world = World::new(server.url(), &["aws-lambda"]).await;
    let expected = ("CardDeclined".to_owned(), body.to_owned());
    let invoke = json!({ "FunctionName": "charge" });
    assert_eq!(world.failure("lambda:invoke", invoke).await, expected);
    assert_eq!(world.failure(ARN, json!({})).await, expected);
}

#[tokio::test]
async fn a_function_that_is_nowhere_is_not_found() {
    let body = r#"{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:charge"}"#;
    let headers = "x-amzn-requestid: R\r\nx-amzn-errortype: ResourceNotFoundException\r\n";
    let server = Scripted::answering("404 Not Found", headers, body).await;
    let world = World::new(server.url(), &["aws-lambda"]).await;
    let (error, cause) = world.failure("lambda:invoke", json!({ "FunctionName": "charge" })).await;
    assert_eq!(error, "Lambda.ResourceNotFoundException");
    assert_eq!(
        cause,
        "Function not found: arn:aws:lambda:us-east-1:123456789012:function:charge (Service: \
         AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: R; Proxy: \
         null)"
    );
    // Without the plugin the host says the same of its own plugins.
    let world = World::new(server.url(), &["sqs"]).await;
    let (error, _) = world.failure("lambda:invoke", json!({ "FunctionName": "charge" })).await;
    assert_eq!(error, "Lambda.ResourceNotFoundException");
}
