//! Whole calls, with the requests answered here.

use std::{cell::RefCell, rc::Rc, time::Duration};

use proptest::prelude::*;
use stepwell_task::{
    http::{Error, Response},
    local,
};

use super::*;

fn configure() {
    local::set_config("url", "https://acme.zendesk.com/");
    local::set_config("email", "agent@acme.example");
    local::set_secret("token", "s3cret");
}

fn run(ticket: Value) -> Result<Value, Failure> {
    let output = plugin().run("open", &ticket.to_string(), &Call::local("a-key"))?;
    Ok(serde_json::from_str(&output).unwrap())
}

fn ticket() -> Value {
    json!({
        "subject": " Order A-1001 ",
        "description": "The card was declined.",
        "requester": "Ada Lovelace <ada@example.com>",
        "priority": "high",
        "tags": ["orders"],
    })
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Value, Failure> {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
    let headers: Vec<_> = headers.iter().map(header).collect();
    let body = body.as_bytes().to_vec();
    local::serve_http(move |_| {
        Ok(Response { status, headers: headers.clone(), body: body.clone() })
    });
    run(ticket())
}

#[test]
fn a_ticket_is_sent_as_zendesk_takes_it() {
    configure();
    let seen = Rc::<RefCell<Vec<Request>>>::default();
    let notes = Rc::clone(&seen);
    local::serve_http(move |request| {
        notes.borrow_mut().push(request.clone());
        let body = br#"{"ticket":{"id":35436,"status":"new","more":[]}}"#.to_vec();
        Ok(Response { status: 201, headers: Vec::new(), body })
    });
    assert_eq!(
        run(ticket()).unwrap(),
        json!({
            "id": 35436,
            "url": "https://acme.zendesk.com/agent/tickets/35436",
            "status": "new",
            "existed": false,
        })
    );
    let seen = seen.borrow();
    let request = &seen[0];
    assert_eq!(request.url, "https://acme.zendesk.com/api/v2/tickets.json");
    let header = |name| request.headers.iter().find(|(own, _)| own == name).unwrap().1.as_str();
    // agent@acme.example/token:s3cret
    assert_eq!(header("Authorization"), "Basic YWdlbnRAYWNtZS5leGFtcGxlL3Rva2VuOnMzY3JldA==");
    assert_eq!(header("Idempotency-Key"), "a-key");
    assert_eq!(
        serde_json::from_slice::<Value>(&request.body).unwrap(),
        json!({ "ticket": {
            "subject": "Order A-1001",
            "priority": "high",
            "requester": { "name": "Ada Lovelace", "email": "ada@example.com" },
            "tags": ["orders"],
            "comment": { "body": "The card was declined." },
        } })
    );
}

#[test]
fn a_requester_without_an_address_is_told_in_the_description() {
    let ticket = |requester: &str| {
        let ticket = json!({ "subject": "x", "description": "y", "requester": requester });
        body(&serde_json::from_value(ticket).unwrap())["ticket"].clone()
    };
    assert_eq!(ticket("ada@example.com")["requester"]["name"], "ada");
    for requester in ["customer 7", "<>", "a@b", "a b@example.com"] {
        let ticket = ticket(requester);
        assert_eq!(ticket.get("requester"), None);
        assert_eq!(ticket["comment"]["body"], format!("y\n\nRequester: {requester}"));
    }
}

#[test]
fn a_ticket_that_is_there_already_is_given() {
    configure();
    let body = r#"{"ticket":{"id":7,"status":"open"}}"#;
    let output = answer(200, &[("x-idempotency-lookup", "hit")], body).unwrap();
    assert_eq!((&output["id"], &output["existed"]), (&json!(7), &json!(true)));
    let output = answer(201, &[("x-idempotency-lookup", "miss")], body).unwrap();
    assert_eq!(output["existed"], false);
}

#[test]
fn each_refusal_has_its_name() {
    configure();
    for (status, body, name) in [
        (401, r#"{"error":"Couldn't authenticate you"}"#, "AuthenticationFailed"),
        (403, r#"{"error":"Forbidden"}"#, "Forbidden"),
        (404, r#"{"error":"RecordNotFound"}"#, "NotFound"),
        (422, r#"{"error":"RecordInvalid","details":{"base":[]}}"#, "InvalidTicket"),
        (400, r#"{"error":"IdempotentRequestError"}"#, "IdempotencyKeyReused"),
        (400, r#"{"error":"BadRequest"}"#, "InvalidTicket"),
        (302, "", "UnexpectedAnswer"),
    ] {
        let failure = answer(status, &[("retry-after", "9")], body).unwrap_err();
        let cause = if body.is_empty() {
            format!("status {status}")
        } else {
            format!("status {status}: {body}")
        };
        assert_eq!(failure.to_string(), format!("Zendesk.{name}: {cause}"));
        assert_eq!(failure.delay(), None);
    }
    let failure = answer(200, &[], "{}").unwrap_err();
    assert_eq!(
        failure.to_string(),
        "Zendesk.BrokenResponse: the answer has no ticket: missing field `ticket` at line 1 column 2"
    );
}

#[test]
fn what_may_pass_says_when() {
    configure();
    for (status, header, name, seconds) in [
        (429, Some("93"), "RateLimited", 93),
        (503, Some("5"), "TemporarilyUnavailable", 5),
        (503, Some("99999999999"), "TemporarilyUnavailable", 86_400),
        (500, None, "TemporarilyUnavailable", 1),
        (409, None, "Conflict", 1),
    ] {
        let headers: Vec<_> = header.map(|value| ("retry-after", value)).into_iter().collect();
        let failure = answer(status, &headers, "").unwrap_err();
        assert_eq!(failure.error(), format!("Zendesk.{name}"));
        assert_eq!(failure.delay(), Some(Duration::from_secs(seconds)));
    }
    for (error, name, delay) in [
        (Error::TimedOut("late".into()), "TimedOut", Some(Duration::from_secs(1))),
        (Error::Unreachable("no".into()), "TemporarilyUnavailable", Some(Duration::from_secs(1))),
        (Error::Broken("no".into()), "TemporarilyUnavailable", Some(Duration::from_secs(1))),
        (Error::Refused("no".into()), "PermissionDenied", None),
    ] {
        local::serve_http(move |_| Err(error.clone()));
        let failure = run(ticket()).unwrap_err();
        assert_eq!(failure.error(), format!("Zendesk.{name}"));
        assert_eq!(failure.delay(), delay);
    }
}

#[test]
fn what_is_missing_is_named() {
    let told = || run(ticket()).unwrap_err().to_string();
    assert_eq!(
        told(),
        "Zendesk.InvalidConfiguration: the configuration value url is not granted: \
         https://NAME.zendesk.com"
    );
    local::set_config("url", "http://acme.zendesk.com");
    assert_eq!(
        told(),
        "Zendesk.InvalidConfiguration: the configuration value url is \
         \"http://acme.zendesk.com\", and not https://HOST"
    );
    local::set_config("url", "https://acme.zendesk.com");
    assert_eq!(told(), "Zendesk.InvalidConfiguration: the secret token is not granted");
    let told = |field: &str| {
        let mut ticket = ticket();
        ticket[field] = " ".into();
        run(ticket).unwrap_err().to_string()
    };
    assert_eq!(told("subject"), "Zendesk.InvalidSubject: a subject has 1 to 200 characters");
    assert_eq!(told("description"), "Zendesk.InvalidDescription: a ticket has a description");
}

#[test]
fn without_an_agent_the_token_is_one_of_oauth() {
    local::set_secret("token", "s3cret");
    assert_eq!(authorization().unwrap(), "Bearer s3cret");
}

proptest! {
    /// Whatever a server answers.
    #[test]
    fn there_is_a_ticket_or_a_named_failure(
        status in 100_u16..1000,
        headers in prop::collection::vec(("retry-after|x-idempotency-lookup", "\\PC{0,20}"), 0..3),
        body in "\\PC{0,30}|[{]\"ticket\":[{]\"id\":[0-9]{1,25}[}][}]",
    ) {
        configure();
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match answer(status, &headers, &body) {
            Ok(output) => prop_assert!(matches!(status, 200 | 201) && output["id"].is_u64()),
            Err(failure) => prop_assert!(failure.error().starts_with("Zendesk.")),
        }
    }
}
