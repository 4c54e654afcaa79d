//! `sqs:sendMessage` and `sns:publish`.

use serde_json::{Value, json};
use stepwell_asl::definition::Type;
use stepwell_engine::{
    Clock, Host,
    host::{Callback, Order},
    resources::{CreateMachine, Target},
};
use stepwell_interpreter::{Outcome, event::Details};
use stepwell_journal::{Direction, ExecutionId};

use crate::{servers::Moto, support, world::World};

async fn queue(world: &World, input: Value) -> String {
    let output = world.output("aws-sdk:sqs:createQueue", input).await;
    output["QueueUrl"].as_str().unwrap().to_owned()
}

/// The bodies of the messages in a queue.
async fn received(world: &World, queue: &str) -> Vec<String> {
    let input = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 });
    let output = world.output("aws-sdk:sqs:receiveMessage", input).await;
    let messages = output["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn messages_go_to_queues() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["sqs", "aws-sdk"]).await;
    let orders = queue(&world, json!({ "QueueName": "orders" })).await;

    let input = json!({ "QueueUrl": orders, "MessageBody": "test_message_body" });
    let output = world.output("sqs:sendMessage", input).await;
    assert_eq!(output["MD5OfMessageBody"], "3caa9a099bc4e58ae7923f68c5d7d081");
    let names: Vec<_> = output.as_object().unwrap().keys().collect();
    assert_eq!(names, ["MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"]);
    let http = &output["SdkHttpMetadata"];
    assert_eq!(http["HttpStatusCode"], 200);
    let id = output["SdkResponseMetadata"]["RequestId"].as_str().unwrap();
    assert_eq!(http["HttpHeaders"]["x-amzn-RequestId"], id);
    assert_eq!(http["AllHttpHeaders"]["x-amzn-RequestId"], json!([id]));

    let body = json!({ "order": "A-1001", "lines": [1, 2] });
    let attributes = json!({ "Kind": { "DataType": "String", "StringValue": "order" } });
    let input = json!({ "QueueUrl": orders, "MessageBody": body, "MessageAttributes": attributes });
    let output = world.output("sqs:sendMessage", input).await;
    assert!(output["MD5OfMessageAttributes"].is_string(), "{output}");
    let mut bodies = received(&world, &orders).await;
    bodies.sort();
    assert_eq!(bodies, ["test_message_body", r#"{"order":"A-1001","lines":[1,2]}"#]);

    let fifo = json!({
        "QueueName": "lines.fifo", "Attributes": { "FifoQueue": "true" },
    });
    let lines = queue(&world, fifo).await;
    for _ in 0..2 {
        let input = json!({
            "QueueUrl": lines, "MessageBody": "once", "MessageGroupId": "g",
            "MessageDeduplicationId": "d",
        });
        let output = world.output("sqs:sendMessage", input).await;
        assert!(output["SequenceNumber"].is_string(), "{output}");
    }
    assert_eq!(received(&world, &lines).await, ["once"]);

    let nowhere = json!({ "QueueUrl": format!("{orders}-2"), "MessageBody": "m" });
    let (error, cause) = world.failure("sqs:sendMessage", nowhere.clone()).await;
    assert_eq!(error, "SQS.QueueDoesNotExistException");
    assert!(
        cause.starts_with("The specified queue does not exist")
            && cause.contains(" (Service: AmazonSQS; Status Code: 400; Error Code: ")
            && cause.ends_with("; Proxy: null)"),
        "{cause}"
    );
    let (error, cause) = world.failure("aws-sdk:sqs:sendMessage", nowhere).await;
    assert_eq!(error, "Sqs.QueueDoesNotExistException");
    assert!(cause.contains(" (Service: Sqs, Status Code: 400, Request ID: "), "{cause}");
}

#[tokio::test]
async fn whoever_gets_a_token_in_a_message_completes_the_state() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["sqs", "aws-sdk"]).await;
    let orders = queue(&world, json!({ "QueueName": "orders" })).await;
    let host = world.host().await;
    let target = machine(&host).await;
    let input = json!({ "QueueUrl": orders });
    let order =
        Order { target, name: "e".into(), input: input.into(), trace_header: None, parent: None };
    let id = stepwell_engine::arn::execution_id(&order.execution_arn()).unwrap();
    let mut changes = host.watch(TENANT).unwrap();
    host.start_execution(order).await.unwrap();

    let input = json!({ "QueueUrl": orders, "WaitTimeSeconds": 20 });
    let received = world.output("aws-sdk:sqs:receiveMessage", input).await;
    let body = received["Messages"][0]["Body"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["Message"], "approve");
    // Who is fast has the message before the queue has answered the one who sent it.
    let submitted = loop {
        if let Some(submitted) = submitted(&host, id).await {
            break submitted;
        }
        changes.next().await;
    };
    assert!(submitted["MD5OfMessageBody"].is_string());

    let token = body["TaskToken"].as_str().unwrap();
    let approved = json!({ "approved": true });
    host.callback(TENANT, token, Callback::Success(approved.clone().into())).await.unwrap();
    let ended = host.ended(id).await.unwrap().unwrap();
    assert_eq!(ended.outcome, Some(Outcome::Succeeded { output: approved.into() }));
}

