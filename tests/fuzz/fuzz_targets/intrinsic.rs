#![no_main]

use libfuzzer_sys::fuzz_target;
use stepwell_asl::intrinsic::Intrinsic;
use stepwell_fuzz::{World, split};

fuzz_target!(|data: &[u8]| {
    let Some((text, document)) = split(data) else { return };
    if let Ok(call) = Intrinsic::parse(text) {
        let first = call.evaluate(&World::new().scope(&document));
        assert_eq!(first, call.evaluate(&World::new().scope(&document)));
    }
});
