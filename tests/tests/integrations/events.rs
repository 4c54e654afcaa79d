//! `events:putEvents`.

use serde_json::{Value, json};

use crate::{
    servers::{Moto, Scripted},
    world::World,
};

#[tokio::test]
async fn events_go_to_their_targets() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["events", "aws-sdk"]).await;
    let queue = world.output("aws-sdk:sqs:createQueue", json!({ "QueueName": "all" })).await;
    let rule = json!({ "Name": "all", "EventPattern": r#"{"source":["shop"]}"# });
    world.output("aws-sdk:eventbridge:putRule", rule).await;
    let target = json!({ "Id": "q", "Arn": "arn:aws:sqs:us-east-1:123456789012:all" });
    let targets = json!({ "Rule": "all", "Targets": [target] });
    world.output("aws-sdk:eventbridge:putTargets", targets).await;

    let entry = json!({
        "Source": "shop", "DetailType": "order", "Detail": { "order": "A-1001" },
        "Time": "2026-11-30T12:00:00Z",
    });
    let output = world.output("events:putEvents", json!({ "Entries": [entry] })).await;
    assert_eq!(output["FailedEntryCount"], 0);
    assert!(output["Entries"][0]["EventId"].is_string(), "{output}");
    assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], 200);

    let input = json!({ "QueueUrl": queue["QueueUrl"] });
    let received = world.output("aws-sdk:sqs:receiveMessage", input).await;
    let body = received["Messages"][0]["Body"].as_str().unwrap();
    let event: Value = serde_json::from_str(body).unwrap();
    assert_eq!(event["detail"], json!({ "order": "A-1001" }));
    let resources = event["resources"].to_string();
    assert!(resources.contains(":execution:test:one") && resources.contains(":stateMachine:test"));
}

#[tokio::test]
async fn an_event_that_the_bus_does_not_take_fails_the_state() {
    let body = r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorizedForSourceException","ErrorMessage":"Not authorized for the source."}]}"#;
    let server = Scripted::answering("200 OK", "", body).await;
    let world = World::new(server.url(), &["events"]).await;
    let (error, cause) = world.failure("events:putEvents", json!({ "Entries": [{}] })).await;
    assert_eq!(error, "EventBridge.FailedEntry");
    assert_eq!(
        serde_json::from_str::<Value>(&cause).unwrap(),
        serde_json::from_str::<Value>(body).unwrap()
    );
}
