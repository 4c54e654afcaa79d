//! Tickets in a server that does as Zendesk documents.
//!
//! <https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency>

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{Setting, answer};
use crate::{http::world::Script, support::Report};

const RESOURCE: &str = "wasm:zendesk/open";

fn spec() -> Value {
    json!({
        "http": ["POST https://api.example/api/v2/*"],
        "config": { "url": "https://api.example", "email": "agent@acme.example" },
    })
}

/// Creates tickets, one for each idempotency key, and the first so many times forgets to answer.
fn help_desk(forgets: usize) -> Script {
    let known = Mutex::new(HashMap::<String, (u64, String)>::new());
    let left = Mutex::new(forgets);
    Arc::new(move |request: &str| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let header =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        // agent@acme.example/token:s3cret
        if header("authorization") != Some("Basic YWdlbnRAYWNtZS5leGFtcGxlL3Rva2VuOnMzY3JldA==") {
            return answer("401 Unauthorized", "", r#"{"error":"Couldn't authenticate you"}"#);
        }
        if !head.starts_with("POST /api/v2/tickets.json HTTP/1.1\r\n") {
            return answer("404 Not Found", "", r#"{"error":"InvalidEndpoint"}"#);
        }
        let ticket: Value = serde_json::from_str(body).unwrap();
        if ticket["ticket"]["comment"]["body"].as_str().is_none_or(str::is_empty) {
            return answer("422 Unprocessable Entity", "", r#"{"error":"RecordInvalid"}"#);
        }
        let mut known = known.lock().unwrap();
        let next = known.len() as u64 + 1;
        let (id, lookup) = match known.get(header("idempotency-key").unwrap()) {
            Some((_, other)) if other != body => {
                let text = r#"{"error":"IdempotentRequestError"}"#;
                return answer("400 Bad Request", "", text);
            }
            Some((id, _)) => (*id, "hit"),
            None => {
                let key = header("idempotency-key").unwrap().to_owned();
                known.insert(key, (next, body.to_owned()));
                (next, "miss")
            }
        };
        let mut left = left.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            return Vec::new();
        }
        let headers =
            format!("x-idempotency-lookup: {lookup}\r\ncontent-type: application/json\r\n");
        let body = json!({ "ticket": { "id": id, "status": "new" } });
        answer("201 Created", &headers, &body.to_string())
    })
}

async fn run(script: Script, secret: &str, retried: &str) -> (Report, Vec<String>) {
    let (setting, seen) = Setting::answering("zendesk", spec(), script).await;
    let fields = json!({
        "Retry": [{ "ErrorEquals": [retried], "IntervalSeconds": 1, "MaxAttempts": 3 }],
    });
    let ticket = json!({
        "subject": "Order A-1001",
        "description": "The card was declined.",
        "requester": "ada@example.com",
    });
    let report = setting.with_secret("token", secret).run(RESOURCE, fields, ticket).await;
    let seen = seen.lock().unwrap().clone();
    (report, seen)
}

#[tokio::test]
async fn a_ticket_is_opened() {
    let (report, seen) = run(help_desk(0), "s3cret", "Zendesk.None").await;
    let url = "https://api.example/agent/tickets/1";
    assert_eq!(report.output(), &json!({ "id": 1, "url": url, "status": "new", "existed": false }));
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_opens_no_second_ticket() {
    let (report, seen) = run(help_desk(2), "s3cret", "Zendesk.TemporarilyUnavailable").await;
    assert_eq!((&report.output()["id"], &report.output()["existed"]), (&json!(1), &json!(true)));
    assert_eq!(report.errors(), ["Zendesk.TemporarilyUnavailable"; 2]);
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_busy_help_desk_is_asked_again_when_it_says() {
    let busy = Mutex::new(true);
    let desk = help_desk(0);
    let script: Script =
        Arc::new(move |request: &str| match std::mem::take(&mut *busy.lock().unwrap()) {
            true => answer("429 Too Many Requests", "retry-after: 60\r\n", "slow down"),
            false => desk(request),
        });
    let (report, _) = run(script, "s3cret", "Zendesk.RateLimited").await;
    assert_eq!(report.output()["id"], 1);
    let pauses = report.pauses();
    assert!(matches!(pauses[..], [60..65]), "{pauses:?}");
}

#[tokio::test]
async fn a_token_that_is_wrong_is_told() {
    let (report, seen) = run(help_desk(0), "other", "Zendesk.RateLimited").await;
    assert_eq!(
        report.failure(),
        ("Zendesk.AuthenticationFailed", r#"status 401: {"error":"Couldn't authenticate you"}"#)
    );
    assert_eq!(seen.len(), 1);
}
