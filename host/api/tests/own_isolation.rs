//! Two tenants of a host, and Stepwell's own actions: what one has, the other cannot see, or tell
//! from what there is not.

mod client;

use client::{Answer, Host};
use serde_json::{Value, json};
use stepwell_api::console::OwnAction;

const A: &str = "111111111111";
const B: &str = "222222222222";
/// What everything of A is named after, and what nothing is.
const REAL: &str = "secret";
const ABSENT: &str = "absent";

async fn call(host: &Host, account: &str, target: &str, request: &Value) -> Answer {
    let credentials = format!("AWS4-HMAC-SHA256 Credential={account}/20261122/us-east-1/states");
    let headers = [
        ("x-amz-target", target),
        ("content-type", "application/x-amz-json-1.0"),
        ("authorization", &*credentials),
    ];
    host.send("POST /", &headers, &request.to_string()).await
}

/// A host on which A has a state machine and an execution of it, whose task has failed.
async fn world() -> Host {
    let host = Host::keeping().await;
    let definition = r#"{"StartAt":"secret","States":{"secret":{
        "Type":"Task","Resource":"wasm:secret/secret","End":true}}}"#;
    let role = format!("arn:aws:iam::{A}:role/r");
    let machine = json!({ "name": REAL, "definition": definition, "roleArn": role });
    let created = call(&host, A, "AWSStepFunctions.CreateStateMachine", &machine).await.json();
    let start = json!({ "stateMachineArn": created["stateMachineArn"], "name": REAL });
    let started = call(&host, A, "AWSStepFunctions.StartExecution", &start).await;
    assert_eq!(started.status, 200);
    let execution = json!({ "executionArn": started.json()["executionArn"] });
    loop {
        let asked = call(&host, A, "AWSStepFunctions.DescribeExecution", &execution).await;
        if asked.json()["status"] != "RUNNING" {
            return host;
        }
    }
}

fn machine(name: &str) -> String {
    format!("arn:aws:states:us-east-1:{A}:stateMachine:{name}")
}

/// The requests of an action that name something of A's.
fn requests(action: OwnAction, name: &str) -> Vec<Value> {
    let (machine, execution) =
        (machine(name), format!("arn:aws:states:us-east-1:{A}:execution:{name}:{name}"));
    match action {
        // They name nothing.
        OwnAction::CheckDefinition
        | OwnAction::DescribeHost
        | OwnAction::ListPlugins
        | OwnAction::ListFindings => Vec::new(),
        // Plugins are named alike whosever they are; figures are asked for in a test below.
        OwnAction::DescribePlugin | OwnAction::GetStatistics => Vec::new(),
        OwnAction::CountExecutions | OwnAction::SearchExecutions | OwnAction::DescribeInput => {
            vec![json!({ "stateMachineArn": machine })]
        }
        OwnAction::GetHistoryOutline | OwnAction::GetEvents => {
            vec![json!({ "executionArn": execution })]
        }
        OwnAction::Watch => {
            vec![json!({ "stateMachineArn": machine }), json!({ "executionArn": execution })]
        }
    }
}

#[tokio::test]
async fn what_is_anothers_is_refused_whether_it_is_there_or_not() {
    let host = world().await;
    for action in OwnAction::ALL {
        let target = format!("Stepwell.{}", action.as_str());
        let asked = requests(*action, REAL).into_iter().zip(requests(*action, ABSENT));
        for (real, absent) in asked {
            let real = call(&host, B, &target, &real).await;
            let absent = call(&host, B, &target, &absent).await;
            assert_eq!(real.status, 400, "{target}");
            let refused = real.json();
            assert_eq!(
                refused["__type"], "com.amazon.coral.service#AccessDeniedException",
                "{target}"
            );
            assert!(refused["message"].as_str().unwrap().contains(&format!(
                "User: arn:aws:iam::{B}:root is not authorized to perform: states:{} on",
                action.as_str()
            )));
            assert_eq!(real.body.replace(REAL, ABSENT), absent.body, "{target}");
        }
    }
}

#[tokio::test]
async fn what_names_nothing_tells_of_ones_own() {
    let host = world().await;
    let figures =
        |by: &str| json!({ "by": by, "startTime": 1_795_340_000, "endTime": 1_795_360_000 });
    for (target, request) in [
        ("Stepwell.CountExecutions", json!({})),
        ("Stepwell.SearchExecutions", json!({})),
        ("Stepwell.GetStatistics", figures("STATE_MACHINE")),
        ("Stepwell.GetStatistics", figures("STATE")),
        ("Stepwell.GetStatistics", figures("TASK")),
    ] {
        let own = call(&host, A, target, &request).await;
        assert_eq!(own.status, 200, "{target}: {}", own.body);
        assert!(own.body.contains(REAL), "{target}: {}", own.body);
        let others = call(&host, B, target, &request).await;
        assert_eq!(others.status, 200, "{target}: {}", others.body);
        assert!(!others.body.contains(REAL) && !others.body.contains(A), "{}", others.body);
    }
    let all = json!({ "allTenants": true });
    let refused = call(&host, B, "Stepwell.ListFindings", &all).await;
    assert_eq!(refused.json()["__type"], "com.amazon.coral.service#AccessDeniedException");
}
