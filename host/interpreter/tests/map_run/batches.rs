use serde_json::{Value, json};

use crate::host::{Host, reader};

fn batches(batcher: Value) -> Value {
    json!({ "ItemBatcher": batcher })
}

#[test]
fn a_batch_has_so_many_items() {
    let fields = batches(json!({ "MaxItemsPerBatch": 2, "BatchInput": { "x.$": "$[0]" } }));
    let mut host = Host::start(fields, "[1,2,3]");
    assert_eq!(
        host.inputs(),
        [r#"{"BatchInput":{"x":1},"Items":[1,2]}"#, r#"{"BatchInput":{"x":1},"Items":[3]}"#]
    );
    let counts = host.map_run.item_counts();
    assert_eq!((counts.total, counts.running), (3, 3));
    assert_eq!(host.map_run.execution_counts().running, 2);
    host.succeed(0, "0");
    assert_eq!(host.map_run.item_counts().succeeded, 2);
}

#[test]
fn a_batch_has_so_many_bytes() {
    // {"Items":["aaaa"]} has 18 bytes, and each item behind the first 7 more.
    let items = json!(["aaaa", "bbbb", "cccc"]).to_string();
    let inputs = |bytes: u64| {
        let host = Host::start(batches(json!({ "MaxInputBytesPerBatch": bytes })), &items);
        host.inputs().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(inputs(25), [r#"{"Items":["aaaa","bbbb"]}"#, r#"{"Items":["cccc"]}"#]);
    assert_eq!(inputs(24).len(), 3);
    let host = Host::start(batches(json!({ "MaxInputBytesPerBatch": 17 })), &items);
    assert_eq!(
        host.failure(),
        ("States.DataLimitExceeded", "The item 0 does not fit into an input of 17 bytes.")
    );
}

#[test]
fn a_batch_is_at_most_a_payload() {
    let items: Vec<_> = (0..40).map(|_| "x".repeat(10_000)).collect();
    let fields = json!({ "ItemReader": reader(), "ItemBatcher": { "MaxItemsPerBatch": 40 } });
    let mut host = Host::start(fields, "{}");
    host.read(items.into_iter().map(Value::from), true);
    assert_eq!(host.children.len(), 2);
    assert!(host.inputs().iter().all(|input| input.len() <= 256 * 1024));
}

#[test]
fn a_batch_waits_for_the_items_that_belong_to_it() {
    let fields = json!({ "ItemReader": reader(), "ItemBatcher": { "MaxItemsPerBatch": 3 } });
    let mut host = Host::start(fields, "{}");
    host.read([json!(1), json!(2)], false);
    assert!(host.children.is_empty());
    assert_eq!(host.asked.len(), 2);
    host.read([json!(3), json!(4)], false);
    assert_eq!(host.inputs(), [r#"{"Items":[1,2,3]}"#]);
    host.read([], true);
    assert_eq!(host.inputs(), [r#"{"Items":[1,2,3]}"#, r#"{"Items":[4]}"#]);
}

#[test]
fn a_batch_may_be_larger_than_what_is_read_ahead() {
    let items: Vec<_> = (0..5_000).collect();
    let fields = batches(json!({ "MaxItemsPerBatch": 4_000 }));
    let host = Host::start(fields, &json!(items).to_string());
    assert_eq!(host.children.len(), 2);
}

#[test]
fn items_of_a_batch_are_selected() {
    let fields = json!({
        "ItemSelector": { "v.$": "$$.Map.Item.Value" },
        "ItemBatcher": { "MaxItemsPerBatch": 9 },
    });
    let host = Host::start(fields, "[1,2]");
    assert_eq!(host.inputs(), [r#"{"Items":[{"v":1},{"v":2}]}"#]);
}
