//! What a guest asks of other hosts: nothing, but for the requests that it is granted.

mod addresses;
mod answers;
mod bounds;
mod messages;
mod secrets;
pub(crate) mod tls;
pub(crate) mod world;

use std::sync::Arc;

use serde_json::json;
use stepwell_sandbox::Limits;
use world::{Client, PUBLIC, Server, Way, World, ok};

const DENIED: &str = "ErrorCode::HttpRequestDenied";

#[tokio::test]
async fn no_request_is_made_by_default() {
    let server = Server::saying(&ok("")).await;
    let url = server.url();
    let request = json!({ "url": format!("{url}/orders/7?key=hidden") });
    let outcome = Client::granted(&[]).fetch(json!([request])).await;
    assert_eq!(outcome.error(0), DENIED);
    outcome.assert_refused(&format!(
        "The request `GET {url}/orders/7` was refused: it is not granted."
    ));
    let call = (format!("GET {url}/orders/7"), "refused: it is not granted".to_owned());
    assert_eq!(outcome.calls, [call]);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_refused_request_is_named_by_its_beginning() {
    let request = json!({ "url": format!("https://a/{}", "x".repeat(10_000)) });
    let outcome = Client::granted(&[]).fetch(json!([request])).await;
    let kept = "x".repeat(256 - "GET https://a/".len());
    outcome.assert_refused(&format!(
        "The request `GET https://a/{kept}...` was refused: it is not granted."
    ));
}

#[tokio::test]
async fn a_granted_request_is_made() {
    let server = Server::saying(
        "HTTP/1.1 404 Not Found\r\nx-one: 1\r\nconnection: close\r\ncontent-length: 4\r\n\r\nnone",
    )
    .await;
    let url = server.url();
    let client = Client::granted(&[&format!("GET {url}/orders/*")]);
    let request =
        json!({ "url": format!("{url}/orders/7?a=b"), "headers": [["accept", "text/plain"]] });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(
        outcome.responses[0],
        json!({
            "status": 404,
            "headers": [["x-one", "1"], ["content-length", "4"]],
            "body": "none",
            "size": 4,
        })
    );
    assert_eq!(outcome.log, "");
    // Without the query.
    assert_eq!(outcome.calls, [(format!("GET {url}/orders/7"), "404".to_owned())]);
    assert_eq!(
        server.seen(),
        [format!(
            "GET /orders/7?a=b HTTP/1.1\r\nhost: {}\r\naccept: text/plain\r\nconnection: close\
             \r\n\r\n",
            server.address
        )]
    );
}

#[tokio::test]
async fn what_no_rule_names_is_refused() {
    let server = Server::saying(&ok("")).await;
    let other = Server::saying(&ok("")).await;
    let url = server.url();
    let client = Client::granted(&[&format!("GET {url}/orders/*")]);
    let outcome = client
        .fetch(json!([
            { "url": format!("{url}/orders/7"), "method": "DELETE" },
            { "url": format!("{url}/orders/7"), "method": "get" },
            { "url": format!("{url}/customers") },
            { "url": format!("{url}/orders/../customers") },
            { "url": format!("{url}/orders/%2e%2e/customers") },
            { "url": format!("{}/orders/7", other.url()) },
            { "url": format!("https://{}/orders/7", server.address) },
        ]))
        .await;
    for at in 0..outcome.responses.len() {
        assert_eq!(outcome.error(at), DENIED, "{at}");
    }
    assert_eq!(
        outcome.log.lines().next().unwrap(),
        format!("stepwell: The request `DELETE {url}/orders/7` was refused: it is not granted.")
    );
    assert!(server.seen().is_empty() && other.seen().is_empty());
}

#[tokio::test]
async fn no_rule_grants_a_tunnel_or_having_the_headers_sent_back() {
    let server = Server::saying(&ok("")).await;
    let url = server.url();
    let client = Client::granted(&[&url, &format!("CONNECT,TRACE {url}")]);
    for method in ["CONNECT", "TRACE", "trace"] {
        let outcome = client.fetch(json!([{ "url": url, "method": method }])).await;
        assert_eq!(outcome.error(0), DENIED);
        outcome.assert_refused(&format!(
            "The request `{method} {url}/` was refused: the methods CONNECT and TRACE are never \
             granted."
        ));
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server =
        Server::saying("HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n").await;
    let url = server.url();
    let outcome = Client::granted(&[&url]).fetch(json!([{ "url": url }])).await;
    assert_eq!(outcome.responses[0]["status"], 302);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_that_is_followed_is_checked_again() {
    let secret = Server::saying(&ok("what only this machine may read")).await;
    let to = secret.url();
    let server = Server::saying(&format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}/\r\ncontent-length: 0\r\n\r\n"
    ))
    .await;
    let world =
        || World::default().name("shop.example", &[&[PUBLIC]]).way(PUBLIC, Way::To(server.address));
    let request = json!([{ "url": "http://shop.example/", "follow": true }]);

    let client = Client::granted(&["http://shop.example"]).within(world());
    let outcome = client.fetch(request.clone()).await;
    assert_eq!(outcome.error(0), DENIED);
    outcome.assert_refused(&format!("The request `GET {to}/` was refused: it is not granted."));

    let any = format!("http://*:{}", secret.address.port());
    let client = Client::granted(&["http://shop.example", &any]).within(world());
    let outcome = client.fetch(request).await;
    assert_eq!(outcome.error(0), "ErrorCode::DestinationIpProhibited");
    outcome.assert_refused(&format!(
        "The request `GET {to}/` was refused: its host is 127.0.0.1, which is not public; grant \
         `{to}` itself if that is meant."
    ));
    assert_eq!(client.world.connected(), [PUBLIC]);
    assert!(secret.seen().is_empty());
}

#[tokio::test]
async fn a_call_makes_so_many_requests_and_no_more() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let limits = Limits { http_requests: 2, ..Limits::default() };
    let client = Client::granted(&[&url]).limited(limits);
    let request = json!({ "url": url });
    let outcome = client.fetch(json!([request, request, request])).await;
    assert_eq!((outcome.body(0), outcome.body(1), outcome.error(2)), ("here", "here", DENIED));
    outcome.assert_refused(&format!(
        "The request `GET {url}/` was refused: the call is over its limit of 2 HTTP requests."
    ));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_code() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let server = Server::with(Arc::new(|request: &str| {
        let answer = match request.split(' ').nth(1).unwrap() {
            "/silence" => "",
            "/half-a-head" => "HTTP/1.1 200 OK\r\ncontent-le",
            "/half-a-body" => "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
            _ => "220 mail.example ESMTP\r\n\r\n",
        };
        answer.as_bytes().to_vec()
    }))
    .await;
    let url = server.url();
    let client = Client::granted(&[&closed, &url, "http://unknown.example", "http://far.example"])
        .within(World::default().name("far.example", &[&[PUBLIC]]));
    let outcome = client
        .fetch(json!([
            { "url": closed },
            { "url": "http://unknown.example" },
            { "url": "http://far.example" },
            { "url": format!("{url}/silence") },
            { "url": format!("{url}/half-a-head") },
            { "url": format!("{url}/half-a-body") },
            { "url": format!("{url}/mail") },
        ]))
        .await;
    let expected = [
        "ErrorCode::ConnectionRefused",
        "ErrorCode::DnsError(DnsErrorPayload { rcode: None, info-code: None })",
        "ErrorCode::DestinationIpUnroutable",
        "ErrorCode::HttpResponseIncomplete",
        "ErrorCode::HttpResponseIncomplete",
        "ErrorCode::HttpResponseIncomplete",
        "ErrorCode::HttpProtocolError",
    ];
    for (at, code) in expected.into_iter().enumerate() {
        assert_eq!(outcome.error(at), code, "{at}");
    }
    assert_eq!(outcome.responses[5]["body"], "half");
}
