//! A server on a loopback port, and a client of it that sends what it is told to, right or wrong.

#![allow(dead_code, reason = "each test uses some of it")]

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use serde_json::Value;
use stepwell_api::{Authentication, Clock, Limits, Server, Service, Stateless};
use stepwell_engine::{
    Attempt, Reporter, TaskEnd, TaskRunner,
    host::{Parts, Settings},
};
use stepwell_interpreter::token;
use stepwell_journal::{Memory, Store};
use stepwell_storage::Buckets;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

pub(crate) struct Host {
    pub(crate) address: String,
}

/// A service that keeps what it is given as long as the test runs, and runs no tasks.
pub(crate) async fn keeping() -> Arc<dyn Service> {
    Arc::new(keeping_with(|_| {}).await)
}

/// The same, whose settings are changed.
pub(crate) async fn keeping_with(change: impl FnOnce(&mut Settings)) -> stepwell_api::Host {
    keeping_in(Arc::new(Memory::default()), change).await
}

/// The same, which keeps executions in this store.
pub(crate) async fn keeping_in(
    store: Arc<dyn Store>,
    change: impl FnOnce(&mut Settings),
) -> stepwell_api::Host {
    let mut settings = Settings::new(token::Key::new([7; 32]));
    change(&mut settings);
    let engine = stepwell_engine::Host::open(Parts {
        store,
        catalog: Arc::new(Memory::default()),
        runner: Arc::new(NoTasks),
        clock: stepwell_engine::Clock::starting_at("2026-11-22T12:00:00Z".parse().unwrap()),
        buckets: Buckets::default(),
        settings,
    });
    stepwell_api::Host::new(engine.await.unwrap())
}

struct NoTasks;

impl TaskRunner for NoTasks {
    fn run(&self, _: Attempt, _: Reporter) -> BoxFuture<'static, TaskEnd> {
        async { TaskEnd::refused("Test.NoTasks", "No tasks are run.") }.boxed()
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In small letters.
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Host {
    /// A server that takes any credentials, as long as the test runs.
    pub(crate) async fn development() -> Self {
        let authentication = Authentication::Development { region: "us-east-1".into() };
        Self::of(Arc::new(Stateless::new(Clock::system())), authentication, Limits::default()).await
    }

    /// A server that keeps what it is given, and takes any credentials, as long as the test runs.
    pub(crate) async fn keeping() -> Self {
        let authentication = Authentication::Development { region: "us-east-1".into() };
        Self::of(keeping().await, authentication, Limits::default()).await
    }

    pub(crate) async fn of(
        service: Arc<dyn Service>,
        authentication: Authentication,
        limits: Limits,
    ) -> Self {
        Self::serving(Server::new(service, authentication, limits)).await
    }

    pub(crate) async fn serving(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            server.run(listener, std::future::pending(), std::future::pending()).await
        });
        Self { address }
    }

    /// Calls an action as a client does, without a signature.
    pub(crate) async fn call(&self, action: &str, params: &Value) -> Answer {
        self.call_target(&format!("AWSStepFunctions.{action}"), params).await
    }

    /// Calls one of Stepwell's own actions.
    pub(crate) async fn call_own(&self, action: &str, params: &Value) -> Answer {
        self.call_target(&format!("Stepwell.{action}"), params).await
    }

    async fn call_target(&self, target: &str, params: &Value) -> Answer {
        let headers = [
            ("x-amz-target", target),
            ("content-type", "application/x-amz-json-1.0"),
            ("authorization", "AWS4-HMAC-SHA256 Credential=111111111111/20261122/us-east-1/states"),
        ];
        self.send("POST /", &headers, &params.to_string()).await
    }

    pub(crate) async fn send(&self, what: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!(
            "{what} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        request += body;
        self.send_raw(request.as_bytes()).await
    }

    pub(crate) async fn send_raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        // A server that refuses a request by its head does not read all of it.
        let _ = stream.write_all(request).await;
        read(&mut stream).await
    }
}

/// What comes until the server closes the connection.
pub(crate) async fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: head.to_lowercase(),
        body: body.to_owned(),
    }
}
