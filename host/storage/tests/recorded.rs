//! The readers held against Maps that AWS ran over objects in S3.
//!
//! The recordings are no part of the repository. Where they are missing the test says so.

use std::{fs, path::Path, sync::Arc};

use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, memory::InMemory, path::Path as Key};
use serde_json::{Value, json};
use stepwell_asl::{
    StateMachine,
    definition::{ItemReader, Kind, Mode},
};
use stepwell_storage::{Access, Bucket, Buckets, Item, read};

#[tokio::test]
async fn maps_over_objects_get_the_items_that_aws_read() {
    let scripts =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/aws/scripts");
    let Ok(files) = fs::read_dir(&scripts) else {
        eprintln!("skipped: there are no recordings in {}", scripts.display());
        return;
    };
    let mut compared = 0;
    for file in files {
        let path = file.unwrap().path();
        let script = fs::read_to_string(&path).unwrap();
        if !script.contains("PutObject") || !script.contains("ItemReader") {
            continue;
        }
        let script: Value = serde_json::from_str(&script).unwrap();
        let parameters = |operation: &str| {
            let steps = script["steps"].as_array().unwrap();
            steps.iter().find(|step| step["op"] == operation).unwrap()["params"].clone()
        };
        let document = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let input: Value =
            serde_json::from_str(&document(&parameters("StartExecution")["input"])).unwrap();
        if input["MaxItems"].as_i64().is_some_and(i64::is_negative) {
            // The field is evaluated before anything is read.
            continue;
        }
        let definition = document(&parameters("CreateStateMachine")["definition"]);
        let reader = reader(&definition);
        let max_items = match definition.contains("MaxItemsPath") {
            true => input["MaxItems"].as_u64(),
            false => max_items(&definition),
        };
        let object = parameters("PutObject");
        let store = InMemory::new();
        let key = input["Key"].as_str().unwrap();
        store.put(&Key::from(key), document(&object["Body"]).into()).await.unwrap();
        let granted = Bucket::memory(Arc::new(store), Access::ReadOnly);
        let buckets = Buckets::from_iter([("b".to_owned(), granted)]);
        let items = buckets.read(&reader.reads, &json!({"Bucket": "b", "Key": key}), max_items);
        let items: Result<Vec<Item>, _> = items.try_collect().await;
        let (kind, ours) = match items {
            Ok(items) => {
                let items: Value = items.into_iter().map(|item| item.value.into_value()).collect();
                ("stateExitedEventDetails", json!(items.to_string()))
            }
            Err(error) => {
                let failure = json!({"error": read::FAILED, "cause": error.to_string()});
                ("mapRunFailedEventDetails", failure)
            }
        };
        let events = &script["expected"]["get_execution_history"]["events"];
        let details = events.as_array().unwrap().iter().rev().find_map(|event| event.get(kind));
        let details = details.unwrap_or_else(|| panic!("{}: {ours}", path.display()));
        assert_eq!(*details.get("output").unwrap_or(details), ours, "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 14, "only {compared} recordings were found");
}

fn reader(definition: &str) -> ItemReader {
    let machine = StateMachine::parse(definition).unwrap().machine;
    let mut readers = machine.states.values().filter_map(|state| match &state.kind {
        Kind::Map(map) => match &map.mode {
            Mode::Distributed(distributed) => distributed.item_reader.clone(),
            Mode::Inline => None,
        },
        _ => None,
    });
    readers.next().unwrap()
}

/// `MaxItems`, written down or as the JSONata expression of the one recording that has one.
fn max_items(definition: &str) -> Option<u64> {
    let (_, rest) = definition.split_once("\"MaxItems\":")?;
    rest.trim_start_matches(|c: char| !c.is_ascii_digit())
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}
