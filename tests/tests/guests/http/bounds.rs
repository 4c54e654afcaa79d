//! How much goes over the wire, and how long it may take.

use serde_json::json;
use stepwell_sandbox::Limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::oneshot,
};

use super::world::{Client, PUBLIC, Server, Way, World, ok};

fn bodies_of(bytes: u64) -> Limits {
    Limits { http_body: bytes, ..Limits::default() }
}

#[tokio::test]
async fn bodies_within_the_limit_pass() {
    let server = Server::saying(&ok(&"y".repeat(10_000))).await;
    let url = server.url();
    let client = Client::granted(&[&url]).limited(bodies_of(10_000));
    let request = json!({ "url": url, "method": "POST", "body": "x", "times": 10_000 });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(outcome.responses[0]["size"], 10_000);
    assert_eq!(outcome.log, "");
}

#[tokio::test]
async fn a_request_that_is_too_long_breaks_off() {
    let server = Server::saying(&ok("")).await;
    let url = server.url();
    let client = Client::granted(&[&url]).limited(bodies_of(9_999));
    let request = json!({ "url": url, "method": "POST", "body": "x".repeat(100), "times": 100 });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(outcome.error(0), "ErrorCode::HttpRequestBodySize(Some(9999))");
    outcome.assert_refused(&format!(
        "The request `POST {url}/` was broken off: its body is over the limit of 9999 bytes."
    ));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_request_that_says_it_is_too_long_is_not_begun() {
    let server = Server::saying(&ok("")).await;
    let url = server.url();
    let client = Client::granted(&[&url]).limited(bodies_of(4));
    let headers = [["content-length", "5"]];
    let request = json!({ "url": url, "method": "POST", "body": "hello", "headers": headers });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(outcome.error(0), "ErrorCode::HttpRequestBodySize(Some(4))");
    assert!(client.world.connected().is_empty());
}

#[tokio::test]
async fn a_response_that_is_too_long_breaks_off() {
    let long = "y".repeat(10_000);
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2710\r\n{long}\r\n0\r\n\r\n");
    let unending = format!("HTTP/1.1 200 OK\r\n\r\n{long}");
    for answer in [ok(&long), chunked, unending] {
        let server = Server::saying(&answer).await;
        let url = server.url();
        let client = Client::granted(&[&url]).limited(bodies_of(9_999));
        let outcome = client.fetch(json!([{ "url": url }])).await;
        assert_eq!(outcome.error(0), "ErrorCode::HttpResponseBodySize(Some(9999))");
        assert_eq!(outcome.responses[0]["status"], 200);
        outcome.assert_refused(&format!(
            "The request `GET {url}/` was broken off: the body of the response is over the limit \
             of 9999 bytes."
        ));
    }
}

#[tokio::test]
async fn a_response_with_too_many_or_too_long_headers_is_none() {
    let long = |bytes| format!("x-long: {}\r\n", "y".repeat(bytes));
    let many = "x-many: y\r\n".repeat(101);
    // The shorter of them fits the buffer that it is read into.
    for headers in [long(1 << 20), long(66 << 10), many] {
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n");
        let server = Server::saying(&answer).await;
        let url = server.url();
        let outcome = Client::granted(&[&url]).fetch(json!([{ "url": url }])).await;
        assert_eq!(outcome.error(0), "ErrorCode::HttpResponseHeaderSectionSize(None)");
    }
}

#[tokio::test]
async fn nobody_waits_for_a_connection_longer_than_the_guest_wants() {
    let world = World::default().name("far.example", &[&[PUBLIC]]).way(PUBLIC, Way::Nowhere);
    let client = Client::granted(&["http://far.example"]).within(world);
    let request = json!({ "url": "http://far.example", "connect-timeout-ms": 1 });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(outcome.error(0), "ErrorCode::ConnectionTimeout");
}

/// A server that says so much, and then nothing more.
struct Stalling {
    url: String,
    /// Once it has said it.
    said: oneshot::Receiver<()>,
    /// Once whoever asked has closed the connection.
    closed: oneshot::Receiver<()>,
}

impl Stalling {
    async fn after(beginning: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (say, said) = oneshot::channel();
        let (close, closed) = oneshot::channel();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let _ = say.send(());
            let mut bytes = [0; 1024];
            while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
            let _ = close.send(());
        });
        Self { url, said, closed }
    }
}

/// The head of a response and less of its body than it says.
const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";

#[tokio::test]
async fn nobody_waits_for_an_answer_longer_than_the_guest_wants() {
    let server = Stalling::after("").await;
    let request = json!({ "url": server.url, "first-byte-timeout-ms": 1 });
    let outcome = Client::granted(&[&server.url]).fetch(json!([request])).await;
    assert_eq!(outcome.error(0), "ErrorCode::ConnectionReadTimeout");
    server.closed.await.unwrap();
}

#[tokio::test]
async fn nobody_waits_for_more_of_it_longer_than_the_guest_wants() {
    let server = Stalling::after(HALF).await;
    let request = json!({ "url": server.url, "between-bytes-timeout-ms": 1 });
    let outcome = Client::granted(&[&server.url]).fetch(json!([request])).await;
    assert_eq!(outcome.error(0), "ErrorCode::ConnectionReadTimeout");
    server.closed.await.unwrap();
}

#[tokio::test]
async fn nothing_goes_on_after_the_call() {
    for beginning in ["", HALF] {
        let Stalling { url, said, closed } = Stalling::after(beginning).await;
        let client = Client::granted(&[&url]);
        let stop = async {
            said.await.unwrap();
            client.stop.cancel();
            closed.await.unwrap();
        };
        let ((result, _), ()) = tokio::join!(client.call(json!([{ "url": url }])), stop);
        assert_eq!(result.unwrap_err().error, "Stepwell.Cancelled");
    }
}
