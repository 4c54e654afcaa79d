#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use stepwell_asl::{
    Json, StateMachine,
    data::MAX_NESTING,
    definition::{Io, Kind},
    expression::Template,
};
use stepwell_fuzz::{World, contain_panics_of_the_evaluator, split};

/// A payload template in the one field of a state that takes it.
fn template(language: &str, field: &str, text: &Value) -> Option<Template> {
    let state = json!({ "Type": "Pass", field: text, "End": true });
    let definition = json!({ "StartAt": "S", "QueryLanguage": language, "States": { "S": state } });
    let machine = StateMachine::parse(&definition.to_string()).ok()?.machine;
    let Kind::Pass(pass) = machine.states.into_values().next()?.kind else { return None };
    match pass.io {
        Io::JsonPath(io) => io.parameters,
        Io::Jsonata(io) => io.output,
    }
}

fuzz_target!(
    init: contain_panics_of_the_evaluator(),
    |data: &[u8]| {
        let Some((text, document)) = split(data) else { return };
        let Ok(text) = serde_json::from_str(text) else { return };
        for (language, field) in [("JSONPath", "Parameters"), ("JSONata", "Output")] {
            let Some(template) = template(language, field, &text) else { continue };
            let value = template.evaluate(&World::new().scope(&document), field);
            if let Ok(value) = &value {
                assert!(Json::from(value.clone()).nesting() <= MAX_NESTING);
            }
            assert_eq!(value, template.evaluate(&World::new().scope(&document), field));
        }
    }
);
