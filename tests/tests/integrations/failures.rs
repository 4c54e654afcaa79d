//! What may go wrong between a plugin and a service, by the names that a definition catches.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    servers::Scripted,
    world::{ANY, World},
};

const PLUGINS: [&str; 7] = ["sqs", "sns", "dynamodb", "events", "s3", "aws-lambda", "aws-sdk"];

/// A task of each plugin, with its input.
fn tasks() -> [(&'static str, Value); 7] {
    [
        ("sqs:sendMessage", json!({ "QueueUrl": "http://q", "MessageBody": "m" })),
        ("sns:publish", json!({ "TopicArn": "arn:t", "Message": "m" })),
        ("dynamodb:getItem", json!({ "TableName": "t", "Key": { "id": { "S": "1" } } })),
        ("events:putEvents", json!({ "Entries": [{ "Source": "s" }] })),
        ("s3:getObject", json!({ "Bucket": "b", "Key": "k" })),
        ("lambda:invoke", json!({ "FunctionName": "f" })),
        ("aws-sdk:sqs:sendMessage", json!({ "QueueUrl": "http://q", "MessageBody": "m" })),
    ]
}

/// Asserts which errors the tasks end in, and what their causes say.
async fn assert_fails(world: &World, errors: [&str; 7], says: &str) {
    for ((resource, input), expected) in tasks().into_iter().zip(errors) {
        let (error, cause) = world.failure(resource, input).await;
        assert_eq!(error, expected, "{resource}: {cause}");
        assert!(cause.contains(says), "{resource}: {cause}");
    }
}

const NO_ANSWER: [&str; 7] = [
    "SQS.SdkClientException",
    "SNS.SdkClientException",
    "DynamoDB.SdkClientException",
    "EventBridge.SdkClientException",
    "S3.SdkClientException",
    "Lambda.SdkClientException",
    "Sqs.SdkClientException",
];

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let server = Scripted::saying("").await;
    let second = json!({ "timeout-seconds": "1" });
    let world = World::with(server.url(), &PLUGINS, &ANY, second).await;
    let says = "Unable to execute HTTP request: no answer in time";
    assert_fails(&world, NO_ANSWER, says).await;
    assert_eq!(server.seen().len(), 7);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = World::new(&url, &PLUGINS).await;
    let says = "Unable to execute HTTP request: the server cannot be reached";
    assert_fails(&world, NO_ANSWER, says).await;
}

#[tokio::test]
async fn an_answer_that_is_none_is_no_answer() {
    let server = Scripted::answering("200 OK", "", "<html>").await;
    let world = World::new(server.url(), &PLUGINS[..2]).await;
    for (resource, input) in &tasks()[..2] {
        let (error, cause) = world.failure(resource, input.clone()).await;
        assert!(error.ends_with(".SdkClientException"), "{error}");
        assert!(cause.starts_with("Unable to unmarshall response: "), "{cause}");
    }
}

/// The host may be done with a request's body, and close it, before the plugin is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_sent_and_answered_has_not_failed() {
    let server = Scripted::answering("200 OK", "", "{}").await;
    let world = World::new(server.url(), &["dynamodb"]).await;
    let input = json!({ "TableName": "t", "Item": { "id": { "S": "1" } } });
    for _ in 0..100 {
        let output = world.output("dynamodb:putItem", input.clone()).await;
        assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], 200);
    }
    assert_eq!(server.seen().len(), 100);
}

#[tokio::test]
async fn a_server_that_is_broken_is_the_services_exception() {
    let page = "<html>Service Unavailable</html>";
    let server = Scripted::answering("503 Service Unavailable", "", page).await;
    let world = World::new(server.url(), &PLUGINS).await;
    let errors = [
        "SQS.AmazonSQSException",
        "SNS.AmazonSNSException",
        "DynamoDB.AmazonDynamoDBException",
        "EventBridge.AmazonEventBridgeException",
        "S3.S3Exception",
        "Lambda.AWSLambdaException",
        "Sqs.SqsException",
    ];
    assert_fails(&world, errors, "Status Code: 503").await;

    let body =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"oh"}"#;
    let server = Scripted::answering("500 Internal Server Error", "", body).await;
    let world = World::new(server.url(), &["dynamodb", "aws-sdk"]).await;
    let (resource, input) = &tasks()[2];
    let (error, _) = world.failure(resource, input.clone()).await;
    assert_eq!(error, "DynamoDB.InternalServerErrorException");
    let (error, _) = world.failure("aws-sdk:dynamodb:getItem", input.clone()).await;
    assert_eq!(error, "DynamoDb.InternalServerErrorException");

    let headers = "x-amzn-errortype: ServiceException\r\n";
    let server = Scripted::answering("500 Internal Server Error", headers, "{}").await;
    let world = World::new(server.url(), &["aws-lambda"]).await;
    let (error, _) = world.failure("lambda:invoke", json!({ "FunctionName": "f" })).await;
    assert_eq!(error, "Lambda.ServiceException");
}

