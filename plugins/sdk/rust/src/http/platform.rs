//! Requests over `wasi:http`.

use std::io::{Read as _, Write as _};

use wasip2::{
    clocks::monotonic_clock,
    http::{
        outgoing_handler,
        types::{
            ErrorCode, Fields, HeaderError, IncomingBody, IncomingResponse, Method, OutgoingBody,
            OutgoingRequest, RequestOptions, Scheme,
        },
    },
    io::poll::{self, Pollable},
};

use super::{Error, Request, Response, Target};

pub(super) fn send(request: &Request, target: &Target<'_>) -> Result<Response, Error> {
    let outgoing = outgoing(request, target)?;
    // What cannot be set is not supported, and the host has limits of its own then.
    let options = RequestOptions::new();
    let timeout = u64::try_from(request.timeout.as_nanos()).unwrap_or(u64::MAX);
    let _ = options.set_connect_timeout(Some(timeout));
    let _ = options.set_first_byte_timeout(Some(timeout));
    let _ = options.set_between_bytes_timeout(Some(timeout));

    let body = outgoing.body().map_err(|()| broken("the request has no body to write to"))?;
    let pending = outgoing_handler::handle(outgoing, Some(options)).map_err(failed)?;
    // The server's answer counts, not whether the whole body was written: the host closes the body
    // as soon as the server has what it wants of it.
    let written = write(body, &request.body);
    wait(&pending.subscribe(), request)?;
    match pending.get() {
        Some(Ok(Ok(response))) => read(response, request),
        Some(Ok(Err(code))) => Err(failed(code)),
        Some(Err(())) | None => {
            Err(written.err().unwrap_or_else(|| broken("the host gave no answer")))
        }
    }
}

fn outgoing(request: &Request, target: &Target<'_>) -> Result<OutgoingRequest, Error> {
    let fields: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect();
    let headers = Fields::from_list(&fields).map_err(|error| match error {
        HeaderError::InvalidSyntax => {
            Error::Invalid("a header field has characters it may not have".into())
        }
        HeaderError::Forbidden => Error::Invalid("a header field is the host's to set".into()),
        HeaderError::Immutable => broken("the header fields cannot be set"),
    })?;
    if !request.body.is_empty() && request.headers.iter().all(|(name, _)| !is_length(name)) {
        let length = request.body.len().to_string();
        // Where the host sets it itself that is as good.
        let _ = headers.append("content-length", length.as_bytes());
    }
    let outgoing = OutgoingRequest::new(headers);
    let scheme = if target.is_https { Scheme::Https } else { Scheme::Http };
    outgoing
        .set_method(&method(&request.method))
        .map_err(|()| Error::Invalid(format!("{:?} is no method", request.method)))?;
    outgoing
        .set_scheme(Some(&scheme))
        .and_then(|()| outgoing.set_authority(Some(target.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&target.path_with_query)))
        .map_err(|()| Error::Invalid(format!("{:?} is no URL", request.url)))?;
    Ok(outgoing)
}

fn is_length(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding")
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), Error> {
    let unwritten = || broken("the request could not be written");
    if !bytes.is_empty() {
        // It is not flushed: that does nothing, and fails where the host has closed the body since it
        // has as many bytes as `content-length` says.
        let mut stream = body.write().map_err(|()| unwritten())?;
        stream.write_all(bytes).map_err(|_| unwritten())?;
    }
    OutgoingBody::finish(body, None).map_err(failed)
}

fn read(response: IncomingResponse, request: &Request) -> Result<Response, Error> {
    let status = response.status();
    let headers = response.headers().entries();
    let incoming = response.consume().map_err(|()| broken("the answer has no body to read"))?;
    let mut body = Vec::new();
    let mut stream = incoming.stream().map_err(|()| broken("the answer has no body to read"))?;
    stream.read_to_end(&mut body).map_err(|error| broken(&error.to_string()))?;
    drop(stream);
    let trailers = IncomingBody::finish(incoming);
    wait(&trailers.subscribe(), request)?;
    // What broke the answer off shows here.
    match trailers.get() {
        Some(Ok(Err(code))) => Err(failed(code)),
        _ => Ok(Response { status, headers, body }),
    }
}

/// Waits until it is ready. The host's own limits end the wait as a rule; it may have none.
fn wait(ready: &Pollable, request: &Request) -> Result<(), Error> {
    let twice = request.timeout.saturating_mul(2);
    let late =
        monotonic_clock::subscribe_duration(u64::try_from(twice.as_nanos()).unwrap_or(u64::MAX));
    poll::poll(&[ready, &late]);
    if ready.ready() {
        Ok(())
    } else {
        Err(Error::TimedOut(format!("within {:?}", request.timeout)))
    }
}

fn failed(code: ErrorCode) -> Error {
    let text = code.to_string();
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Error::Refused(text),
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => Error::TimedOut(text),
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_) => Error::Unreachable(text),
        ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong => Error::Invalid(text),
        ErrorCode::HttpRequestBodySize(_) | ErrorCode::HttpResponseBodySize(_) => {
            Error::TooLarge(text)
        }
        _ => Error::Broken(text),
    }
}

fn broken(text: &str) -> Error {
    Error::Broken(text.to_owned())
}
