//! Map Runs and their children, as clients see them.

mod client;

use client::Host;
use serde_json::{Value, json};

const PLACE: &str = "arn:aws:states:us-east-1:111111111111";

/// A distributed Map whose children of a type have one state.
fn map(label: &str, execution_type: &str, state: Value) -> Value {
    json!({
        "Type": "Map", "Label": label, "MaxConcurrency": 2, "End": true,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": execution_type },
            "StartAt": format!("In{label}"),
            "States": { format!("In{label}"): state },
        },
    })
}

fn waits() -> Value {
    json!({ "Type": "Wait", "Seconds": 86_400, "End": true })
}

impl Host {
    async fn done(&self, action: &str, params: Value) -> Value {
        let answer = self.call(action, &params).await;
        assert_eq!(answer.status, 200, "{action} {params}: {}", answer.body);
        answer.json()
    }

    async fn refused(&self, action: &str, params: Value) -> Value {
        let answer = self.call(action, &params).await;
        assert_eq!(answer.status, 400, "{action} {params}: {}", answer.body);
        answer.json()
    }

    /// Calls an action until its answer is as it is to be.
    async fn until(&self, action: &str, params: Value, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let answer = self.done(action, params.clone()).await;
            if holds(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Starts an execution of a machine of its own. Returns its ARN.
    async fn start(&self, definition: Value, input: Value) -> String {
        let create = json!({
            "name": "m",
            "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::111111111111:role/r",
        });
        let machine = self.done("CreateStateMachine", create).await["stateMachineArn"].clone();
        let start = json!({
            "stateMachineArn": machine, "name": "e", "input": input.to_string(),
        });
        self.done("StartExecution", start).await["executionArn"].as_str().unwrap().to_owned()
    }
}

fn counts(described: &Value, of: &str) -> [u64; 4] {
    ["total", "running", "pending", "aborted"].map(|name| described[of][name].as_u64().unwrap())
}

#[tokio::test]
async fn a_map_run_is_described_updated_and_stopped_with_its_execution() {
    let host = Host::keeping().await;
    let definition = json!({
        "StartAt": "Map", "States": { "Map": map("L", "STANDARD", waits()) },
    });
    let execution = host.start(definition, json!([0, 1, 2])).await;
    let of_execution = json!({ "executionArn": execution });
    let listed = host.done("ListMapRuns", of_execution.clone()).await;
    let [item] = &listed["mapRuns"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(item["executionArn"], json!(execution));
    assert_eq!(item["stateMachineArn"], json!(format!("{PLACE}:stateMachine:m")));
    let arn = item["mapRunArn"].as_str().unwrap();
    assert!(arn.starts_with(&format!("{PLACE}:mapRun:m/L:")), "{arn}");

    let of_map_run = json!({ "mapRunArn": arn });
    let described = host.done("DescribeMapRun", of_map_run.clone()).await;
    assert_eq!(
        (&described["executionArn"], &described["status"], &described["maxConcurrency"]),
        (&json!(execution), &json!("RUNNING"), &json!(2))
    );
    assert_eq!(
        (&described["toleratedFailureCount"], &described["toleratedFailurePercentage"]),
        (&json!(0), &json!(0.0))
    );
    assert_eq!((&described["redriveCount"], described.get("stopDate")), (&json!(0), None));
    assert_eq!(counts(&described, "itemCounts"), [3, 2, 1, 0]);

    let update = json!({
        "mapRunArn": arn, "maxConcurrency": 3, "toleratedFailureCount": 1,
        "toleratedFailurePercentage": 40.5,
    });
    assert_eq!(host.done("UpdateMapRun", update.clone()).await, json!({}));
    let described = host.done("DescribeMapRun", of_map_run.clone()).await;
    for name in ["maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage"] {
        assert_eq!(described[name], update[name], "{name}");
    }
    assert_eq!(counts(&described, "executionCounts"), [3, 3, 0, 0]);

    let three = |answer: &Value| answer["executions"].as_array().unwrap().len() == 3;
    let children = host.until("ListExecutions", of_map_run.clone(), three).await;
    for child in children["executions"].as_array().unwrap() {
        assert_eq!((&child["itemCount"], &child["status"]), (&json!(1), &json!("RUNNING")));
        let child =
            host.done("DescribeExecution", json!({ "executionArn": child["executionArn"] }));
        let child = child.await;
        assert_eq!(child["mapRunArn"], json!(arn));
        assert_eq!(child["stateMachineArn"], json!(format!("{PLACE}:stateMachine:m/L")));
    }

    host.done("StopExecution", of_execution).await;
    let described = host.done("DescribeMapRun", of_map_run.clone()).await;
    assert_eq!(described["status"], "ABORTED");
    assert_eq!(counts(&described, "executionCounts"), [3, 0, 0, 3]);
    assert!(described.get("stopDate").is_some());
    let aborted = json!({ "mapRunArn": arn, "statusFilter": "ABORTED" });
    host.until("ListExecutions", aborted, three).await;
    let refused = host.refused("UpdateMapRun", update).await;
    assert_eq!(
        refused,
        json!({
            "__type": refused["__type"],
            "message": format!("Cannot update a Map Run that has completed: '{arn}'"),
            "reason": "CANNOT_UPDATE_COMPLETED_MAP_RUN",
        })
    );
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let host = Host::keeping().await;
    let arn = format!("{PLACE}:mapRun:m/L:01234567-89ab-cdef-0123-456789abcdef");
    for action in ["DescribeMapRun", "UpdateMapRun", "ListExecutions"] {
        let mut request = json!({ "mapRunArn": arn });
        if action == "UpdateMapRun" {
            request["maxConcurrency"] = json!(1);
        }
        let refused = host.refused(action, request).await;
        assert_eq!(refused["message"], json!(format!("Resource not found: '{arn}'")), "{action}");
    }
    let execution = format!("{PLACE}:execution:m:e");
    let refused = host.refused("ListMapRuns", json!({ "executionArn": execution })).await;
    let message = format!("Execution Does Not Exist: '{execution}'");
    assert_eq!(refused["message"], json!(message));
}

#[tokio::test]
async fn map_runs_are_listed_page_by_page() {
    let host = Host::keeping().await;
    let branch = |label: &str| json!({ "StartAt": label, "States": { label: map(label, "STANDARD", waits()) } });
    let both = json!({ "Type": "Parallel", "Branches": [branch("A"), branch("B")], "End": true });
    let definition = json!({ "StartAt": "Both", "States": { "Both": both } });
    let execution = host.start(definition, json!([0])).await;
    let mut token = Value::Null;
    for label in ["A", "B"] {
        let mut request = json!({ "executionArn": execution, "maxResults": 1 });
        if !token.is_null() {
            request["nextToken"] = token;
        }
        let page = host.done("ListMapRuns", request).await;
        let [item] = &page["mapRuns"].as_array().unwrap()[..] else { panic!("{page}") };
        let arn = item["mapRunArn"].as_str().unwrap();
        assert!(arn.starts_with(&format!("{PLACE}:mapRun:m/{label}:")), "{arn}");
        token = page["nextToken"].clone();
    }
    assert!(token.is_null());
}

#[tokio::test]
async fn express_children_are_listed_and_described_once_they_have_ended() {
    let host = Host::keeping().await;
    let pass = json!({ "Type": "Pass", "End": true });
    let definition = json!({
        "StartAt": "Map", "States": { "Map": map("L", "EXPRESS", pass) },
    });
    let execution = host.start(definition, json!([7])).await;
    let of_execution = json!({ "executionArn": execution });
    let ended = |answer: &Value| answer["status"] == "SUCCEEDED";
    host.until("DescribeExecution", of_execution.clone(), ended).await;
    let runs = host.done("ListMapRuns", of_execution).await;
    let of_map_run = json!({ "mapRunArn": runs["mapRuns"][0]["mapRunArn"] });
    let children = host.done("ListExecutions", of_map_run).await;
    let [child] = &children["executions"].as_array().unwrap()[..] else { panic!("{children}") };
    let arn = child["executionArn"].as_str().unwrap();
    assert!(arn.starts_with(&format!("{PLACE}:express:m/L:")), "{arn}");
    let described = host.done("DescribeExecution", json!({ "executionArn": arn })).await;
    assert_eq!((&described["executionArn"], &described["input"]), (&json!(arn), &json!("7")));
    assert_eq!((&described["output"], &described["status"]), (&json!("7"), &json!("SUCCEEDED")));
    let refused = host.refused("StopExecution", json!({ "executionArn": arn })).await;
    assert_eq!(
        refused["message"],
        "Invalid Arn: 'Resource type not valid in this context: express'"
    );
}
