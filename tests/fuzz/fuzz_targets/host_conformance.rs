#![no_main]

//! What the suite for hosts reads: what adapters answer, what plugins send its server, and cases.
//! What it writes to an adapter is read there as what it was.

use libfuzzer_sys::fuzz_target;
use stepwell_host_conformance::{
    case,
    protocol::{Reply, Request},
    wire,
};

fuzz_target!(|data: &[u8]| {
    if let Ok(Some(request)) = wire::request(data) {
        let half = &data[..data.len() / 2];
        // Of a part there is no more than of the whole.
        if let Ok(Some(part)) = wire::request(half) {
            assert_eq!(part["method"], request["method"]);
        }
    }
    if let Ok(request) = serde_json::from_slice::<Request>(data) {
        let line = serde_json::to_string(&request).expect("a line");
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Request>(&line).expect("a request"), request);
    }
    if let Ok(reply) = serde_json::from_slice::<Reply>(data) {
        let line = serde_json::to_string(&reply).expect("a line");
        assert_eq!(serde_json::from_str::<Reply>(&line).expect("a reply"), reply);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        for case in case::read("fuzz", text).unwrap_or_default() {
            assert!(case.id.starts_with("fuzz/") && !case.step.is_empty());
        }
    }
});
