//! What the fuzz targets share.

use std::cell::Cell;

use serde_json::{Value, json};
use stepwell_asl::expression::{Environment, Scope};

/// An environment with a context object and variables of all types.
pub struct World {
    context: Value,
    variables: Value,
    random: Cell<u64>,
}

impl World {
    /// The same world each time.
    pub fn new() -> Self {
        Self {
            context: json!({
                "Execution": {"Id": "arn:aws:states:e", "Input": {"a": [1]}, "Name": "e"},
                "State": {"Name": "s", "RetryCount": 0},
                "StateMachine": {"Id": "arn:aws:states:m", "Name": "a-b-c"},
            }),
            variables: json!({"a": {"b": [1, 2.5, "x"]}, "n": 3, "s": "text", "z": null}),
            random: Cell::new(1),
        }
    }

    /// The scope of a state with this input.
    pub fn scope<'a>(&'a self, input: &'a Value) -> Scope<'a> {
        Scope { input, result: Some(&self.variables), error_output: None, environment: self }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Environment for World {
    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn random(&self) -> u64 {
        let bits = self.random.get();
        self.random.set(bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        bits
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

/// The expression of an input and the document it is applied to.
pub fn split(data: &[u8]) -> Option<(&str, Value)> {
    let text = std::str::from_utf8(data).ok()?;
    let (expression, document) = text.split_once('\n').unwrap_or((text, ""));
    let document = serde_json::from_str(document).unwrap_or_else(|_| {
        json!({
            "a": {"b": [1, 2, 3], "c d": "x"},
            "l": [{"a": 1, "b": "1"}, {"a": 2.5}, [], null, "text", true],
            "n": -7,
            "s": "a,b;c",
        })
    });
    Some((expression, document))
}

/// The wrapper of JSONata contains panics of the evaluator, so they do not count. Those of our own
/// code do, also where it is called back from within, and those that nobody contains abort anyway.
pub fn contain_panics_of_the_evaluator() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let ours = |file: &str| file.contains("host/asl") || file.contains("host/interpreter");
        if panic.location().is_some_and(|place| ours(place.file())) {
            abort(panic);
        } else {
            eprintln!("contained: {panic}");
        }
    }));
}
