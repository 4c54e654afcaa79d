//! One request and its answer, in the terms of `wasi:http`.

use std::time::Duration;

use wasip2::{
    http::{
        outgoing_handler,
        types::{
            ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody,
            OutgoingRequest, RequestOptions, Scheme, http_error_code,
        },
    },
    io::streams::StreamError,
};

use super::request::{Request, Response, Secret, with_secrets};

/// Bytes that are written or read at once; the host takes no more than this while it is waited for.
const CHUNK: usize = 4096;
/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// Makes the request, and the ones that it is redirected to where it follows them. `secret` is the
/// contract's `secrets.get`.
pub fn fetch(mut request: Request, secret: fn(&str) -> Option<String>) -> Response {
    for _ in 0..REDIRECTS {
        let mut response = Response::default();
        if let Err(error) = exchange(&request, secret, &mut response) {
            response.error = Some(error);
        }
        let location = response.headers.iter().find(|(name, _)| name == "location");
        match location {
            Some((_, location)) if request.follow => request.url.clone_from(location),
            _ => return response,
        }
    }
    Response { error: Some("too many redirects".to_owned()), ..Response::default() }
}

fn exchange(request: &Request, secret: Secret, response: &mut Response) -> Result<(), String> {
    let outgoing = outgoing(request, secret)?;
    let body = match request.body.as_str() {
        "" => None,
        text => Some((outgoing.body().map_err(|()| "body")?, with_secrets(text, secret))),
    };
    let future = outgoing_handler::handle(outgoing, Some(options(request)?)).map_err(code)?;
    let sent = body.map_or(Ok(()), |(body, text)| send(body, &text, request.times));
    future.subscribe().block();
    // The answer says more than a body that nobody took to its end.
    let incoming =
        future.get().ok_or("no answer")?.map_err(|()| "answer taken twice")?.map_err(code)?;
    sent?;
    receive(&incoming, response)
}

fn outgoing(request: &Request, secret: Secret) -> Result<OutgoingRequest, String> {
    let headers = Fields::new();
    for (name, value) in request.all_headers(secret) {
        headers.append(&name, value.as_bytes()).map_err(|error| format!("{error:?}"))?;
    }
    let outgoing = OutgoingRequest::new(headers);
    let (scheme, authority, path) = request.parts();
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    outgoing.set_method(&Method::Other(request.method.clone())).map_err(|()| "method")?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
    outgoing.set_authority(Some(authority)).map_err(|()| "authority")?;
    outgoing.set_path_with_query(Some(&with_secrets(path, secret))).map_err(|()| "path")?;
    Ok(outgoing)
}

fn options(request: &Request) -> Result<RequestOptions, String> {
    let options = RequestOptions::new();
    let nanoseconds = |ms: Option<u64>| Some(Duration::from_millis(ms?).as_nanos() as u64);
    let unsupported = |()| "request options".to_owned();
    options.set_connect_timeout(nanoseconds(request.connect_timeout_ms)).map_err(unsupported)?;
    options
        .set_first_byte_timeout(nanoseconds(request.first_byte_timeout_ms))
        .map_err(unsupported)?;
    options
        .set_between_bytes_timeout(nanoseconds(request.between_bytes_timeout_ms))
        .map_err(unsupported)?;
    Ok(options)
}

fn send(body: OutgoingBody, text: &str, times: usize) -> Result<(), String> {
    let stream = body.write().map_err(|()| "stream")?;
    'all: for _ in 0..times {
        for chunk in text.as_bytes().chunks(CHUNK) {
            match stream.blocking_write_and_flush(chunk) {
                Ok(()) => {}
                // The host closes it as soon as it has as many bytes as `content-length` says.
                Err(StreamError::Closed) => break 'all,
                Err(error) => return Err(stream_error(error)),
            }
        }
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(code)
}

fn receive(incoming: &IncomingResponse, response: &mut Response) -> Result<(), String> {
    response.status = Some(incoming.status());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    response.headers = incoming
        .headers()
        .entries()
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let body = incoming.consume().map_err(|()| "consume")?;
    let stream = body.stream().map_err(|()| "stream")?;
    let mut bytes = Vec::new();
    let end = loop {
        match stream.blocking_read(CHUNK as u64) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => break Ok(()),
            Err(error) => break Err(stream_error(error)),
        }
    };
    response.size = bytes.len();
    // What is long is none of a test's business.
    bytes.truncate(CHUNK);
    response.body = text(&bytes);
    drop(stream);
    drop(IncomingBody::finish(body));
    end
}

fn stream_error(error: StreamError) -> String {
    match error {
        StreamError::Closed => "closed".to_owned(),
        StreamError::LastOperationFailed(error) => {
            http_error_code(&error).map_or_else(|| error.to_debug_string(), code)
        }
    }
}

fn code(code: ErrorCode) -> String {
    format!("{code:?}")
}