#[tokio::test]
async fn throttling_is_told_by_its_name_with_how_long_to_wait() {
    for (resource, code, error) in [
        (
            "dynamodb:getItem",
            "ProvisionedThroughputExceededException",
            "DynamoDB.ProvisionedThroughputExceededException",
        ),
        ("dynamodb:getItem", "ThrottlingException", "DynamoDB.ThrottlingException"),
        ("sqs:sendMessage", "RequestThrottled", "SQS.RequestThrottledException"),
        ("events:putEvents", "ThrottlingException", "EventBridge.ThrottlingException"),
        ("lambda:invoke", "TooManyRequestsException", "Lambda.TooManyRequestsException"),
    ] {
        let headers = format!("retry-after: 7\r\nx-amzn-errortype: {code}\r\n");
        let body = r#"{"message":"Rate exceeded"}"#;
        let server = Scripted::answering("429 Too Many Requests", &headers, body).await;
        let world = World::new(server.url(), &["dynamodb", "sqs", "events", "aws-lambda"]).await;
        let (_, input) = tasks().into_iter().find(|(name, _)| *name == resource).unwrap();
        let report = world.run(resource, input).await;
        assert_eq!(report.failure().0, error);
        assert!(report.failure().1.starts_with("Rate exceeded (Service: "), "{report:?}");
        let [attempt] = &report.attempts[..] else { panic!("{report:?}") };
        let failure = attempt.result.as_ref().unwrap_err();
        assert_eq!(failure.retry_after, Some(Duration::from_secs(7)));
    }
    let body = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>\
                <RequestId>R</RequestId></ErrorResponse>";
    let server = Scripted::answering("400 Bad Request", "", body).await;
    let world = World::new(server.url(), &["sns"]).await;
    let (resource, input) = &tasks()[1];
    let (error, _) = world.failure(resource, input.clone()).await;
    assert_eq!(error, "SNS.ThrottlingException");
    let body = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>\
                </Error>";
    let server = Scripted::answering("503 Slow Down", "", body).await;
    let world = World::new(server.url(), &["s3"]).await;
    let (resource, input) = &tasks()[4];
    let (error, _) = world.failure(resource, input.clone()).await;
    assert_eq!(error, "S3.SlowDownException");
}

#[tokio::test]
async fn a_retry_that_names_the_error_tries_again() {
    let headers = "x-amzn-errortype: TooManyRequestsException\r\n";
    let server = Scripted::answering("429 Too Many Requests", headers, "{}").await;
    let world = World::new(server.url(), &["aws-lambda"]).await;
    let retry = json!([{
        "ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 1,
    }]);
    let fields = json!({ "Retry": retry });
    let input = json!({ "FunctionName": "f" });
    let report = world.run_as("lambda:invoke", fields, input).await;
    assert_eq!(report.failure().0, "Lambda.TooManyRequestsException");
    assert_eq!((report.attempts.len(), server.seen().len()), (2, 2));
}

#[tokio::test]
async fn what_is_not_granted_is_told_with_what_grants_it() {
    let world = World::granting_nothing(&PLUGINS).await;
    let errors = [
        "SQS.MissingCredentials",
        "SNS.MissingCredentials",
        "DynamoDB.MissingCredentials",
        "EventBridge.MissingCredentials",
        "S3.MissingCredentials",
        "Lambda.MissingCredentials",
        "Sqs.MissingCredentials",
    ];
    let says = "--secret access-key-id=env:AWS_ACCESS_KEY_ID:value`";
    assert_fails(&world, errors, says).await;

    // With credentials, and with a grant for another server than the one that is set.
    let server = Scripted::answering("200 OK", "", "{}").await;
    let elsewhere = json!({ "endpoint": "http://127.0.0.2:1" });
    let world = World::with(server.url(), &["sqs"], &ANY, elsewhere).await;
    let (resource, input) = &tasks()[0];
    let (error, cause) = world.failure(resource, input.clone()).await;
    assert_eq!(error, "SQS.PermissionDenied");
    let grant = "`stepwell plugin grant sqs --http 'POST http://127.0.0.2:1'`";
    assert!(cause.ends_with(grant), "{cause}");
    assert!(server.seen().is_empty());
}
