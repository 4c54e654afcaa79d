//! Servers on loopback: moto, and one that says what it is told to.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A moto server, which ends when this is dropped.
pub(crate) struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    /// Starts one. None where moto is not installed, which `STEPWELL_REQUIRE_TOOLS` forbids.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Option<Self> {
        let installed = || {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
            let file = PathBuf::from(root).join("target/services/venv/bin/moto_server");
            file.is_file().then_some(file)
        };
        let Some(program) = env::var_os("STEPWELL_MOTO").map(PathBuf::from).or_else(installed)
        else {
            assert!(env::var_os("STEPWELL_REQUIRE_TOOLS").is_none(), "moto is not installed");
            eprintln!("skipped: moto is not installed; `cargo xtask test` does it");
            return None;
        };
        let mut child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .envs(variables.iter().copied())
            // Nothing of the machine's own account.
            .env_remove("AWS_PROFILE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix(" * Running on ").map(str::to_owned))
            .expect("moto says where it is");
        // It stops where nobody reads what it says.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, url: url.trim_end_matches('/').to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What IAM answers to a form: no plugin calls it.
    pub(crate) async fn ask_iam(&self, form: &str) -> String {
        let headers = "content-type: application/x-www-form-urlencoded\r\nauthorization: \
                       AWS4-HMAC-SHA256 Credential=AKID/20261130/us-east-1/iam/aws4_request, \
                       SignedHeaders=host, Signature=0";
        self.post("/", headers, form).await
    }

    /// Sets how moto itself works.
    pub(crate) async fn configure(&self, config: &str) {
        self.post("/moto-api/config", "content-type: application/json", config).await;
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let is_good = ["HTTP/1.1 200", "HTTP/1.1 201"].iter().any(|good| answer.starts_with(good));
        assert!(is_good, "{answer}");
        answer
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that answers each request with the same bytes; with none it never answers.
pub(crate) struct Scripted {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (notes, answer) = (Arc::clone(&seen), answer.into());
        tokio::spawn(async move {
            // Connections that get no answer stay open.
            let mut silent = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = request(&mut stream).await;
                notes.lock().unwrap().push(request);
                if answer.is_empty() {
                    silent.push(stream);
                    continue;
                }
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, seen }
    }

    /// One that answers with a status, header lines and a body.
    pub(crate) async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        Self::saying(answer).await
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// All requests so far, with their bodies.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text.into_owned();
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
    }
}
