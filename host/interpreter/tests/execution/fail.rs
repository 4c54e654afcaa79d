use serde_json::json;

use crate::driver::Host;

#[test]
fn names_its_error_and_cause() {
    let host = Host::state(json!({ "Type": "Fail", "Error": "E", "Cause": "C" }), "{}");
    assert_eq!(host.failure(), ("E", "C"));
    assert_eq!(host.history(), ["FailStateEntered<0", "ExecutionFailed<2"]);
}

#[test]
fn may_name_neither() {
    let host = Host::state(json!({ "Type": "Fail" }), "{}");
    assert_eq!(host.failure(), ("(none)", "(none)"));
    assert_eq!(host.details(3), json!({}));
}

#[test]
fn computes_them() {
    let state = json!({
        "Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('not {}', $.c)",
    });
    assert_eq!(Host::state(state, r#"{"e":"E","c":"C"}"#).failure(), ("E", "not C"));
}
