use serde_json::json;
use stepwell_asl::Json;
use stepwell_interpreter::{
    Failure,
    map_run::{Items, Occurrence, READ_AHEAD, READ_AHEAD_BYTES, START_AT_ONCE},
};

use crate::host::{Host, reader};

#[test]
fn children_get_the_items_in_their_order() {
    let mut host = Host::start(json!({}), r#"["a",2]"#);
    assert_eq!(host.inputs(), [r#""a""#, "2"]);
    host.succeed(1, "20");
    host.succeed(0, "10");
    assert_eq!(host.output(), "[10,20]");
}

#[test]
fn without_items_it_ends_at_once() {
    assert_eq!(Host::start(json!({}), "[]").output(), "[]");
}

#[test]
fn no_more_run_at_once_than_max_concurrency() {
    let mut host = Host::start(json!({ "MaxConcurrency": 2 }), "[1,2,3]");
    assert_eq!(host.inputs(), ["1", "2"]);
    host.succeed(0, "null");
    assert_eq!(host.inputs(), ["2", "3"]);
    host.on(Occurrence::Updated {
        max_concurrency: Some(1),
        tolerated_failure_count: None,
        tolerated_failure_percentage: None,
    });
    assert_eq!(host.order().max_concurrency, 2);
    host.succeed(1, "null");
    host.succeed(2, "null");
    assert_eq!(host.output(), "[null,null,null]");
}

#[test]
fn ten_thousand_run_at_once_where_nothing_is_said() {
    let items: Vec<_> = (0..10_001).collect();
    let mut host = Host::start(json!({}), &json!(items).to_string());
    assert_eq!(host.children.len(), 10_000);
    assert_eq!(host.at_once, 10_000 % START_AT_ONCE, "started step by step");
    let counts = host.map_run.item_counts();
    assert_eq!((counts.total, counts.running, counts.pending), (10_001, 10_000, 1));
    host.succeed(0, "0");
    assert_eq!(host.children.last_key_value().unwrap().1.input.text(), "10000");
}

#[test]
fn the_selector_sees_the_execution_and_the_item() {
    let host = Host::start(
        json!({
            "ItemsPath": "$.items",
            "ItemSelector": {
                "v.$": "$$.Map.Item.Value",
                "i.$": "$$.Map.Item.Index",
                "s.$": "$$.Map.Item.Source",
                "x.$": "$.x",
                "n.$": "$$.Execution.Name",
            },
        }),
        r#"{"x":9,"items":["a"]}"#,
    );
    let input = r#"{"v":"a","i":0,"s":"STATE_DATA","x":9,"n":"run"}"#;
    assert_eq!(host.inputs(), [input]);
}

#[test]
fn each_item_has_random_numbers_of_its_own() {
    let fields = json!({ "ItemSelector": { "id.$": "States.UUID()" } });
    let inputs = |host: &Host| host.inputs().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let first = inputs(&Host::start(fields.clone(), "[1,2]"));
    assert_ne!(first[0], first[1]);
    assert_eq!(first, inputs(&Host::start(fields, "[1,2]")));
}

#[test]
fn a_selector_that_fails_fails_the_map_run() {
    let host = Host::start(json!({ "ItemSelector": { "x.$": "$.nothing" } }), "[1,2]");
    assert_eq!(host.failure().0, "States.Runtime");
}

#[test]
fn children_have_names_of_their_own() {
    let host = Host::start(json!({}), "[1,2]");
    let identity = &host.children[&0].identity;
    let name = &identity.execution_name;
    assert_eq!(
        identity.execution_arn,
        format!("arn:aws:states:eu-west-1:1:execution:machine/L:{name}")
    );
    assert_eq!(identity.state_machine_arn, "arn:aws:states:eu-west-1:1:stateMachine:machine/L");
    assert_eq!(identity.state_machine_name, "machine/L");
    assert_eq!(identity.role_arn, "arn:aws:iam::1:role/role");
    assert_ne!(*name, host.children[&1].identity.execution_name);
    let express = json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
        "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } },
    });
    let host = Host::start(json!({ "ItemProcessor": express }), "[1]");
    let identity = &host.children[&0].identity;
    let name = &identity.execution_name;
    assert_eq!(
        identity.execution_arn,
        format!("arn:aws:states:eu-west-1:1:express:machine/L:{name}:{name}")
    );
}

#[test]
fn items_are_read_when_they_are_needed() {
    let fields = json!({ "ItemReader": reader(), "MaxConcurrency": 2 });
    let mut host = Host::start(fields, "{}");
    assert_eq!(
        host.order().items,
        Items::Reader { arguments: json!({ "Bucket": "b", "Key": "k" }).into(), max_items: None }
    );
    assert_eq!(host.asked, [READ_AHEAD]);
    host.read((0..READ_AHEAD + 2).map(|item| json!(item)), false);
    assert_eq!(host.inputs(), ["0", "1"]);
    // Enough are held.
    assert_eq!(host.asked.len(), 1);
    host.succeed(0, "0");
    assert_eq!(host.asked.len(), 2);
    host.read([], true);
    for child in 1..READ_AHEAD as u64 + 2 {
        assert!(host.end.is_none());
        host.succeed(child, "0");
    }
    assert_eq!(host.asked.len(), 2);
    assert!(host.output().starts_with("[0,0,"));
    assert_eq!(host.map_run.item_counts().succeeded, READ_AHEAD as u64 + 2);
}

#[test]
fn a_reader_that_fails_stops_the_children() {
    let mut host = Host::start(json!({ "ItemReader": reader() }), "{}");
    host.read([json!(1), json!(2)], false);
    host.succeed(0, "1");
    host.on(Occurrence::ReadFailed(Failure::new("States.ItemReaderFailed", "gone")));
    assert_eq!(host.failure(), ("States.ItemReaderFailed", "gone"));
    assert_eq!(host.stopped, [1]);
    assert_eq!(host.map_run.execution_counts().aborted, 1);
    // Late reports change nothing.
    host.succeed(1, "2");
    host.read([json!(3)], true);
    assert!(host.children.is_empty());
}

#[test]
fn an_input_larger_than_a_payload_fails_the_map_run() {
    let mut host = Host::start(json!({ "ItemReader": reader() }), "{}");
    host.read([json!("x".repeat(256 * 1024))], true);
    assert_eq!(
        host.failure(),
        ("States.DataLimitExceeded", "The item 0 does not fit into an input of 262144 bytes.")
    );
}

#[test]
fn nobody_is_asked_for_the_items_of_the_state() {
    let items: Vec<_> = (0..READ_AHEAD + 500).collect();
    let mut host = Host::start(json!({ "MaxConcurrency": 1 }), &json!(items).to_string());
    for child in 0..items.len() as u64 {
        host.succeed(child, "0");
    }
    assert!(host.asked.is_empty());
    assert!(host.output().starts_with("[0,0,"));
}

#[test]
fn what_nobody_asked_for_is_ignored() {
    let fields = json!({ "ItemReader": reader() });
    let mut host = Host::start(fields, "{}");
    host.read([json!(1)], true);
    host.read([json!(2)], true);
    host.on(Occurrence::ReadFailed(Failure::new("States.ItemReaderFailed", "late")));
    host.on(Occurrence::ResultsWritten(Json::empty()));
    host.on(Occurrence::WriteFailed(Failure::new("States.ResultWriterFailed", "late")));
    assert_eq!(host.map_run.item_counts().total, 1);
    host.succeed(0, "0");
    assert_eq!(host.output(), "[0]");
}

#[test]
fn no_more_bytes_of_items_are_held_than_may_be() {
    let fields = json!({ "ItemReader": reader(), "MaxConcurrency": 1 });
    let mut host = Host::start(fields, "{}");
    // With its quotes each is a 64th of what may be held.
    let item = "x".repeat(READ_AHEAD_BYTES / 64 - 2);
    host.read((0..65).map(|_| json!(item)), false);
    assert_eq!(host.asked.len(), 1);
    host.succeed(0, "0");
    assert_eq!(host.asked.len(), 2);
}
