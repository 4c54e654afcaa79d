use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn there_are_37_actions_and_each_has_a_request() {
    assert_eq!(Action::ALL.len(), 37);
    for action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Some(*action));
        // The model knows of the request: it refuses what is no object.
        let error = check(*action, b"[]").unwrap_err();
        assert_eq!(error.message, "Start of list found where not expected", "{action:?}");
    }
    assert_eq!(Action::parse("Nonsense"), None);
}

#[test]
fn answers_leave_out_what_has_no_value() {
    let task = ActivityTask { task_token: None, input: Some("null".into()) };
    assert_eq!(write(&task).unwrap(), br#"{"input":"null"}"#);
    assert_eq!(write(&Empty {}).unwrap(), b"{}");
}

/// Bodies with members that requests have, and values of all types.
fn body() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "name",
        "definition",
        "stateMachineArn",
        "executionArn",
        "mapRunArn",
        "resourceArn",
        "activityArn",
        "stateMachineVersionArn",
        "stateMachineAliasArn",
        "routingConfiguration",
        "weight",
        "tags",
        "tagKeys",
        "key",
        "value",
        "maxResults",
        "nextToken",
        "mock",
        "type",
        "severity",
        "roleArn",
        "taskToken",
        "output",
        "toleratedFailurePercentage",
        "publish",
        "encryptionConfiguration",
        "loggingConfiguration",
        "stateConfiguration",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "arn:aws:states:r:[01]{12}:(stateMachine|execution|mapRun|activity):[a1/:]{1,6}"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_panics(body in body(), action in prop::sample::select(Action::ALL)) {
        if let Err(error) = check(action, body.to_string().as_bytes()) {
            prop_assert_ne!(error.code, Code::InternalFailure);
        }
    }
}

#[test]
fn null_is_left_out_and_stays_where_it_is_somebodys_value() {
    let schema = json!({ "type": ["string", "null"], "default": null });
    let answer =
        json!({ "name": null, "tasks": [{ "inputSchema": schema, "outputSchema": null }] });
    let written: Value = serde_json::from_slice(&write(&answer).unwrap()).unwrap();
    assert_eq!(written, json!({ "tasks": [{ "inputSchema": schema }] }));
}
