#![no_main]

use libfuzzer_sys::fuzz_target;
use stepwell_asl::jsonata::Expression;
use stepwell_fuzz::{World, contain_panics_of_the_evaluator, split};

fuzz_target!(
    init: contain_panics_of_the_evaluator(),
    |data: &[u8]| {
        let Some((text, document)) = split(data) else { return };
        if let Ok(expression) = Expression::parse(text) {
            let world = World::new();
            let _ = expression.evaluate(&world.scope(&document));
            assert!(expression.variables().all(|name| !name.is_empty()));
        }
    }
);
