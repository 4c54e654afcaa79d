//! What the plugins say of themselves, and what the examples beside them say of them.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};
use stepwell_asl::{StateMachine, definition::Type};
use stepwell_sandbox::{Effect, grants::Spec};

use crate::{
    support,
    world::{World, installed, sandbox},
};

const FILES: [&str; 7] = ["sqs", "sns", "dynamodb", "events", "s3", "aws-lambda", "aws-sdk"];

#[derive(Deserialize)]
struct Example {
    task: String,
    input: Value,
    #[serde(default)]
    grants: Spec,
    /// None where it ends well, which needs an answer.
    error: Option<Expected>,
    http: Option<Value>,
}

#[derive(Deserialize)]
struct Expected {
    error: String,
    cause: Option<String>,
}

#[tokio::test]
async fn the_examples_hold() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins"));
    for file in FILES {
        let plugin = file.strip_prefix("aws-").filter(|name| *name == "lambda").unwrap_or(file);
        let folder = root.join(plugin).join("examples");
        let mut count = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let example: Example = serde_json::from_str(&text).unwrap();
            // What needs an answer is for `stepwell plugin conform`, which has one.
            let Some(Expected { error, cause }) = example.error.filter(|_| example.http.is_none())
            else {
                continue;
            };
            let world =
                World::granting(&example.grants, &[file], tempfile::tempdir().unwrap()).await;
            let resource = match example.task.contains(':') {
                true => format!("arn:aws:states:::{plugin}:{}", example.task),
                false => format!("wasm:{plugin}/{}", example.task),
            };
            let failure = world.failure(&resource, example.input).await;
            assert_eq!(failure, (error, cause.unwrap()), "{}", path.display());
            count += 1;
        }
        assert!(count >= 2, "{}", folder.display());
    }
}

#[tokio::test]
async fn the_plugins_describe_their_tasks() {
    let mut tasks = BTreeMap::new();
    for file in FILES {
        let plugin = support::admit(&sandbox(), file).await;
        let info = plugin.info().clone();
        assert_eq!(info.wants.secrets, ["access-key-id", "secret-access-key", "session-token"]);
        assert_eq!(info.wants.config, ["endpoint", "region", "timeout-seconds"]);
        for task in &info.tasks {
            assert_eq!(task.input_schema.is_some(), file != "aws-sdk", "{}", task.name);
            tasks.insert(format!("{}:{}", info.name, task.name), task.effect);
        }
    }
    for (task, effect) in [
        ("sqs:sendMessage", Effect::AtMostOnce),
        ("sns:publish", Effect::AtMostOnce),
        ("dynamodb:getItem", Effect::Idempotent),
        ("dynamodb:putItem", Effect::AtMostOnce),
        ("dynamodb:updateItem", Effect::AtMostOnce),
        ("dynamodb:deleteItem", Effect::AtMostOnce),
        ("events:putEvents", Effect::AtMostOnce),
        ("s3:getObject", Effect::Idempotent),
        ("s3:putObject", Effect::AtMostOnce),
        ("lambda:invoke", Effect::AtMostOnce),
        ("aws-sdk:secretsmanager:createSecret", Effect::Idempotent),
        ("aws-sdk:kms:encrypt", Effect::Idempotent),
        ("aws-sdk:glue:startJobRun", Effect::AtMostOnce),
    ] {
        assert_eq!(tasks.get(task), Some(&effect), "{task}");
    }
    assert!(tasks.len() > 1_500, "{}", tasks.len());
    assert!(!tasks.keys().any(|task| task.starts_with("aws-sdk:sfn:")));
}

/// What is wrong with a definition of one task.
async fn findings(resource: &str, parameters: Value) -> Vec<String> {
    let plugins = installed(&FILES, &Spec::default()).await;
    let resource = format!("arn:aws:states:::{resource}");
    let text = support::definition_text(&resource, json!({ "Parameters": parameters }));
    let findings = match StateMachine::parse_with(Type::Standard, &text, &plugins) {
        Ok(parsed) => parsed.warnings,
        Err(findings) => findings,
    };
    findings.iter().map(|it| format!("{}: {}", it.code, it.message)).collect()
}

#[tokio::test]
async fn arguments_are_checked_before_anything_runs() {
    let right = json!({ "QueueUrl.$": "$.queue", "MessageBody": { "order.$": "$.order" } });
    assert_eq!(findings("sqs:sendMessage", right.clone()).await, [""; 0]);
    assert_eq!(findings("sqs:sendMessage.waitForTaskToken", right).await.len(), 0);
    let [missing] = &findings("sqs:sendMessage", json!({ "MessageBody": "m" })).await[..] else {
        panic!("one finding")
    };
    assert!(
        missing.starts_with("INVALID_ARGUMENTS: ") && missing.contains("QueueUrl"),
        "{missing}"
    );
    let item = json!({ "TableName": "t", "Item": { "n": { "N": 1 } } });
    let [wrong] = &findings("dynamodb:putItem", item).await[..] else { panic!("one finding") };
    assert!(wrong.starts_with("INVALID_ARGUMENTS: "), "{wrong}");
    // What a function takes is its own to say.
    let invoke = json!({ "FunctionName": "elsewhere", "Payload": { "any": 1 } });
    assert_eq!(findings("lambda:invoke", invoke).await, [""; 0]);
    let [unknown] = &findings("aws-sdk:sqs:sing", json!({})).await[..] else {
        panic!("one finding")
    };
    assert!(unknown.starts_with("UNKNOWN_TASK: "), "{unknown}");
}
