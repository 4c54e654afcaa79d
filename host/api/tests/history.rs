//! Histories in outline, and events by their ids.

mod client;

use client::{Answer, Host};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:states:us-east-1:111111111111:execution:m:e";

/// A host with one execution: of a Map over so many items.
async fn world(items: usize) -> Host {
    let host = Host::keeping().await;
    let definition = json!({
        "StartAt": "Each",
        "States": { "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "P",
                "States": { "P": { "Type": "Pass", "End": true } },
            },
            "Next": "T",
        }, "T": { "Type": "Task", "Resource": "wasm:payments/charge", "End": true } },
    });
    let machine = json!({
        "name": "m",
        "definition": definition.to_string(),
        "roleArn": "arn:aws:iam::111111111111:role/r",
    });
    let created = host.call("CreateStateMachine", &machine).await.json();
    let input = Value::from((0..items).collect::<Vec<_>>()).to_string();
    let start =
        json!({ "stateMachineArn": created["stateMachineArn"], "name": "e", "input": input });
    assert_eq!(host.call("StartExecution", &start).await.status, 200);
    // It waits for nothing but its own steps.
    loop {
        let described = host.call("DescribeExecution", &json!({ "executionArn": ARN })).await;
        if described.json()["status"] != "RUNNING" {
            return host;
        }
        tokio::task::yield_now().await;
    }
}

async fn outline(host: &Host, more: Value) -> Value {
    ask(host, "GetHistoryOutline", more).await.json()
}

async fn ask(host: &Host, action: &str, more: Value) -> Answer {
    let mut request = json!({ "executionArn": ARN });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    host.call_own(action, &request).await
}

/// All events as AWS tells them.
async fn history(host: &Host) -> Vec<Value> {
    let request = json!({ "executionArn": ARN, "maxResults": 1000 });
    let answer = host.call("GetExecutionHistory", &request).await.json();
    answer["events"].as_array().unwrap().clone()
}

