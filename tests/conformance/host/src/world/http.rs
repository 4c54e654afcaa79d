//! A server for HTTP/1.1 that notes what it is asked, byte for byte, and answers as a case says.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use serde_json::Value;

use super::Watched;
use crate::{case::Response, wire};

/// The server. It ends with the process.
pub(crate) struct Http {
    address: SocketAddr,
    seen: Arc<Watched<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<Value>,
    /// Connections that are open.
    open: usize,
}

impl Http {
    pub(crate) fn open(answers: BTreeMap<String, Response>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let seen: Arc<Watched<Seen>> = Arc::default();
        let (notes, answers) = (Arc::clone(&seen), Arc::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (notes, answers) = (Arc::clone(&notes), Arc::clone(&answers));
                notes.change(|seen| seen.open += 1);
                thread::spawn(move || {
                    // Whoever asked may have heard enough, or never have said it all.
                    let _ = serve(stream, &answers, &notes);
                    notes.change(|seen| seen.open -= 1);
                });
            }
        });
        Ok(Self { address, seen })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests so far that came whole, each with `method`, `path`, `headers` and `body`.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.seen.lock().requests.clone()
    }

    /// Waits for a first request.
    pub(crate) fn wait_for_request(&self, patience: Duration) -> bool {
        self.seen.wait(patience, |seen| !seen.requests.is_empty())
    }

    /// Waits until no connection is open.
    pub(crate) fn wait_until_closed(&self, patience: Duration) -> bool {
        self.seen.wait(patience, |seen| seen.open == 0)
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &BTreeMap<String, Response>,
    notes: &Watched<Seen>,
) -> io::Result<()> {
    let Some(request) = read(&mut stream)? else { return Ok(()) };
    let path = request["path"].as_str().unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let answer = answers.get(path).cloned().unwrap_or_else(here);
    notes.change(|seen| seen.requests.push(request));
    if !answer.silent {
        send(&mut stream, &answer)?;
    }
    // The other side closes it: that it did is what the server saw.
    io::copy(&mut stream, &mut io::sink())?;
    Ok(())
}

/// What is said where a case says nothing.
fn here() -> Response {
    Response { body: "here".to_owned(), ..Response::default() }
}

fn send(stream: &mut TcpStream, answer: &Response) -> io::Result<()> {
    let times = answer.times.unwrap_or(1);
    let mut head = format!(
        "HTTP/1.1 {} As it was told\r\ncontent-length: {}\r\nconnection: close\r\n",
        answer.status.unwrap_or(200),
        answer.body.len() * times
    );
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    for number in 0..answer.more_headers {
        head.push_str(&format!("x-{number}: {number}\r\n"));
    }
    if answer.header_bytes > 0 {
        head.push_str(&format!("x-long: {}\r\n", "x".repeat(answer.header_bytes)));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    for _ in 0..times {
        stream.write_all(answer.body.as_bytes())?;
    }
    stream.flush()
}

/// A whole request; none where the connection ends before.
fn read(stream: &mut TcpStream) -> io::Result<Option<Value>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        if let Some(request) = wire::request(&bytes)? {
            return Ok(Some(request));
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
