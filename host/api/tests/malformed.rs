//! Requests that no client would send, or not so: each gets AWS's error, and the host stays up.

mod client;

use std::{sync::Arc, time::Duration};

use client::{Host, read};
use serde_json::json;
use stepwell_api::{Action, Authentication, Clock, Limits, Quota, Server, Stateless, Throttle};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const TARGET: (&str, &str) = ("x-amz-target", "AWSStepFunctions.ValidateStateMachineDefinition");
const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const GOOD: &str = r#"{"definition":"{}"}"#;

fn development() -> Authentication {
    Authentication::Development { region: "us-east-1".into() }
}

async fn limited(limits: Limits) -> Host {
    Host::of(Arc::new(Stateless::new(Clock::system())), development(), limits).await
}

/// The head of a request of the one action, up to its last headers.
fn head() -> String {
    let ((target, action), (type_, json)) = (TARGET, JSON);
    format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{target}: {action}\r\n{type_}: {json}\r\n"
    )
}

async fn stays_up(host: &Host) {
    assert_eq!(host.send("POST /", &[TARGET, JSON], GOOD).await.status, 200);
}

/// Bodies that are JSON, and whose members not all actions have: what one does not know it passes
/// over.
const PASSED_OVER: [&[u8]; 3] = [
    b"{\"definition\":\"{}\",\"maxResults\":99999999999999999999}",
    b"{\"definition\":{}}",
    b"{\"definition\":[\"{}\"]}",
];

/// What is said to be no JSON, or of other types than the model's.
#[tokio::test]
async fn bodies() {
    let host = Host::keeping().await;
    let serialization = "com.amazon.coral.service#SerializationException";
    let deep = "[".repeat(100_000);
    let deep_member = format!(r#"{{"definition":"{{}}","x":{}"#, r#"{"a":"#.repeat(100_000));
    for body in [
        &b"{"[..],
        b"\xff\xfe",
        b"{\"definition\":\"\xc3\x28\"}",
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b"\"text\"",
        b"{} {}",
        b"{\"definition\":\"{}\",\"maxResults\":1e999}",
        b"{\"definition\":\"{}\",\"maxResults\":99999999999999999999}",
        b"{\"definition\":\"{}\",\"maxResults\":-1e400}",
        b"{\"definition\":\"\\ud800\"}",
        b"{\"definition\":\"\n\"}",
        b"{\"definition\":{}}",
        b"{\"definition\":[\"{}\"]}",
        b"{definition:'{}'}",
        b"\0",
        b"a=b&c=d",
        deep.as_bytes(),
        deep_member.as_bytes(),
    ] {
        for (target, passed_over) in [
            (TARGET.1, &PASSED_OVER[..0]),
            ("Stepwell.CheckDefinition", &PASSED_OVER[..1]),
            ("Stepwell.Watch", &PASSED_OVER),
        ] {
            if passed_over.contains(&body) {
                continue;
            }
            let head = head().replace(TARGET.1, target);
            let length = format!("content-length: {}\r\n\r\n", body.len());
            let request = [head.as_bytes(), length.as_bytes(), body].concat();
            let answer = host.send_raw(&request).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert_eq!(answer.status, 400, "{target}: {shown}");
            assert_eq!(answer.json()["__type"], serialization, "{target}: {shown}");
        }
    }
    stays_up(&host).await;
}

#[tokio::test]
async fn of_two_members_of_one_name_the_last_one_counts() {
    let host = Host::development().await;
    let call = async |body| host.send("POST /", &[TARGET, JSON], body).await;
    let answer = call(r#"{"definition":1,"definition":"{}"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = call(r#"{"definition":"{}","definition":1}"#).await;
    assert_eq!(answer.json()["message"], "NUMBER_VALUE can not be converted to a String");
}

#[tokio::test]
async fn bodies_in_chunks() {
    let host = Host::development().await;
    let chunked = async |body: &str| {
        let request = format!("{}transfer-encoding: chunked\r\n\r\n{body}", head());
        host.send_raw(request.as_bytes()).await
    };
    let whole = format!("9\r\n{}\r\na\r\n{}\r\n0\r\nx: y\r\n\r\n", &GOOD[..9], &GOOD[9..]);
    let answer = chunked(&whole).await;
    assert_eq!((answer.status, answer.json()["result"].as_str()), (200, Some("FAIL")));
    for broken in ["x\r\n\r\n", "-1\r\n", "fffffffffffffffff\r\n", "1\r\nab\r\n"] {
        let answer = chunked(broken).await;
        assert_eq!(answer.status, 400, "{broken}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("The body cannot be read: "), "{message}");
    }
    stays_up(&host).await;
}

/// What is no HTTP, or more of it than there may be.
#[tokio::test]
async fn heads() {
    let host = Host::development().await;
    let long = "a".repeat(20_000);
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    for (request, status) in [
        ("\r\n\r\nnonsense\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/9.9\r\n\r\n".to_owned(), 400),
        ("POST\t/ HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("{}content-length: 1\r\ncontent-length: 2\r\n\r\n12", head()), 400),
        (format!("{}content-length: -1\r\n\r\n", head()), 400),
        (format!("{}content-length: 99999999999999999999\r\n\r\n", head()), 400),
        (format!("{}na me: x\r\n\r\n", head()), 400),
        (format!("{}name: \0\r\n\r\n", head()), 400),
        (format!("{}name: {long}\r\n\r\n", head()), 431),
        (format!("{}{many}\r\n", head()), 431),
        (format!("POST /{long} HTTP/1.1\r\n\r\n"), 431),
    ] {
        let shown = request[..request.len().min(200)].to_owned();
        assert_eq!(host.send_raw(request.as_bytes()).await.status, status, "{shown}");
    }
    // TLS, and HTTP/2 without it.
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00\x01"[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(&host.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"));
    }
    stays_up(&host).await;
}

#[tokio::test]
async fn targets_and_types() {
    let host = Host::development().await;
    let unknown = "com.amazon.coral.service#UnknownOperationException";
    for target in ["ListActivities", "AWSStepFunctions.", "AWSStepFunctions.listactivities", "é"] {
        let answer = host.send("POST /", &[("x-amz-target", target), JSON], "{}").await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some(unknown)));
    }
    for type_ in ["application/json", "text/plain", "application/x-www-form-urlencoded", "é", ""] {
        let answer = host.send("POST /", &[TARGET, ("content-type", type_)], GOOD).await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (404, Some(unknown)));
    }
    let with_charset = ("content-type", "Application/X-Amz-Json-1.0; charset=utf-8");
    assert_eq!(host.send("POST /", &[TARGET, with_charset], GOOD).await.status, 200);
}

