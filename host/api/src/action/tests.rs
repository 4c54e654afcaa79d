use serde_json::json;

use super::{
    activities::CreateActivity,
    aliases::CreateStateMachineAlias,
    executions::ListExecutions,
    state_machines::{CreateStateMachine, UpdateStateMachine},
    *,
};
use crate::error::{Code, Reason};

const MACHINE: &str = "arn:aws:states:us-east-1:111111111111:stateMachine:m";

fn refused<R: Request + std::fmt::Debug>(action: &str, body: Value) -> Error {
    parse::<R>(action, body.to_string().as_bytes()).unwrap_err()
}

#[test]
fn a_body_that_is_no_json() {
    for body in [&b"{"[..], b"\xff", b"nonsense", &b"[".repeat(1000)] {
        let error = parse::<CreateActivity>("CreateActivity", body).unwrap_err();
        assert_eq!(error.code, Code::SerializationException);
        assert!(error.message.starts_with("The body is not JSON: "), "{error}");
    }
}

#[test]
fn a_name_that_is_none() {
    assert_eq!(
        refused::<CreateActivity>("CreateActivity", json!({ "name": "a b" })),
        Error::new(Code::InvalidName, "Invalid Name: 'a b'")
    );
}

#[test]
fn an_arn_that_is_none() {
    assert_eq!(
        refused::<UpdateStateMachine>("UpdateStateMachine", json!({ "stateMachineArn": "x" })),
        Error::new(Code::InvalidArn, "Invalid Arn: 'Invalid ARN prefix: x'")
    );
}

#[test]
fn members_that_do_not_go_together() {
    let body = json!({ "stateMachineArn": MACHINE, "publish": true });
    assert_eq!(
        refused::<UpdateStateMachine>("UpdateStateMachine", body),
        Error::new(
            Code::MissingRequiredParameter,
            "Either the definition, the role ARN, the LoggingConfiguration, or the \
             TracingConfiguration must be specified"
        )
    );
    let body =
        json!({ "name": "m", "definition": "{}", "roleArn": "r", "versionDescription": "v" });
    assert_eq!(
        refused::<CreateStateMachine>("CreateStateMachine", body),
        Error::validation("Version description can only be set when publish is true")
    );
    assert_eq!(
        refused::<ListExecutions>("ListExecutions", json!({})).message,
        "Must specify exactly one of stateMachineArn and mapRunArn"
    );
    let body = json!({ "stateMachineArn": MACHINE, "statusFilter": "PENDING_REDRIVE" });
    assert_eq!(
        refused::<ListExecutions>("ListExecutions", body),
        Error::validation("The status filter PENDING_REDRIVE can only be used with mapRunArn")
    );
    let alias = json!({ "stateMachineAliasArn": format!("{MACHINE}:prod") });
    let error = refused::<aliases::UpdateStateMachineAlias>("UpdateStateMachineAlias", alias);
    assert_eq!(error.reason, Some(Reason::MissingRequiredParameter));
    assert_eq!(
        error.message,
        "Either the description or the routing configuration must be specified"
    );
}

#[test]
fn routes_that_lead_nowhere() {
    let routed = |routes: &[(&str, u8)]| {
        let items: Vec<_> = routes
            .iter()
            .map(|(version, weight)| {
                let arn = format!("{MACHINE}{version}");
                json!({ "stateMachineVersionArn": arn, "weight": weight })
            })
            .collect();
        let body = json!({ "name": "prod", "routingConfiguration": items }).to_string();
        parse::<CreateStateMachineAlias>("CreateStateMachineAlias", body.as_bytes())
    };
    assert_eq!(routed(&[(":1", 70), (":2", 30)]).unwrap().routing_configuration.routes().len(), 2);
    for (routes, message) in [
        (
            [("", 70), (":2", 30)],
            format!(
                "Routing configuration must contain state machine version ARNs. Received: \
                 [{MACHINE}, {MACHINE}:2]"
            ),
        ),
        (
            [(":1", 70), (":1", 30)],
            format!(
                "Routing configuration must contain distinct state machine version ARNs. \
                 Received: [{MACHINE}:1, {MACHINE}:1]"
            ),
        ),
        (
            [(":1", 70), (":2", 31)],
            "Sum of routing configuration weights must equal 100. Received: [70, 31]".into(),
        ),
    ] {
        assert_eq!(routed(&routes).unwrap_err(), Error::validation(message));
    }
}
