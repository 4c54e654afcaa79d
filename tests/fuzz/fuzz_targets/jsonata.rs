#![no_main]

use libfuzzer_sys::fuzz_target;
use stepwell_asl::jsonata::Expression;
use stepwell_fuzz::{World, split};

/// The wrapper contains panics of the evaluator, so they do not count. Those of the wrapper itself
/// do, also where it is called back from within, and those that nobody contains abort anyway.
fn contain_panics_of_the_evaluator() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|place| place.file().contains("host/asl")) {
            abort(panic);
        } else {
            eprintln!("contained: {panic}");
        }
    }));
}

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
