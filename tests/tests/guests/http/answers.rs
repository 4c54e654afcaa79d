//! Answers that are given in the place of the network's, to whoever tries a plugin out.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use stepwell_sandbox::{
    Answers, Asked, Limits,
    grants::{Exposure, Given, Secret, Source},
};

use super::{
    DENIED,
    world::{Client, World},
};

const URL: &str = "https://api.example/v1?a=b";

/// Answers one request with that body, and notes what it is asked.
struct Script {
    body: Bytes,
    seen: Mutex<Vec<(String, Request<Bytes>)>>,
}

impl Script {
    fn saying(body: impl Into<Bytes>) -> Arc<Self> {
        Arc::new(Self { body: body.into(), seen: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(asked, _)| asked.clone()).collect()
    }
}

impl Answers for Script {
    fn answer(&self, asked: &Asked, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.seen.lock().unwrap().push((asked.to_string(), request.clone()));
        let known: Asked = format!("POST {URL}").parse().unwrap();
        let answer = || {
            let response = Response::builder().status(429).header("retry-after", "7");
            response.body(self.body.clone()).unwrap()
        };
        (*asked == known).then(answer)
    }
}

/// A client in a network in which nothing is there.
fn client(rules: &[&str], script: &Arc<Script>) -> Client {
    let mut client = Client::granted(rules).within(World::default());
    client.answers = Some(script.clone());
    client
}

#[tokio::test]
async fn a_request_that_is_granted_is_answered_without_the_network() {
    let script = Script::saying("wait");
    let client = client(&["https://api.example"], &script);
    let request = json!({ "url": URL, "method": "POST", "body": "text" });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(
        outcome.responses[0],
        json!({ "status": 429, "headers": [["retry-after", "7"]], "body": "wait", "size": 4 })
    );
    let seen = script.seen.lock().unwrap();
    let [(asked, request)] = &seen[..] else { panic!() };
    assert_eq!(asked, &format!("POST {URL}"));
    assert_eq!(
        (request.uri().to_string().as_str(), &request.body()[..]),
        ("/v1?a=b", &b"text"[..])
    );
    assert_eq!(request.headers()["host"], "api.example");
    assert_eq!((client.world.resolved(), client.world.connected()), (vec![], vec![]));
}

#[tokio::test]
async fn one_that_nobody_answers_is_refused_as_by_a_host_that_does_not_listen() {
    let script = Script::saying("");
    let client = client(&["https://api.example"], &script);
    let outcome = client.fetch(json!([{ "url": URL }])).await;
    assert_eq!(outcome.error(0), "ErrorCode::ConnectionRefused");
    assert_eq!(outcome.log, "");
    assert_eq!(script.asked(), [format!("GET {URL}")]);
    assert_eq!((client.world.resolved(), client.world.connected()), (vec![], vec![]));
}

#[tokio::test]
async fn one_that_is_not_granted_or_over_a_limit_is_not_asked_for() {
    let script = Script::saying("five!");
    let post = json!({ "url": URL, "method": "POST", "body": "five!" });
    let outcome = client(&["GET https://api.example"], &script).fetch(json!([post])).await;
    assert_eq!(outcome.error(0), DENIED);
    outcome.assert_refused(
        "The request `POST https://api.example/v1` was refused: it is not granted.",
    );

    let limits = Limits { http_requests: 0, ..Limits::default() };
    let none = client(&["https://api.example"], &script).limited(limits);
    assert_eq!(none.fetch(json!([post])).await.error(0), DENIED);

    let limits = Limits { http_body: 4, ..Limits::default() };
    let small = client(&["https://api.example"], &script).limited(limits);
    let outcome = small.fetch(json!([post])).await;
    assert!(outcome.error(0).contains("HttpRequestBodySize"), "{outcome:?}");
    assert!(script.asked().is_empty());

    let bodiless = json!({ "url": URL, "method": "POST" });
    let outcome = small.fetch(json!([bodiless])).await;
    assert!(outcome.error(0).contains("HttpResponseBodySize"), "{outcome:?}");
}

#[tokio::test]
async fn a_placeholder_is_replaced_in_what_is_answered_where_its_secret_may_go() {
    let script = Script::saying("");
    let secret = |host: &str| Secret {
        name: "KEY".to_owned(),
        from: Source::Given(Given("s3cr3t".to_owned())),
        expose: Exposure::Placeholder,
        hosts: vec![host.parse().unwrap()],
    };
    let request = json!({ "url": URL, "method": "POST", "headers": [["authorization", "Bearer {secret:KEY}"]] });
    let mut elsewhere = client(&["https://api.example"], &script);
    elsewhere.spec.secrets.push(secret("other.example"));
    assert_eq!(elsewhere.fetch(json!([request])).await.error(0), DENIED);
    assert!(script.asked().is_empty());

    let mut client = client(&["https://api.example"], &script);
    client.spec.secrets.push(secret("api.example"));
    assert_eq!(client.fetch(json!([request])).await.responses[0]["status"], 429);
    let seen = script.seen.lock().unwrap();
    assert_eq!(seen[0].1.headers()["authorization"], "Bearer s3cr3t");
}
