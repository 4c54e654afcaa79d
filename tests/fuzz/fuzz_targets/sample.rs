#![no_main]

//! JSON Schemas as plugins may have them: what is generated from one it allows, what is made to
//! break it it does not allow, and neither takes without end.

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use stepwell_conformance::sample::{Generator, places, spliced, validator, violations};

fuzz_target!(|data: &[u8]| {
    let Ok(schema) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(validator) = validator(&schema) else { return };
    for value in Generator::new(&schema, 1).take(3) {
        assert!(validator.is_valid(&value), "{value} is generated, and not allowed");
        for (what, value) in violations(&schema, &value, 20) {
            assert!(!validator.is_valid(&value), "{value}, {what}, is allowed");
        }
        for place in places(&value, 20) {
            assert!(value.pointer(&place).is_some(), "{place} is no place in {value}");
            let text = spliced(&value, &place, "null");
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    }
});
