//! Signatures, held against a server that checks them.

use serde_json::{Value, json};

use crate::{
    servers::Moto,
    world::{Keys, World},
};

const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Makes a user that may do everything, and an access key for it. It is what moto does for its first
/// requests, whoever signs them: there is no task for IAM, so this asks without one.
async fn access_key(moto: &Moto) -> (String, String) {
    let ask = |form: String| async move {
        let answer = moto.ask_iam(&form).await;
        let text = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>"))?;
            Some(rest.split_once('<')?.0.to_owned())
        };
        (text("AccessKeyId"), text("SecretAccessKey"))
    };
    let version = "Version=2010-05-08&UserName=worker";
    ask(format!("Action=CreateUser&{version}")).await;
    let policy: String = ALL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let named = "PolicyName=all&PolicyDocument=";
    ask(format!("Action=PutUserPolicy&{version}&{named}{policy}")).await;
    let (id, secret) = ask(format!("Action=CreateAccessKey&{version}")).await;
    (id.unwrap(), secret.unwrap())
}

#[tokio::test]
async fn right_signatures_are_taken_and_wrong_ones_are_told() {
    // The three requests that make the key.
    let Some(moto) = Moto::start(&[("INITIAL_NO_AUTH_ACTION_COUNT", "3")]) else { return };
    let (id, secret) = access_key(&moto).await;
    let plugins = ["dynamodb", "sqs", "sns", "s3", "events", "aws-sdk"];
    let none = || json!({});

    let right = Keys { id: &id, secret: &secret };
    let world = World::with(moto.url(), &plugins, &right, none()).await;
    let queue = world.output("aws-sdk:sqs:createQueue", json!({ "QueueName": "q" })).await;
    let message = json!({ "QueueUrl": queue["QueueUrl"], "MessageBody": "ü" });
    world.output("sqs:sendMessage", message.clone()).await;
    let topic = world.output("aws-sdk:sns:createTopic", json!({ "Name": "t" })).await;
    let notice = json!({ "TopicArn": topic["TopicArn"], "Message": "a b&c=d" });
    world.output("sns:publish", notice.clone()).await;
    world.output("aws-sdk:s3:createBucket", json!({ "Bucket": "orders" })).await;
    let object = json!({ "Bucket": "orders", "Key": "a b/ü+1", "Body": "text" });
    world.output("s3:putObject", object.clone()).await;
    world.output("s3:listObjectsV2", json!({ "Bucket": "orders", "Prefix": "a b/" })).await;
    let event = json!({ "Entries": [{ "Source": "s", "DetailType": "d", "Detail": {} }] });
    world.output("events:putEvents", event.clone()).await;

    let wrong = Keys { id: &id, secret: "wrong" };
    let world = World::with(moto.url(), &plugins, &wrong, none()).await;
    let item = json!({ "TableName": "t", "Item": { "id": { "S": "1" } } });
    for (resource, input, error, text) in [
        (
            "dynamodb:putItem",
            item,
            "DynamoDB.AmazonDynamoDBException",
            "Service: AmazonDynamoDBv2; Status Code: 403; Error Code: ",
        ),
        (
            "sqs:sendMessage",
            message,
            "SQS.AmazonSQSException",
            "Service: AmazonSQS; Status Code: 403; Error Code: ",
        ),
        (
            "sns:publish",
            notice,
            "SNS.AmazonSNSException",
            "Service: AmazonSNS; Status Code: 403; Error Code: SignatureDoesNotMatch;",
        ),
        (
            "events:putEvents",
            event,
            "EventBridge.AmazonEventBridgeException",
            "Service: AmazonEventBridge; Status Code: 403; Error Code: ",
        ),
        ("s3:putObject", object, "S3.S3Exception", "Service: S3, Status Code: 403, "),
        (
            "aws-sdk:sts:getCallerIdentity",
            none(),
            "Sts.StsException",
            "Service: Sts, Status Code: 403, ",
        ),
    ] as [(&str, Value, &str, &str); 6]
    {
        let (name, cause) = world.failure(resource, input).await;
        assert_eq!(name, error, "{resource}: {cause}");
        assert!(cause.contains(text), "{resource}: {cause}");
        let said = "The request signature we calculated does not match the signature you provided.";
        assert!(cause.starts_with(said), "{resource}: {cause}");
    }
}
