//! `aws-sdk:SERVICE:OPERATION`, in each of the protocols.

use serde_json::json;

use crate::{
    servers::{Moto, Scripted},
    world::World,
};

#[tokio::test]
async fn services_of_every_protocol_answer() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["aws-sdk"]).await;

    // Query.
    let identity = world.output("aws-sdk:sts:getCallerIdentity", json!({})).await;
    assert_eq!(identity["Account"], "123456789012");

    // JSON 1.1, with a token and times.
    let create = json!({ "Name": "card-key", "SecretString": "HelloWorld" });
    let created = world.output("aws-sdk:secretsmanager:createSecret", create).await;
    assert_eq!(created["Name"], "card-key");
    let get = json!({ "SecretId": "card-key" });
    let secret = world.output("aws-sdk:secretsmanager:getSecretValue", get).await;
    assert_eq!(secret["SecretString"], "HelloWorld");
    let at = secret["CreatedDate"].as_str().unwrap();
    assert!(at.ends_with('Z'), "{at}");
    let put = json!({ "Name": "/a", "Value": "1", "Type": "String" });
    world.output("aws-sdk:ssm:putParameter", put).await;
    let parameter = world.output("aws-sdk:ssm:getParameter", json!({ "Name": "/a" })).await;
    assert_eq!(parameter["Parameter"]["Value"], "1");

    // Bytes that are text, and bytes that are none.
    let key = world.output("aws-sdk:kms:createKey", json!({})).await;
    let key = key["KeyMetadata"]["KeyId"].as_str().unwrap();
    let encrypt = json!({ "KeyId": key, "Plaintext": "grüße" });
    let encrypted = world.output("aws-sdk:kms:encrypt", encrypt).await;
    let decrypt = json!({ "CiphertextBlob": encrypted["CiphertextBlob"] });
    let decrypted = world.output("aws-sdk:kms:decrypt", decrypt).await;
    assert_eq!(decrypted["Plaintext"], "grüße");

    // REST and JSON, with other letters on the wire.
    let group = json!({ "Name": "g" });
    world.output("aws-sdk:scheduler:createScheduleGroup", group.clone()).await;
    let group = world.output("aws-sdk:scheduler:getScheduleGroup", group).await;
    assert_eq!((&group["Name"], &group["State"]), (&json!("g"), &json!("ACTIVE")));
    world.output("aws-sdk:ecs:createCluster", json!({ "ClusterName": "c" })).await;
    let clusters = world.output("aws-sdk:ecs:listClusters", json!({})).await;
    assert_eq!(clusters["ClusterArns"][0], "arn:aws:ecs:us-east-1:123456789012:cluster/c");
    let stream = json!({ "StreamName": "s", "ShardCount": 1 });
    world.output("aws-sdk:kinesis:createStream", stream).await;
    let record = json!({ "StreamName": "s", "Data": { "a": 1 }, "PartitionKey": "p" });
    let record = world.output("aws-sdk:kinesis:putRecord", record).await;
    assert!(record["SequenceNumber"].is_string(), "{record}");
}

#[tokio::test]
async fn what_goes_wrong_has_the_names_of_the_sdk() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["aws-sdk"]).await;
    let (error, cause) =
        world.failure("aws-sdk:secretsmanager:getSecretValue", json!({ "SecretId": "none" })).await;
    assert_eq!(error, "SecretsManager.ResourceNotFoundException");
    assert!(cause.contains(" (Service: SecretsManager, Status Code: "), "{cause}");
    let (error, _) = world.failure("aws-sdk:ssm:getParameter", json!({ "Name": "none" })).await;
    assert_eq!(error, "Ssm.ParameterNotFoundException");
    let (error, _) = world.failure("aws-sdk:kms:describeKey", json!({ "KeyId": "none" })).await;
    assert_eq!(error, "Kms.NotFoundException");
    let (error, _) =
        world.failure("aws-sdk:scheduler:getSchedule", json!({ "Name": "none" })).await;
    assert_eq!(error, "Scheduler.ResourceNotFoundException");

    let (error, cause) = world.failure("aws-sdk:sqs:sing", json!({})).await;
    assert_eq!(error, "Stepwell.UnknownTask");
    assert!(cause.starts_with("the plugin `aws-sdk` has no task `sqs:sing`"), "{cause}");
    let (error, _) = world.failure("aws-sdk:nosuchservice:sing", json!({})).await;
    assert_eq!(error, "Stepwell.UnknownTask");
}

#[tokio::test]
async fn a_service_may_have_a_plugin_of_its_own() {
    let own = Scripted::answering("200 OK", "", r#"{"QueueUrl":"http://q"}"#).await;
    let world = World::new(own.url(), &["aws-sdk=aws-sdk:sqs"]).await;
    let name = json!({ "QueueName": "q" });
    let output = world.output("aws-sdk:sqs:createQueue", name).await;
    assert_eq!(output, json!({ "QueueUrl": "http://q" }));
    // It is that service's, whatever the file can do.
    let (error, cause) = world.failure("aws-sdk:sns:listTopics", json!({})).await;
    assert_eq!(error, "Stepwell.UnknownPlugin");
    assert!(cause.starts_with("no plugin is called `aws-sdk:sns`"), "{cause}");
    assert_eq!(own.seen().len(), 1);
}
