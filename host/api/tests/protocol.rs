//! The protocol, over a loopback port.

mod client;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use client::{Host, read};
use serde_json::json;
use stepwell_api::{
    Authentication, Caller, Clock, Error, Limits, Server, Service, Stateless,
    action::{Empty, activities::DeleteActivity},
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
};

const TARGET: (&str, &str) = ("x-amz-target", "AWSStepFunctions.ValidateStateMachineDefinition");
const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");

#[tokio::test]
async fn answers_are_json_with_an_id() {
    let host = Host::development().await;
    let answer = host.call("ValidateStateMachineDefinition", &json!({ "definition": "{}" })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["result"], "FAIL");
    assert!(answer.headers.contains("content-type: application/x-amz-json-1.0"));
    assert!(answer.headers.contains("x-amzn-requestid: "));
    assert!(!answer.headers.contains("access-control"));
}

#[tokio::test]
async fn errors_have_a_type_and_a_message() {
    let host = Host::development().await;
    let answer = host.call("ValidateStateMachineDefinition", &json!({})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({
            "__type": "com.amazon.coral.validate#ValidationException",
            "message": "1 validation error detected: Value null at 'definition' failed to satisfy \
                constraint: Member must not be null",
        })
    );
    let answer = host.send("POST /", &[TARGET, JSON], "{").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["__type"], "com.amazon.coral.service#SerializationException");
    assert!(answer.headers.contains("x-amzn-requestid: "));
}

#[tokio::test]
async fn what_is_no_action_is_unknown() {
    let host = Host::development().await;
    let unknown = "com.amazon.coral.service#UnknownOperationException";
    for (action, status) in [("Nonsense", 400), ("ListActivities", 400)] {
        let answer = host.call(action, &json!({})).await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (status, Some(unknown)));
    }
    let text = ("content-type", "text/plain");
    for (what, headers) in [
        ("GET /", &[TARGET, JSON][..]),
        ("POST /other", &[TARGET, JSON]),
        ("POST /", &[JSON]),
        ("POST /", &[TARGET]),
        ("POST /", &[TARGET, text]),
    ] {
        let answer = host.send(what, headers, "{}").await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (404, Some(unknown)));
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let host = Host::development().await;
    let message = "HTTP content length exceeded 1049600 bytes.";
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-amz-target: \
        AWSStepFunctions.ListActivities\r\ncontent-type: application/x-amz-json-1.0\r\n";
    // By what it says of itself, before any of it is sent.
    let mut stream = TcpStream::connect(&host.address).await.unwrap();
    stream.write_all(format!("{head}content-length: 1049601\r\n\r\n").as_bytes()).await.unwrap();
    let answer = read(&mut stream).await;
    assert_eq!((answer.status, answer.json()["message"].as_str()), (413, Some(message)));
    // By what comes.
    let limits = Limits { body: 10, ..Limits::default() };
    let service = Arc::new(Stateless::new(Clock::system()));
    let host = Host::of(service, development(), limits).await;
    let mut stream = TcpStream::connect(&host.address).await.unwrap();
    let chunked =
        format!("{head}transfer-encoding: chunked\r\n\r\nb\r\n{{         }}\r\n0\r\n\r\n");
    stream.write_all(chunked.as_bytes()).await.unwrap();
    let answer = read(&mut stream).await;
    let message = "HTTP content length exceeded 10 bytes.";
    assert_eq!((answer.status, answer.json()["message"].as_str()), (413, Some(message)));
}

#[tokio::test]
async fn what_does_not_come_is_not_waited_for() {
    let limits = Limits { body_time: Duration::ZERO, ..Limits::default() };
    let service = Arc::new(Stateless::new(Clock::system()));
    let host = Host::of(service, development(), limits).await;
    let mut stream = TcpStream::connect(&host.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-amz-target: \
        AWSStepFunctions.ListActivities\r\ncontent-type: application/x-amz-json-1.0\r\n\
        content-length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read(&mut stream).await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.json()["message"], "The request body was not received in time");
}

fn development() -> Authentication {
    Authentication::Development { region: "us-east-1".into() }
}

/// Answers when it is let.
#[derive(Default)]
struct Slow {
    begun: Notify,
    end: Notify,
}

#[async_trait]
impl Service for Slow {
    fn is_ready(&self) -> bool {
        false
    }

    async fn delete_activity(&self, _: &Caller, _: DeleteActivity) -> Result<Empty, Error> {
        self.begun.notify_one();
        self.end.notified().await;
        Ok(Empty {})
    }
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let host = Host::development().await;
    assert_eq!(host.send("GET /health", &[], "").await.status, 200);
    assert_eq!(host.send("GET /ready", &[], "").await.status, 200);
    let host = Host::of(Arc::new(Slow::default()), development(), Limits::default()).await;
    assert_eq!(host.send("GET /health", &[], "").await.status, 200);
    assert_eq!(host.send("GET /ready", &[], "").await.status, 503);
}

/// Shuts down while a request is under way; whether the grace is over before it is.
async fn shut_down(hurry: bool) -> Option<u16> {
    let service = Arc::new(Slow::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host { address: listener.local_addr().unwrap().to_string() };
    let server = Server::new(service.clone(), development(), Limits::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let (over, grace) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        server.run(listener, stopped, async { drop(grace.await) }).await
    });
    let client = tokio::spawn(async move {
        let arn = "arn:aws:states:us-east-1:111111111111:activity:a";
        host.call("DeleteActivity", &json!({ "activityArn": arn })).await.status
    });
    service.begun.notified().await;
    stop.send(()).unwrap();
    if hurry {
        over.send(()).unwrap();
        running.await.unwrap().unwrap();
        client.abort();
        return None;
    }
    service.end.notify_one();
    let status = client.await.unwrap();
    running.await.unwrap().unwrap();
    drop(over);
    Some(status)
}

#[tokio::test]
async fn what_has_begun_is_answered_before_the_end() {
    assert_eq!(shut_down(false).await, Some(200));
}

#[tokio::test]
async fn the_end_comes_when_the_grace_is_over() {
    assert_eq!(shut_down(true).await, None);
}
