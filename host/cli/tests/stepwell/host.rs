//! A host as a process of its own, and the command that drives it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Stdio},
    time::SystemTime,
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};

use super::*;

/// A host that runs until the test ends.
pub(crate) struct Host {
    process: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    pub(crate) address: String,
}

impl Host {
    /// Starts `stepwell dev` in a directory, and waits until it is ready.
    pub(crate) fn dev(directory: &Path, more: &[&str]) -> Self {
        Self::start(directory, "dev", &[&["--port", "0"], more].concat())
    }

    /// Starts `stepwell serve` in a directory, and waits until it is ready.
    pub(crate) fn serve(directory: &Path, more: &[&str]) -> Self {
        Self::start(directory, "serve", more)
    }

    fn start(directory: &Path, command: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_stepwell"))
            .arg(command)
            .args(arguments)
            .current_dir(directory)
            .env("NO_COLOR", "1")
            .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.strip_prefix(&format!("stepwell {command} is ready at http://"));
        let address = address.unwrap_or_else(|| panic!("{line}")).trim_end().to_owned();
        Self { process, stdout, stderr, address }
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the next line on standard error.
    pub(crate) fn logged(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Waits for a line on standard error that has these words.
    pub(crate) fn log_until(&mut self, words: &str) {
        loop {
            let line = self.logged();
            assert!(!line.is_empty(), "the host stopped, and never said: {words}");
            if line.contains(words) {
                return;
            }
        }
    }

    /// Calls an action; the status, and the answer.
    pub(crate) fn call(&self, action: &str, request: &Value) -> (u16, Value) {
        self.call_as("123456789012", action, request)
    }

    pub(crate) fn call_as(&self, account: &str, action: &str, request: &Value) -> (u16, Value) {
        self.call_target(account, &format!("AWSStepFunctions.{action}"), request)
    }

    /// Calls one of Stepwell's own actions, which is to succeed.
    pub(crate) fn own(&self, account: &str, action: &str, request: &Value) -> Value {
        let (status, answer) = self.call_target(account, &format!("Stepwell.{action}"), request);
        assert_eq!(status, 200, "{action}: {answer}");
        answer
    }

    pub(crate) fn call_target(&self, account: &str, target: &str, request: &Value) -> (u16, Value) {
        let credentials =
            format!("AWS4-HMAC-SHA256 Credential={account}/20261122/us-east-1/states");
        let headers = [("x-amz-target", target), ("authorization", &credentials)];
        self.send(&headers, &request.to_string())
    }

    /// Calls an action, signed with an access key and its secret.
    pub(crate) fn call_signed(
        &self,
        (id, secret): &(String, String),
        target: &str,
        request: &Value,
    ) -> (u16, Value) {
        let identity = Credentials::new(id, secret, None, None, "test").into();
        let signing = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("states")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let (uri, body) = (format!("http://{}/", self.address), request.to_string());
        let headers = [("host", &*self.address), ("x-amz-target", target)];
        let bytes = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", &uri, headers.into_iter(), bytes).unwrap();
        let (added, _) = sign(signable, &signing).unwrap().into_parts().0.into_parts();
        let added = added.iter().map(|header| (header.name(), header.value()));
        let headers: Vec<_> = added.chain([("x-amz-target", target)]).collect();
        self.send(&headers, &body)
    }

    fn send(&self, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\
             content-type: application/x-amz-json-1.0\r\n{}\r\n{body}",
            self.address,
            body.len(),
            headers.collect::<String>()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Tells the host to stop; how it ended, and what more it printed.
    pub(crate) fn stop(self) -> (Option<i32>, String) {
        let (code, mut rest) = self.stop_as_printed();
        // The second line says where the console is, or why there is none.
        if rest.starts_with("the console ") {
            rest = rest.split_once('\n').unwrap_or_default().1.to_owned();
        }
        (code, rest)
    }

    /// Tells the host to stop; how it ended, and all that it printed after the first line.
    pub(crate) fn stop_as_printed(mut self) -> (Option<i32>, String) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.process.wait().unwrap().code(), rest)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command with a host, and no credentials but these.
pub(crate) fn client(endpoint: &str, credentials: &[(&str, &str)], arguments: &[&str]) -> Output {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_stepwell"));
    for variable in ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"] {
        command.env_remove(variable);
    }
    command
        .args(arguments)
        .env("HOME", nowhere.path())
        .env("NO_COLOR", "1")
        .env("STEPWELL_ENDPOINT", endpoint)
        .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"))
        .envs(credentials.iter().copied())
        .output()
        .unwrap()
}
