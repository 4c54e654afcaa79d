#![no_main]

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use stepwell_api::{
    Action, Authentication, Clock, Error, Limits, Server, Stateless,
    authentication::{AccessKey, AccessKeys},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

struct Keys;

#[async_trait]
impl AccessKeys for Keys {
    async fn find(&self, _: &str) -> Result<Option<AccessKey>, Error> {
        Ok(Some(AccessKey { account: "111111111111".into(), secret: "secret".into() }))
    }
}

/// One takes any credentials, the other none but those that nobody guesses.
static SERVERS: LazyLock<[Server; 2]> = LazyLock::new(|| {
    let clock = Clock::new(|| jiff::Timestamp::from_second(1_795_348_800).unwrap());
    let region = String::from("us-east-1");
    let limits = Limits { body: 65_536, ..Limits::default() };
    [
        Authentication::Development { region: region.clone() },
        Authentication::Signatures { keys: Arc::new(Keys), region, clock: clock.clone() },
    ]
    .map(|authentication| {
        Server::new(Arc::new(Stateless::new(clock.clone())), authentication, limits)
    })
});

/// What a connection answers to these bytes, of which it has all from the start.
fn answer(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let (mut client, io) = tokio::io::duplex(1 << 20);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        // A state that waits does so at once.
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let talk = async {
            client.write_all(bytes).await.unwrap();
            client.shutdown().await.unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).await.unwrap();
            answer
        };
        let (answer, ()) = tokio::join!(talk, server.connection(io));
        answer
    })
}

/// What follows its first byte is sent as it is, or as headers and, behind an empty line, the body
/// of a request of an action, to one of the servers.
fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let server = &SERVERS[usize::from(how & 1)];
    let request = match how >> 1 {
        0 => rest.to_vec(),
        how => {
            let action = Action::ALL[usize::from(how) % Action::ALL.len()].as_str();
            let end = rest.windows(2).position(|two| two == b"\n\n");
            let (headers, body) = match end {
                Some(end) => (&rest[..end], &rest[end + 2..]),
                None => (&[][..], rest),
            };
            let head = format!(
                "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-amz-target: \
                 AWSStepFunctions.{action}\r\ncontent-type: application/x-amz-json-1.0\r\n\
                 content-length: {}\r\n",
                body.len()
            );
            let mut request = head.into_bytes();
            for line in headers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                request.extend_from_slice(line);
                request.extend_from_slice(b"\r\n");
            }
            request.extend_from_slice(b"\r\n");
            request.extend_from_slice(body);
            request
        }
    };
    let answer = answer(server, &request);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
    // Whatever is asked, the fault is never the host's.
    assert!(!answer.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&answer));
    let shown = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    let head = shown.split("\r\n\r\n").next().unwrap_or_default();
    assert!(!head.contains("access-control"));
    // It stays up.
    let health = answer_of_health(server);
    assert!(health.starts_with(b"HTTP/1.1 200"));
});

fn answer_of_health(server: &Server) -> Vec<u8> {
    answer(server, b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}