/// No page of a browser gets to know anything, and none of another host is heard in development.
#[tokio::test]
async fn web_pages() {
    let host = Host::development().await;
    let asked = [
        ("origin", "https://example.com"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-amz-target"),
    ];
    let answer = host.send("OPTIONS /", &asked, "").await;
    assert_eq!(answer.status, 404);
    assert!(!answer.headers.contains("access-control"), "{}", answer.headers);
    for origin in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080"] {
        let answer = host.send("POST /", &[TARGET, JSON, ("origin", origin)], GOOD).await;
        assert_eq!(answer.status, 200, "{origin}");
        assert!(!answer.headers.contains("access-control"), "{}", answer.headers);
    }
    for origin in ["http://example.com", "http://localhost.example.com", "null", "", "é"] {
        let answer = host.send("POST /", &[TARGET, JSON, ("origin", origin)], GOOD).await;
        assert_eq!(
            answer.json(),
            json!({
                "__type": "com.amazon.coral.service#AccessDeniedException",
                "message": "A development server takes no requests of web pages of other hosts",
            }),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let host = limited(Limits { head_time: Duration::from_millis(20), ..Limits::default() }).await;
    for begun in ["", "POST / HTTP/1.1\r\nhost: x\r\nx-"] {
        let mut stream = TcpStream::connect(&host.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"");
    }
}

#[tokio::test]
async fn a_client_that_takes_no_answer_is_not_waited_for() {
    let limits = Limits { write_time: Duration::from_millis(20), ..Limits::default() };
    let server = Server::new(Arc::new(Stateless::new(Clock::system())), development(), limits);
    let (mut client, io) = tokio::io::duplex(64);
    let serving = tokio::spawn(async move { server.connection(io).await });
    client.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // It ends with nobody having read.
    serving.await.unwrap();
    drop(client);
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_one_to_end() {
    let host = limited(Limits { connections: 1, ..Limits::default() }).await;
    let request = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut first = TcpStream::connect(&host.address).await.unwrap();
    let mut answer = [0; 12];
    first.write_all(request.as_bytes()).await.unwrap();
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let mut second = TcpStream::connect(&host.address).await.unwrap();
    second
        .write_all(request.replace("host", "connection: close\r\nhost").as_bytes())
        .await
        .unwrap();
    // The first one is served as long as it asks.
    for _ in 0..3 {
        first.write_all(request.as_bytes()).await.unwrap();
        assert!(first.read(&mut [0; 4096]).await.unwrap() > 0);
        assert!(second.try_read(&mut [0; 1]).is_err());
    }
    drop(first);
    assert_eq!(read(&mut second).await.status, 200);
}

#[tokio::test]
async fn all_bodies_together_are_bounded() {
    let host = limited(Limits { bodies: GOOD.len(), ..Limits::default() }).await;
    let spaces = format!("{GOOD} ");
    for _ in 0..2 {
        stays_up(&host).await;
        let answer = host.send("POST /", &[TARGET, JSON], &spaces).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.json()["message"], "The host receives too much at the moment: try again");
    }
}

#[tokio::test]
async fn requests_over_the_quota_are_refused() {
    let quota = Quota { bucket: 2, refill: 0 };
    let throttle = Throttle::off().with(Action::ValidateStateMachineDefinition, Some(quota));
    let service = Arc::new(Stateless::new(Clock::system()));
    let server = Server::throttled(service, development(), Limits::default(), throttle);
    let host = Host::serving(server).await;
    stays_up(&host).await;
    stays_up(&host).await;
    let answer = host.send("POST /", &[TARGET, JSON], GOOD).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({
            "__type": "com.amazon.coral.availability#ThrottlingException",
            "message": "Rate exceeded",
        })
    );
    // Another account has its own.
    let other = "AWS4-HMAC-SHA256 Credential=222222222222/20261122/us-east-1/states";
    let headers = [TARGET, JSON, ("authorization", other)];
    assert_eq!(host.send("POST /", &headers, GOOD).await.status, 200);
}
