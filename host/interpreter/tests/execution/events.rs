use serde_json::json;
use stepwell_interpreter::{
    Event,
    event::{Details, Timestamps},
};

use crate::driver::Host;

#[test]
fn have_the_form_of_get_execution_history() {
    let host = Host::state(json!({ "Type": "Pass", "End": true }), "{}");
    assert_eq!(
        host.events[1].to_aws(Timestamps::Iso8601),
        json!({
            "timestamp": "2026-11-22T12:00:00.000Z",
            "type": "PassStateEntered",
            "id": 2,
            "previousEventId": 0,
            "stateEnteredEventDetails": {
                "name": "S", "input": "{}", "inputDetails": { "truncated": false },
            },
        })
    );
    assert_eq!(host.events[1].to_aws(Timestamps::Epoch)["timestamp"], json!(1_795_348_800));
}

#[test]
fn are_stored_and_read_back() {
    let host = Host::state(json!({ "Type": "Pass", "End": true }), "{ }");
    for event in &host.events {
        let stored = serde_json::to_string(event).unwrap();
        let again: Event = serde_json::from_str(&stored).unwrap();
        assert_eq!(&again, event);
        assert_eq!(again.to_aws(Timestamps::Epoch), event.to_aws(Timestamps::Epoch));
    }
    assert!(host.has(|details| matches!(details, Details::ExecutionSucceeded { .. })));
}
