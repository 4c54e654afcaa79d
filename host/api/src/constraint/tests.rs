use serde_json::json;

use super::*;

fn refused(action: &str, body: Value) -> String {
    let error = check(action, body).unwrap_err();
    assert_eq!(error.code, Code::ValidationException);
    error.message
}

fn unread(action: &str, body: Value) -> String {
    let error = check(action, body).unwrap_err();
    assert_eq!(error.code, Code::SerializationException);
    error.message
}

#[test]
fn tell_of_all_that_is_wrong() {
    assert_eq!(
        refused("StartExecution", json!({ "stateMachineArn": null })),
        "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy \
         constraint: Member must not be null"
    );
    assert_eq!(
        refused("CreateActivity", json!({ "name": "", "tags": [{ "key": "" }] })),
        "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member \
         must have length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to \
         satisfy constraint: Member must have length greater than or equal to 1"
    );
    assert_eq!(
        refused(
            "CreateStateMachineAlias",
            json!({
                "name": "123",
                "routingConfiguration": [{ "stateMachineVersionArn": "a", "weight": 101 }],
            })
        ),
        "2 validation errors detected: Value '123' at 'name' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$; \
         Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: \
         Member must have value less than or equal to 100"
    );
    assert_eq!(
        refused("ListExecutions", json!({ "statusFilter": "NONE", "maxResults": -1 })),
        "2 validation errors detected: Value 'NONE' at 'statusFilter' failed to satisfy \
         constraint: Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, \
         ABORTED, PENDING_REDRIVE]; Value '-1' at 'maxResults' failed to satisfy constraint: \
         Member must have value greater than or equal to 0"
    );
}

#[test]
fn write_lists_as_aws_does() {
    let item = |arn: &str| json!({ "stateMachineVersionArn": arn, "weight": 30 });
    let routing = json!([item("a"), item("b"), item("c")]);
    assert_eq!(
        refused("CreateStateMachineAlias", json!({ "name": "n", "routingConfiguration": routing })),
        "1 validation error detected: Value \
         '[RoutingConfigurationListItem(stateMachineVersionArn=a, weight=30), \
         RoutingConfigurationListItem(stateMachineVersionArn=b, weight=30), \
         RoutingConfigurationListItem(stateMachineVersionArn=c, weight=30)]' at \
         'routingConfiguration' failed to satisfy constraint: Member must have length less than or \
         equal to 2"
    );
}

#[test]
fn keep_what_is_sensitive() {
    assert_eq!(
        refused("SendTaskHeartbeat", json!({ "taskToken": "secret".repeat(400) })),
        "1 validation error detected: Value at 'taskToken' failed to satisfy constraint: Member \
         must have length less than or equal to 2048"
    );
}

#[test]
fn tell_of_the_first_of_another_type() {
    for (name, value, message) in [
        ("name", json!(1), "NUMBER_VALUE can not be converted to a String"),
        ("name", json!([]), "Start of list found where not expected"),
        ("name", json!({}), "Start of structure or map found where not expected."),
        ("publish", json!("x"), "STRING_VALUE can not be converted to a Boolean"),
        ("tags", json!({}), "Expected list or null"),
        ("tracingConfiguration", json!(true), "Expected structure or null"),
        ("tracingConfiguration", json!([]), "Start of list found where not expected"),
    ] {
        assert_eq!(unread("CreateStateMachine", json!({ name: value })), message);
    }
    let message = "STRING_VALUE can not be converted to an Integer";
    assert_eq!(unread("ListActivities", json!({ "maxResults": "1" })), message);
    let message = "NUMBER_VALUE can not be converted to an Integer";
    assert_eq!(unread("ListActivities", json!({ "maxResults": 1e10 })), message);
    assert_eq!(unread("ListActivities", json!([])), "Start of list found where not expected");
}

#[test]
fn give_back_what_the_model_has() {
    let body = json!({ "maxResults": 2.7, "nextToken": null, "other": 1 });
    assert_eq!(check("ListActivities", body).unwrap(), json!({ "maxResults": 2 }));
}

#[test]
fn follow_patterns_of_java() {
    let token = |token: &str| {
        check("RedriveExecution", json!({ "executionArn": "a", "clientToken": token })).is_ok()
    };
    assert!(token("a!~") && !token("a b") && !token("é"));
    let header = |header: &str| {
        check("StartExecution", json!({ "stateMachineArn": "a", "traceHeader": header })).is_ok()
    };
    assert!(header("") && header("Root=1\n") && !header("é"));
}

#[test]
fn every_shape_is_read() {
    let aws = include_str!("../../model/requests.txt").lines().count();
    let own = include_str!("../../model/own.txt").lines().count();
    assert_eq!(MODEL.len(), aws + own);
    for shape in MODEL.values() {
        match &shape.kind {
            Kind::List { item, .. } => assert!(MODEL.contains_key(item), "{item}"),
            Kind::Structure(members) => {
                assert!(members.iter().all(|it| MODEL.contains_key(it.shape)), "{}", shape.name);
            }
            _ => {}
        }
    }
    let patterns =
        MODEL.values().filter(|shape| matches!(&shape.kind, Kind::String { pattern: Some(_), .. }));
    assert_eq!(patterns.count(), 4);
}
