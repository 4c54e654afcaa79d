//! Recorded calls of the actions that run nothing, over HTTP.
//!
//! The recordings are no part of the repository. Where they are missing the test says so.

mod client;
#[path = "../../../tests/src/aws/compare.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the workspace's tests")]
mod compare;

use std::{collections::HashMap, fs, path::PathBuf};

use client::Host;
use compare::{Comparison, Mismatch, normalise};
use serde_json::{Map, Value, json};

/// What a host answers without running anything.
const ACTIONS: [&str; 22] = [
    "CreateActivity",
    "CreateStateMachine",
    "CreateStateMachineAlias",
    "DeleteActivity",
    "DeleteStateMachine",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "DescribeActivity",
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "ListActivities",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListStateMachines",
    "ListTagsForResource",
    "PublishStateMachineVersion",
    "TagResource",
    "TestState",
    "UntagResource",
    "UpdateStateMachine",
    "UpdateStateMachineAlias",
    "ValidateStateMachineDefinition",
];

/// The scripts that call nothing but these actions, and need nothing else.
fn scripts() -> Option<Vec<Value>> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/aws/scripts");
    let Ok(files) = fs::read_dir(&folder) else {
        eprintln!("skipped: there are no recordings in {}", folder.display());
        return None;
    };
    let scripts = files.map(|file| {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    });
    let served = |script: &Value| {
        script["needs"] == json!([])
            && script["steps"].as_array().unwrap().iter().all(|step| {
                step["op"].as_str().is_none_or(|action| ACTIONS.contains(&action))
                    && step["service"].is_null()
            })
    };
    Some(scripts.filter(served).collect())
}

/// Parameters with their templates filled in.
fn fill(value: &Value, script: &str, responses: &HashMap<u64, Response>) -> Value {
    match value {
        Value::String(text) => {
            let mut filled = String::new();
            let mut rest = text.as_str();
            while let Some((before, template)) = rest.split_once("{{") {
                let (template, after) = template.split_once("}}").unwrap();
                filled += before;
                filled += &match template.split_once(':') {
                    None => "arn:aws:iam::111111111111:role/r".to_owned(),
                    Some(("uid", number)) => format!("{number}{}", &script[script.len() - 8..]),
                    Some(("lambda_arn", _)) => {
                        "arn:aws:lambda:us-east-1:111111111111:function:f".to_owned()
                    }
                    Some(("ref", path)) => {
                        let path: Vec<Value> = serde_json::from_str(path).unwrap();
                        let response = &responses[&path[0].as_u64().unwrap()];
                        response.value(&path[1..]).as_str().unwrap().to_owned()
                    }
                    Some(other) => panic!("{other:?}"),
                };
                rest = after;
            }
            (filled + rest).into()
        }
        Value::Array(items) => items.iter().map(|item| fill(item, script, responses)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), fill(value, script, responses)))
            .collect::<Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

/// Whether the client that was recorded refused a call by itself, before it sent anything.
fn is_refused_by_the_client(script: &Value, call: u64) -> bool {
    script["steps"].as_array().unwrap().iter().any(|step| {
        let compares_it = step["expr"].to_string().contains(&format!("{{\"$ref\":[{call}"));
        let expected = &script["expected"][step["match"].as_str().unwrap_or_default()];
        compares_it && expected.to_string().contains("Parameter validation failed")
    })
}

/// What boto3 makes of an answer: of an error its type, its text and its members.
struct Response {
    action: String,
    status: u16,
    body: Value,
}

impl Response {
    fn value(&self, path: &[Value]) -> Value {
        let metadata = json!({ "HTTPHeaders": {}, "HTTPStatusCode": self.status });
        if self.status == 200 {
            let mut value = self.body.clone();
            value["ResponseMetadata"] = metadata;
            return path.iter().fold(value, |value, key| match key {
                Value::String(key) => value[key].clone(),
                index => value[index.as_u64().unwrap() as usize].clone(),
            });
        }
        let code = self.body["__type"].as_str().unwrap().rsplit('#').next().unwrap();
        let message = self.body["message"].as_str().unwrap();
        match path.first().and_then(Value::as_str) {
            None => json!({
                "Error": { "Code": code, "Message": message },
                "message": message,
                "ResponseMetadata": metadata,
            }),
            Some("$typename") => code.into(),
            Some("$str") => format!(
                "An error occurred ({code}) when calling the {} operation: {message}",
                self.action
            )
            .into(),
            Some(other) => panic!("{other} of an error"),
        }
    }
}

/// What a script compares; nothing where a call was not made.
fn evaluate(expression: &Value, responses: &HashMap<u64, Response>) -> Option<Value> {
    let Value::Object(members) = expression else { return Some(expression.clone()) };
    let Some(path) = members.get("$ref").and_then(Value::as_array) else {
        return members
            .iter()
            .map(|(key, value)| Some((key.clone(), evaluate(value, responses)?)))
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object);
    };
    Some(responses.get(&path[0].as_u64().unwrap())?.value(&path[1..]))
}

/// Whether a difference is the recording's.
fn is_known(script: &str, mismatch: &Mismatch) -> bool {
    // AWS tells of its default since the end of 2024.
    let newer = mismatch.path.ends_with(".encryptionConfiguration");
    // It updated to another role, whose name is lost in the recording.
    let lost = script.contains("test_create_update_state_machine_same_parameters")
        && mismatch.path.ends_with(".revisionId");
    newer || lost
}

#[tokio::test]
async fn are_answered_as_aws_did() {
    let Some(scripts) = scripts() else { return };
    let host = Host::keeping().await;
    let (mut compared, mut wrong) = (0, String::new());
    for script in &scripts {
        let name = script["name"].as_str().unwrap();
        let mut responses = HashMap::new();
        let mut actual = Map::new();
        for step in script["steps"].as_array().unwrap() {
            if let Some(name) = step["match"].as_str() {
                if let Some(value) = evaluate(&step["expr"], &responses) {
                    actual.insert(name.into(), normalise(&value));
                }
                continue;
            }
            // Nothing has to be waited for: what is answered is done.
            let Some(action) = step["op"].as_str() else { continue };
            let call = step["id"].as_u64().unwrap();
            if !is_refused_by_the_client(script, call) {
                let params = fill(&step["params"], name, &responses);
                let answer = host.call(action, &params).await;
                let response =
                    Response { action: action.into(), status: answer.status, body: answer.json() };
                responses.insert(call, response);
            }
        }
        let expected: Map<_, _> = script["expected"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| actual.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        compared += expected.len();
        let list =
            |name: &str| -> Vec<String> { serde_json::from_value(script[name].clone()).unwrap() };
        let mut comparison = Comparison::new(&list("wildcards"), &list("substrings"));
        for mismatch in comparison.compare(&expected.into(), &actual.into()) {
            if !is_known(name, &mismatch) {
                wrong += &format!("\n{name}: {mismatch:?}");
            }
        }
    }
    eprintln!("{compared} answers of {} scripts compared", scripts.len());
    assert!(compared > 0 && wrong.is_empty(), "{wrong}");
}
