//! Requests of HTTP/1, as a server gets them.

use std::io;

use serde_json::{Value, json};

/// Headers of a request; more are a mistake of a case.
const HEADERS: usize = 100;

/// The request that the bytes begin with, once it is all there: an object with `method`, `path`,
/// `version` (the second number of HTTP/1), `headers` by name in small letters, and `body`.
///
/// # Errors
///
/// Where they are no request.
pub fn request(bytes: &[u8]) -> io::Result<Option<Value>> {
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
        Some(length) => match rest.get(..length) {
            Some(body) => body.to_vec(),
            None => return Ok(None),
        },
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
    fn a_request_is_read_once_it_is_request() {
        let text = "POST /a?b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\n\
                    content-length: 4\r\n\r\nbody";
        for end in 0..text.len() {
            assert_eq!(request(&text.as_bytes()[..end]).unwrap(), None, "{end}");
        }
        assert_eq!(
            request(text.as_bytes()).unwrap().unwrap(),
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
