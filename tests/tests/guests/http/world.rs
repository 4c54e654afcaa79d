//! Servers on loopback, a network that leads to them, and the guest that asks for things there.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::Value;
use stepwell_sandbox::{
    Answers, CallInfo, CancellationToken, Done, Grants, Invocation, Limits, Network, Options,
    Sandbox, grants::Spec,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::admit;

/// An address that anybody may have.
pub(crate) const PUBLIC: &str = "9.9.9.9";

/// What a server says to each request, as it is sent.
pub(crate) type Script = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// A server that notes what it is sent, byte for byte.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One that says that to whatever it is asked.
    pub(crate) async fn saying(answer: &str) -> Self {
        let answer = answer.as_bytes().to_vec();
        Self::with(Arc::new(move |_: &str| answer.clone())).await
    }

    pub(crate) async fn with(script: Script) -> Self {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let notes = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, notes) = (Arc::clone(&script), Arc::clone(&notes));
                tokio::spawn(async move { serve(stream, &script, &notes).await });
            }
        });
        Self { address, seen }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads one request, notes it and answers it. A client that goes away midway is not noted.
pub(crate) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Script,
    seen: &Mutex<Vec<String>>,
) {
    let mut bytes = Vec::new();
    let request = loop {
        let text = String::from_utf8_lossy(&bytes);
        if is_whole(&text) {
            break text.into_owned();
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let answer = script(&request);
    seen.lock().unwrap().push(request);
    // Whoever asked may have heard enough.
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    match length {
        Some(length) => body.len() >= length.parse::<usize>().unwrap(),
        None if head.contains("transfer-encoding: chunked") => body.ends_with("0\r\n\r\n"),
        None => true,
    }
}

/// An answer with that body.
pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// What a connection to an address leads to.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    To(SocketAddr),
    /// Nobody ever answers.
    Nowhere,
}

/// A network whose names and public addresses are made up; loopback is what it is.
#[derive(Default)]
pub(crate) struct World {
    names: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    ways: HashMap<IpAddr, Way>,
    resolved: Mutex<Vec<String>>,
    connected: Mutex<Vec<IpAddr>>,
}

impl World {
    /// Each look-up of the name gives the next of these answers, and then the last for ever.
    pub(crate) fn name(self, name: &str, answers: &[&[&str]]) -> Self {
        let answer = |addresses: &&[&str]| addresses.iter().map(|ip| ip.parse().unwrap()).collect();
        let answers = answers.iter().map(answer).collect();
        self.names.lock().unwrap().insert(name.to_owned(), answers);
        self
    }

    pub(crate) fn way(mut self, address: &str, way: Way) -> Self {
        self.ways.insert(address.parse().unwrap(), way);
        self
    }

    /// The names that were looked up, in order.
    pub(crate) fn resolved(&self) -> Vec<String> {
        self.resolved.lock().unwrap().clone()
    }

    /// The addresses that were connected to, in order.
    pub(crate) fn connected(&self) -> Vec<String> {
        self.connected.lock().unwrap().iter().map(IpAddr::to_string).collect()
    }
}

#[async_trait]
impl Network for World {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.resolved.lock().unwrap().push(name.to_owned());
        let mut names = self.names.lock().unwrap();
        let answers = names.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        match answers.len() {
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.pop_front().unwrap()),
        }
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.connected.lock().unwrap().push(address.ip());
        match self.ways.get(&address.ip()) {
            Some(Way::To(server)) => TcpStream::connect(server).await,
            Some(Way::Nowhere) => std::future::pending().await,
            None if address.ip().is_loopback() => TcpStream::connect(address).await,
            None => Err(io::ErrorKind::HostUnreachable.into()),
        }
    }
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) responses: Vec<Value>,
    pub(crate) log: String,
    /// What it did that reaches outside: what was asked for, and what came of it.
    pub(crate) calls: Vec<(String, String)>,
}

impl Outcome {
    /// The error of the request at that place.
    pub(crate) fn error(&self, at: usize) -> &str {
        self.responses[at]["error"].as_str().unwrap_or_else(|| panic!("no error: {self:?}"))
    }

    /// The body of the response at that place, which has no error.
    pub(crate) fn body(&self, at: usize) -> &str {
        assert!(self.responses[at].get("error").is_none(), "{self:?}");
        self.responses[at]["body"].as_str().unwrap_or_default()
    }

    /// Asserts that the log has this refusal and nothing else.
    pub(crate) fn assert_refused(&self, why: &str) {
        assert_eq!(self.log, format!("stepwell: {why}\n"));
    }
}

/// Options of a sandbox for a call or two, which keeps what it has compiled for the next test.
pub(crate) fn options() -> Options {
    let cache = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/stepwell-cache");
    Options { cache_dir: Some(cache.into()), concurrency: 2, ..Options::default() }
}

/// Whoever asks: a network, and what is granted in it.
pub(crate) struct Client {
    pub(crate) world: Arc<World>,
    pub(crate) options: Options,
    pub(crate) spec: Spec,
    /// Who answers in the place of the network.
    pub(crate) answers: Option<Arc<dyn Answers>>,
    pub(crate) limits: Limits,
    pub(crate) stop: CancellationToken,
}

impl Client {
    /// One that is granted requests by these rules.
    pub(crate) fn granted(rules: &[&str]) -> Self {
        Self {
            world: Arc::default(),
            options: options(),
            spec: Spec {
                http: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
                ..Spec::default()
            },
            answers: None,
            limits: Limits::default(),
            stop: CancellationToken::new(),
        }
    }

    pub(crate) fn within(self, world: World) -> Self {
        Self { world: Arc::new(world), ..self }
    }

    pub(crate) fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Has the guest make these requests in one call.
    pub(crate) async fn fetch(&self, requests: Value) -> Outcome {
        let done = self.done(requests).await;
        let responses = serde_json::from_str(&done.result.unwrap()).unwrap();
        let calls = done.calls.first.into_iter().map(|call| (call.what, call.result));
        Outcome { responses, log: done.log.text(), calls: calls.collect() }
    }

    /// The same, where the call itself may fail.
    pub(crate) async fn call(
        &self,
        requests: Value,
    ) -> (Result<String, stepwell_sandbox::Failure>, String) {
        let done = self.done(requests).await;
        (done.result, done.log.text())
    }

    async fn done(&self, requests: Value) -> Done {
        let network: Arc<dyn Network> = self.world.clone();
        let sandbox = Sandbox::with_network(&self.options, network).unwrap();
        let plugin = admit(&sandbox, "http-client").await;
        let mut grants = Grants::open(self.spec.clone()).unwrap();
        if let Some(answers) = &self.answers {
            grants = grants.with_answers(Arc::clone(answers));
        }
        plugin
            .invoke(Invocation {
                task: "fetch",
                input: &requests.to_string(),
                call: CallInfo::default(),
                limits: &self.limits,
                grants: &grants,
                heartbeat: None,
                stop: self.stop.clone(),
            })
            .await
    }
}
