#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stepwell_asl::path::{Path, ReferencePath};
use stepwell_fuzz::{World, split};

fuzz_target!(|data: &[u8]| {
    let Some((text, document)) = split(data) else { return };
    if let Ok(path) = Path::parse(text) {
        assert_eq!(path.text(), text);
        let world = World::new();
        if let Ok(value) = path.evaluate(&world.scope(&document)) {
            assert!(path.is_definite() || value.is_array());
        }
    }
    if let Ok(path) = ReferencePath::parse(text) {
        let world = World::new();
        if let Ok(written) = path.write(document, json!("new")) {
            let found = path.evaluate(&world.scope(&written)).expect("it was just written");
            assert_eq!(*found, json!("new"));
        }
    }
});
