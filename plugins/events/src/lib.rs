//! Puts events on buses of Amazon EventBridge, as `arn:aws:states:::events:putEvents` does.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>

use serde_json::{Value, json};
use stepwell_aws::{Client, Naming, services};
use stepwell_task::{Call, Failure, Plugin};

const NAMING: Naming = Naming::Optimised {
    prefix: "EventBridge",
    service: "AmazonEventBridge",
    exception: "AmazonEventBridgeException",
};

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let put = stepwell_aws::task(
        services::EVENT_BRIDGE,
        "putEvents",
        "Puts events on buses of Amazon EventBridge.",
        &[],
        put_events,
    );
    let summary = "Puts events on buses of Amazon EventBridge.";
    stepwell_aws::plugin("events", env!("CARGO_PKG_VERSION"), summary, vec![put])
}

stepwell_task::export!(plugin);

/// `EventBridge.FailedEntry` where the service did not take all of the events, with its answer as
/// the cause.
fn put_events(mut input: Value, call: &Call) -> Result<Value, Failure> {
    add_resources(&mut input, call);
    let client = Client::new("events", services::EVENT_BRIDGE, NAMING);
    let answer = client.call("putEvents", &input, call)?;
    let failed = answer.output.get("FailedEntryCount").and_then(Value::as_u64);
    match failed {
        None | Some(0) => Ok(answer.with_metadata()),
        Some(_) => Err(client.failure("FailedEntry", answer.plain().to_string())),
    }
}

/// Each event names the execution and its state machine among its resources, behind those that it
/// is given.
fn add_resources(input: &mut Value, call: &Call) {
    let Some(Value::Array(entries)) = input.get_mut("Entries") else { return };
    let mut own = vec![call.execution_arn.clone()];
    own.extend(state_machine(&call.execution_arn));
    for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
        let resources = entry.entry("Resources").or_insert_with(|| json!([]));
        if resources.is_null() {
            *resources = json!([]);
        }
        if let Value::Array(resources) = resources {
            resources.extend(own.iter().map(|arn| arn.as_str().into()));
        }
    }
}

/// `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME` as the state machine's ARN.
fn state_machine(execution: &str) -> Option<String> {
    let parts: Vec<_> = execution.split(':').collect();
    let (&[arn, partition, states, region, account], [kind, machine, ..]) =
        parts.split_first_chunk::<5>()?
    else {
        return None;
    };
    // A child of a Map Run has the Map's label behind a slash.
    let machine = machine.split('/').next().unwrap_or(machine);
    matches!(*kind, "execution" | "express")
        .then(|| format!("{arn}:{partition}:{states}:{region}:{account}:stateMachine:{machine}"))
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use stepwell_task::{http::Response, local};

    use super::*;

    fn put(answer: &'static str) -> (Result<Value, Failure>, Value) {
        local::set_secret("access-key-id", "AKID");
        local::set_secret("secret-access-key", "hush");
        let sent: Rc<RefCell<Value>> = Rc::default();
        let notes = Rc::clone(&sent);
        local::serve_http(move |request| {
            *notes.borrow_mut() = serde_json::from_slice(&request.body).unwrap();
            Ok(Response { status: 200, body: answer.into(), ..Response::default() })
        });
        let mut call = Call::local("key");
        call.execution_arn = "arn:aws:states:us-east-1:000000000000:execution:m:e".into();
        let input = json!({ "Entries": [{ "Detail": { "a": 1 }, "Resources": ["mine"] }, {}] });
        let result = plugin().run("putEvents", &input.to_string(), &call);
        let sent = sent.take();
        (result.map(|text| serde_json::from_str(&text).unwrap()), sent)
    }

    #[test]
    fn an_event_names_who_has_put_it() {
        let (output, sent) = put(r#"{"FailedEntryCount":0,"Entries":[{"EventId":"i"}]}"#);
        assert_eq!(output.unwrap()["Entries"], json!([{ "EventId": "i" }]));
        let own = [
            "arn:aws:states:us-east-1:000000000000:execution:m:e",
            "arn:aws:states:us-east-1:000000000000:stateMachine:m",
        ];
        assert_eq!(sent["Entries"][0]["Resources"], json!(["mine", own[0], own[1]]));
        assert_eq!(sent["Entries"][1]["Resources"], json!(own));
        assert_eq!(sent["Entries"][0]["Detail"], r#"{"a":1}"#);
    }

    #[test]
    fn an_event_that_was_not_taken_fails_the_task() {
        let answer = r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}"#;
        let failure = put(answer).0.unwrap_err();
        assert_eq!(failure.error(), "EventBridge.FailedEntry");
        assert_eq!(
            failure.cause(),
            r#"{"Entries":[{"ErrorCode":"InternalFailure"}],"FailedEntryCount":1}"#
        );
    }
}
