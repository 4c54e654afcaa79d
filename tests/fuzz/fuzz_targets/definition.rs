#![no_main]

use libfuzzer_sys::fuzz_target;
use stepwell_asl::StateMachine;

fuzz_target!(|text: &str| {
    if let Err(findings) = StateMachine::parse(text) {
        assert!(!findings.is_empty());
        for span in findings.into_iter().filter_map(|finding| finding.span) {
            assert!(text.get(span.clone()).is_some(), "{span:?} is no part of the text");
        }
    }
});
