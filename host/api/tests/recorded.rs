//! Recorded calls of the actions that need no store, over HTTP.
//!
//! The recordings are no part of the repository. Where they are missing the test says so.

mod client;
#[path = "../../../tests/src/aws/compare.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the workspace's tests")]
mod compare;

use std::{collections::HashMap, fs, path::PathBuf};

use client::Host;
use compare::{Comparison, normalise};
use serde_json::{Map, Value, json};

/// The scripts that call nothing but these actions, and need nothing else.
fn scripts_of(actions: &[&str]) -> Option<Vec<Value>> {
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
                step["match"].is_string()
                    || step["op"].as_str().is_some_and(|op| actions.contains(&op))
            })
    };
    Some(scripts.filter(served).collect())
}

/// Parameters with their templates filled in.
fn fill(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let mut filled = text.replace("{{role_arn}}", "arn:aws:iam::111111111111:role/r");
            while let Some((start, length)) = filled
                .find("{{lambda_arn:")
                .and_then(|start| Some((start, filled[start..].find("}}")? + 2)))
            {
                filled.replace_range(
                    start..start + length,
                    "arn:aws:lambda:us-east-1:111111111111:function:f",
                );
            }
            filled.into()
        }
        Value::Array(items) => items.iter().map(fill).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), fill(value))).collect())
        }
        _ => value.clone(),
    }
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
            return path.iter().fold(value, |value, key| value[key.as_str().unwrap()].clone());
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

#[tokio::test]
async fn are_answered_as_aws_did() {
    let Some(scripts) = scripts_of(&["TestState", "ValidateStateMachineDefinition"]) else {
        return;
    };
    let host = Host::development().await;
    let (mut compared, mut wrong) = (0, String::new());
    for script in &scripts {
        let mut responses = HashMap::new();
        let mut actual = Map::new();
        for step in script["steps"].as_array().unwrap() {
            let Some(action) = step["op"].as_str() else {
                if let Some(value) = evaluate(&step["expr"], &responses) {
                    actual.insert(step["match"].as_str().unwrap().into(), normalise(&value));
                }
                continue;
            };
            let params = fill(&step["params"]);
            // The client itself refuses what is empty, before it sends anything.
            let sent = ["definition", "stateName", "roleArn"].iter().all(|name| params[name] != "");
            if sent {
                let answer = host.call(action, &params).await;
                let response =
                    Response { action: action.into(), status: answer.status, body: answer.json() };
                responses.insert(step["id"].as_u64().unwrap(), response);
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
            wrong += &format!("\n{}: {mismatch:?}", script["name"]);
        }
    }
    eprintln!("{compared} answers of {} scripts compared", scripts.len());
    assert!(compared > 0 && wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn names_are_judged_as_by_aws() {
    let Some(scripts) = scripts_of(&["CreateActivity", "DeleteActivity"]) else { return };
    let host = Host::development().await;
    let (mut taken, mut refused) = (0, 0);
    for script in &scripts {
        for step in script["steps"].as_array().unwrap() {
            if step["op"] != "CreateActivity" || step["params"]["name"] == "" {
                continue;
            }
            let body = host.call("CreateActivity", &step["params"]).await.json();
            let name = step["params"]["name"].as_str().unwrap();
            if step["expect_error"] == true {
                refused += 1;
                assert_eq!(body["message"], format!("Invalid Name: '{name}'"));
            } else {
                taken += 1;
                // This host keeps no activities, but has nothing against the name.
                assert!(body["__type"].as_str().unwrap().ends_with("#UnknownOperationException"));
            }
        }
    }
    eprintln!("{taken} names taken, {refused} refused");
    assert!(refused > 0);
}
