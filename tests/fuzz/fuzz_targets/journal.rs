#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use stepwell_interpreter::{Event, Execution, map_run::MapRun};
use stepwell_journal::codec::{Payloads, decode, encode};

fuzz_target!(|data: &[u8]| {
    // A payload that is asked for is these bytes too.
    let payload = |_: &_| Some(data.to_vec());
    let _ = decode::<Vec<Event>>(data, payload);
    let _ = decode::<Execution>(data, payload);
    let _ = decode::<MapRun>(data, payload);
    if let Ok(document) = serde_json::from_slice::<Value>(data) {
        let mut payloads = Payloads::new();
        let bytes = encode(&document, &mut payloads).unwrap();
        let again: Value = decode(&bytes, |hash| payloads.get(hash).cloned()).unwrap();
        assert_eq!(again, document);
    }
});
