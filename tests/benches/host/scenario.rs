//! What the executions do.

use serde_json::{Value, json};
use stepwell_asl::Json;

/// A state machine, and what it is started with.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) definition: Value,
    pub(crate) input: Json,
    /// Whether its tasks are the plugin's.
    pub(crate) payments: bool,
    /// How many states an execution goes through.
    pub(crate) transitions: u32,
}

pub(crate) fn all() -> [Scenario; 4] {
    [passes(), free_tasks(), wasm_tasks(), fan_out()]
}

/// One commit has them all: an execution is in the journal where it waits, and at its end.
fn passes() -> Scenario {
    scenario("10 Pass states", 10, chain(10, &json!({ "Type": "Pass" })))
}

/// Tasks that cost nothing: a commit for each, and what the host has to do with it.
fn free_tasks() -> Scenario {
    let task = json!({ "Type": "Task", "Resource": "wasm:free/echo", "ResultPath": null });
    scenario("10 tasks that do nothing", 10, chain(10, &task))
}

fn wasm_tasks() -> Scenario {
    let task = json!({ "Type": "Task", "Resource": "wasm:payments/charge", "ResultPath": null });
    Scenario { payments: true, ..scenario("10 Wasm tasks", 10, chain(10, &task)) }
}

fn fan_out() -> Scenario {
    let pass = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let definition = json!({ "StartAt": "M", "QueryLanguage": "JSONata", "States": { "M": {
        "Type": "Map",
        "Items": "{% [1..1000] %}",
        "ItemProcessor": pass,
        "End": true,
    } } });
    scenario("fan-out to 1,000", 1_001, definition)
}

/// What an execution is started with, and what each of its tasks is called with.
pub(crate) fn input() -> Json {
    Json::from(json!({
        "order": "A-1",
        "amount": { "minor": 4990, "currency": "EUR" },
        "card": "tok_approved",
    }))
}

fn scenario(name: &'static str, transitions: u32, definition: Value) -> Scenario {
    Scenario { name, definition, input: input(), payments: false, transitions }
}

fn chain(length: usize, state: &Value) -> Value {
    let named = |at: usize| {
        let mut state = state.clone();
        if at + 1 < length {
            state["Next"] = format!("S{}", at + 1).into();
        } else {
            state["End"] = true.into();
        }
        (format!("S{at}"), state)
    };
    let states: serde_json::Map<_, _> = (0..length).map(named).collect();
    json!({ "StartAt": "S0", "States": states })
}