/// What the queue answered to the message with the token, once that is known.
async fn submitted(host: &Host, id: ExecutionId) -> Option<Value> {
    let history = host.store().history(id, 1, Direction::Forward, 100).await.unwrap().items;
    history.into_iter().find_map(|event| match event.details {
        Details::TaskSubmitted(_, output) => Some(output.value().clone()),
        _ => None,
    })
}

const TENANT: &str = "000000000000";

/// A machine that asks for an approval in a message.
async fn machine(host: &Host) -> Target {
    let resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let parameters = json!({
        "QueueUrl.$": "$.QueueUrl",
        "MessageBody": { "Message": "approve", "TaskToken.$": "$$.Task.Token" },
    });
    let create = CreateMachine {
        name: "m".into(),
        arn: format!("arn:aws:states:us-east-1:{TENANT}:stateMachine:m"),
        type_: Type::Standard,
        definition: support::definition_text(resource, json!({ "Parameters": parameters })),
        role_arn: format!("arn:aws:iam::{TENANT}:role/r"),
        settings: Default::default(),
        tags: Default::default(),
        publish: None,
    };
    let resources = host.resources();
    resources.create_machine(TENANT, create, Clock::system().now()).await.unwrap();
    resources.resolve(TENANT, "m", None, 0).await.unwrap().unwrap()
}

#[tokio::test]
async fn messages_are_published() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["sns", "aws-sdk"]).await;
    let topic = world.output("aws-sdk:sns:createTopic", json!({ "Name": "news" })).await;
    let topic = topic["TopicArn"].as_str().unwrap().to_owned();
    let queue = queue(&world, json!({ "QueueName": "news" })).await;
    let subscription = json!({
        "TopicArn": topic, "Protocol": "sqs",
        "Endpoint": "arn:aws:sqs:us-east-1:123456789012:news",
        "Attributes": { "RawMessageDelivery": "true" },
    });
    world.output("aws-sdk:sns:subscribe", subscription).await;

    let input = json!({
        "TopicArn": topic, "Message": { "message": "string-literal" }, "Subject": "ü & <b>",
        "MessageAttributes": { "Kind": { "DataType": "String", "StringValue": "x" } },
    });
    let output = world.output("sns:publish", input).await;
    let names: Vec<_> = output.as_object().unwrap().keys().collect();
    assert_eq!(names, ["MessageId", "SdkHttpMetadata", "SdkResponseMetadata"]);
    assert_eq!(received(&world, &queue).await, [r#"{"message":"string-literal"}"#]);

    let nowhere = json!({ "TopicArn": format!("{topic}-2"), "Message": "m" });
    let (error, cause) = world.failure("sns:publish", nowhere.clone()).await;
    assert_eq!(error, "SNS.NotFoundException");
    assert!(
        cause.contains("(Service: AmazonSNS; Status Code: 404; Error Code: NotFound"),
        "{cause}"
    );
    assert_eq!(world.failure("aws-sdk:sns:publish", nowhere).await.0, "Sns.NotFoundException");
}