fn message(answer: &Answer) -> String {
    assert_eq!(answer.status, 400);
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_outline_says_what_the_history_says_without_its_data() {
    let host = world(3).await;
    let (told, events) = (outline(&host, json!({})).await, history(&host).await);
    let rows = told["events"].as_array().unwrap();
    assert_eq!((rows.len(), &told["firstEventId"]), (events.len(), &json!(1)));
    assert_eq!(told["more"], false);
    let described = host.call("DescribeExecution", &json!({ "executionArn": ARN })).await.json();
    assert_eq!(told["startDate"], described["startDate"]);
    let start = (told["startDate"].as_f64().unwrap() * 1000.0).round();
    let text = |number: &Value| told["texts"].get(number.as_u64()? as usize)?.as_str();
    for (row, event) in rows.iter().zip(&events) {
        assert_eq!(row[0], event["previousEventId"]);
        let at = (event["timestamp"].as_f64().unwrap() * 1000.0).round();
        assert_eq!(row[1].as_f64().unwrap(), at - start, "{event}");
        assert_eq!(text(&row[2]), event["type"].as_str());
        let details = event.as_object().unwrap().iter().find(|it| it.0.ends_with("EventDetails"));
        let details = details.map_or(&Value::Null, |(_, details)| details);
        let name = match details["resourceType"].as_str() {
            Some(type_) => Some(format!("{type_}:{}", details["resource"].as_str().unwrap())),
            None => details["name"].as_str().map(str::to_owned),
        };
        assert_eq!(row.get(3).and_then(text).map(str::to_owned), name, "{event}");
        let number = details.get("index").or(details.get("length"));
        let told = row.get(4).filter(|it| **it != json!(-1));
        assert_eq!(told, number, "{event}");
        assert_eq!(row.get(5).and_then(text), details["error"].as_str(), "{event}");
        assert_ne!(row.as_array().unwrap().last(), Some(&json!(-1)), "{row}");
    }
    let names: Vec<_> = told["texts"].as_array().unwrap().iter().collect();
    for name in ["Each", "P", "T", "wasm:payments/charge", "Test.NoTasks", "MapIterationStarted"] {
        assert!(names.contains(&&json!(name)), "{name}: {names:?}");
    }
}

#[tokio::test]
async fn an_outline_goes_on_after_an_event() {
    let host = world(2).await;
    let all = outline(&host, json!({})).await;
    let first = outline(&host, json!({ "maxResults": 2 })).await;
    assert_eq!((&first["firstEventId"], &first["more"]), (&json!(1), &json!(true)));
    let rest = outline(&host, json!({ "afterEventId": 2 })).await;
    assert_eq!((&rest["firstEventId"], &rest["more"]), (&json!(3), &json!(false)));
    let count = |part: &Value| part["events"].as_array().unwrap().len();
    assert_eq!(count(&first) + count(&rest), count(&all));
    let none = outline(&host, json!({ "afterEventId": 1_000_000 })).await;
    assert_eq!((count(&none), &none["firstEventId"], &none["texts"]), (0, &json!(0), &json!([])));
    let refused = ask(&host, "GetHistoryOutline", json!({ "maxResults": 25_001 })).await;
    assert_eq!(
        message(&refused),
        "1 validation error detected: Value '25001' at 'maxResults' failed to satisfy constraint: \
         Member must have value less than or equal to 25000"
    );
    let refused = ask(&host, "GetHistoryOutline", json!({ "afterEventId": -1 })).await;
    assert!(message(&refused).ends_with("Member must have value greater than or equal to 0"));
}

#[tokio::test]
async fn events_are_found_by_their_ids() {
    let host = world(40).await;
    let events = history(&host).await;
    let ids = [1, 2, 3, 7, 60, 61, 100, 100, 5, 1_000_000];
    let found = ask(&host, "GetEvents", json!({ "eventIds": ids })).await.json();
    let expected: Vec<_> = [1, 2, 3, 5, 7, 60, 61, 100].map(|id| events[id - 1].clone()).into();
    assert_eq!(found["events"], json!(expected));
    assert!(found.get("nextEventId").is_none());
    let bare = json!({ "eventIds": [1], "includeExecutionData": false });
    let bare = ask(&host, "GetEvents", bare).await.json();
    assert!(bare["events"][0]["executionStartedEventDetails"].get("input").is_none());
    let many: Vec<_> = (1..=201).collect();
    let refused = ask(&host, "GetEvents", json!({ "eventIds": many })).await;
    assert!(message(&refused).ends_with("Member must have length less than or equal to 200"));
    let both = ask(&host, "GetEvents", json!({ "eventIds": [1], "fromEventId": 1 })).await;
    assert_eq!(message(&both), "Must not specify fromEventId or maxResults together with eventIds");
}

#[tokio::test]
async fn events_are_read_page_by_page() {
    let host = world(40).await;
    let events = history(&host).await;
    let page = ask(&host, "GetEvents", json!({})).await.json();
    assert_eq!(page["events"], json!(events[..100]));
    assert_eq!(page["nextEventId"], 101);
    let next = json!({ "fromEventId": 101, "maxResults": 1000 });
    let page = ask(&host, "GetEvents", next).await.json();
    assert_eq!(page["events"], json!(events[100..]));
    assert!(page.get("nextEventId").is_none());
    let refused = ask(&host, "GetEvents", json!({ "maxResults": 1001 })).await;
    assert!(message(&refused).ends_with("Member must have value less than or equal to 1000"));
}

#[tokio::test]
async fn an_answer_has_so_many_bytes_of_data() {
    let host = Host::keeping().await;
    let mut states = serde_json::Map::new();
    for number in 0..30 {
        let next = format!("S{}", number + 1);
        states.insert(format!("S{number}"), json!({ "Type": "Pass", "Next": next }));
    }
    states.insert("S30".into(), json!({ "Type": "Pass", "End": true }));
    let definition = json!({ "StartAt": "S0", "States": states }).to_string();
    let role = "arn:aws:iam::111111111111:role/r";
    let machine = json!({ "name": "m", "definition": definition, "roleArn": role });
    let created = host.call("CreateStateMachine", &machine).await.json();
    let input = format!("\"{}\"", "x".repeat(200_000));
    let start =
        json!({ "stateMachineArn": created["stateMachineArn"], "name": "e", "input": input });
    assert_eq!(host.call("StartExecution", &start).await.status, 200);
    // 21 with 200,000 bytes each have 4 MiB.
    let ids: Vec<_> = (1..=60).collect();
    let following = json!({ "fromEventId": 1, "maxResults": 1000 });
    for request in [json!({ "eventIds": ids }), following] {
        let page = ask(&host, "GetEvents", request).await.json();
        assert_eq!(page["events"].as_array().unwrap().len(), 21);
        assert_eq!(page["nextEventId"], 22);
    }
}

#[tokio::test]
async fn of_express_executions_nothing_is_kept() {
    let host = Host::keeping().await;
    let arn = "arn:aws:states:us-east-1:111111111111:express:m:e:1";
    for action in ["GetHistoryOutline", "GetEvents"] {
        let answer = host.call_own(action, &json!({ "executionArn": arn })).await;
        assert_eq!(
            message(&answer),
            "Invalid Arn: 'Resource type not valid in this context: express'"
        );
        let missing = ask(&host, action, json!({})).await;
        assert_eq!(message(&missing), format!("Execution Does Not Exist: '{ARN}'"));
    }
}
