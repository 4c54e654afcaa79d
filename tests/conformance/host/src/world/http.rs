//! A server for HTTP/1.1 that notes what it is asked, byte for byte, and answers as a case says.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::Watched;
use crate::case::Response;

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

/// Headers of a request; more are a mistake of a case.
const HEADERS: usize = 100;

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
        if let Some(request) = whole(&bytes)? {
            return Ok(Some(request));
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// The request that the bytes are, once they are all there.
fn whole(bytes: &[u8]) -> io::Result<Option<Value>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let parsed = request.parse(bytes).map_err(io::Error::other)?;
    let httparse::Status::Complete(end) = parsed else { return Ok(None) };
    let mut fields = serde_json::Map::new();
    for header in request.headers.iter() {
        let value = String::from_utf8_lossy(header.value).into_owned();
        // Several of a name are one, as HTTP has it.
        let field = fields.entry(header.name.to_ascii_lowercase()).or_insert_with(|| json!(""));
        *field = match field.as_str() {
            Some("") | None => json!(value),
            Some(before) => json!(format!("{before}, {value}")),
        };
    }
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    let rest = &bytes[end..];
    let body = match field("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if rest.len() < length => return Ok(None),
        Some(length) => rest[..length].to_vec(),
        None if field("transfer-encoding") == Some("chunked") => match unchunked(rest)? {
            Some(body) => body,
            None => return Ok(None),
        },
        None => Vec::new(),
    };
    Ok(Some(json!({
        "method": request.method,
        "path": request.path,
        "version": request.version,
        "headers": fields,
        "body": String::from_utf8_lossy(&body),
    })))
}

/// A body that comes in chunks, once they are all there.
fn unchunked(mut rest: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let size = httparse::parse_chunk_size(rest)
            .map_err(|_| io::Error::other("the body is not in chunks"))?;
        let httparse::Status::Complete((begin, size)) = size else { return Ok(None) };
        let end = usize::try_from(size).ok().and_then(|size| begin.checked_add(size));
        let Some(chunk) = end.and_then(|end| rest.get(begin..end)) else { return Ok(None) };
        if size == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(chunk);
        // Each ends with a line's end.
        let Some(next) = rest.get(begin + chunk.len() + 2..) else { return Ok(None) };
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_once_it_is_whole() {
        let text = "POST /a?b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\n\
                    content-length: 4\r\n\r\nbody";
        for end in 0..text.len() {
            assert_eq!(whole(&text.as_bytes()[..end]).unwrap(), None, "{end}");
        }
        assert_eq!(
            whole(text.as_bytes()).unwrap().unwrap(),
            json!({
                "method": "POST",
                "path": "/a?b",
                "version": 1,
                "headers": { "host": "h", "x-one": "1, 2", "content-length": "4" },
                "body": "body",
            })
        );
    }

    #[test]
    fn chunks_are_put_together() {
        let text = b"4\r\nbody\r\n3\r\n of\r\n0\r\n\r\n";
        for end in 0..text.len() - 2 {
            assert_eq!(unchunked(&text[..end]).unwrap(), None, "{end}");
        }
        assert_eq!(unchunked(text).unwrap().unwrap(), b"body of");
        unchunked(b"x\r\n").unwrap_err();
    }
}
