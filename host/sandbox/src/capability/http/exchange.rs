//! One request and its answer, over a connection of their own.

use std::{error::Error as _, io, net::IpAddr, sync::Arc, time::Duration};

use http::{HeaderMap, Request, header::CONTENT_LENGTH};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use tokio::time::timeout;
use wasmtime_wasi::runtime;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, io::TokioIo};

use super::{
    Answer, Subject,
    answers::{Answers, answered},
    body::{self, Bounded, Of},
    connector::{Connector, Reach},
    url::Url,
};
use crate::calls::Pending;

/// How long it may take to resolve a name and to connect, where the guest says nothing else.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes of the head of a response.
const HEAD: usize = 64 << 10;
/// Headers of a response.
const HEADERS: usize = 100;

/// A request that was checked.
pub(super) struct Exchange {
    /// As it is sent.
    pub(super) request: Request<WasiBody>,
    pub(super) url: Url,
    pub(super) reach: Reach,
    /// Addresses that are granted themselves, for the same request.
    pub(super) granted: Vec<IpAddr>,
    pub(super) options: RequestOptions,
    /// Bytes of each of the two bodies.
    pub(super) limit: u64,
    pub(super) connector: Arc<Connector>,
    /// Who answers in the place of the network.
    pub(super) answers: Option<Arc<dyn Answers>>,
    pub(super) subject: Subject,
    /// The call of the guest, until it is made.
    pub(super) call: Option<Pending>,
}

impl Exchange {
    /// Sends the request and waits for the head of the answer. Whoever drops this, or what it
    /// gives, ends the connection.
    pub(super) async fn run(mut self) -> Answer {
        let call = self.call.take();
        let answer = self.send().await;
        let Some(call) = call else { return answer };
        match &answer {
            Ok((answer, _)) => call.end(answer.status().as_str()),
            Err(error) => call.end(error.to_string()),
        }
        answer
    }

    async fn send(self) -> Answer {
        let Self { request, url, reach, granted, options, limit, connector, .. } = self;
        let (answers, subject) = (self.answers, self.subject);
        if announced(&request).is_some_and(|length| length > limit) {
            return Err(body::over(Of::Request, limit, &subject));
        }
        let request = request.map(|body| Bounded::new(body, Of::Request, limit, subject.clone()));
        if let Some(answers) = answers {
            return answered(&*answers, url, request, limit, subject).await;
        }
        let connecting = connector.connect(&url, reach, &granted, &subject);
        let stream = timeout(options.connect_timeout.unwrap_or(CONNECT), connecting)
            .await
            .map_err(|_| Error::ConnectionTimeout)??;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD)
            .max_headers(HEADERS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(&error))?;
        // Its failures are those of the answer and its body, and are told there.
        let connection = runtime::spawn(async move { drop(connection.await) });
        let answer = sender.send_request(request);
        let answer = match options.first_byte_timeout {
            Some(patience) => {
                timeout(patience, answer).await.map_err(|_| Error::ConnectionReadTimeout)?
            }
            None => answer.await,
        };
        let answer = answer.map_err(|error| broken(&error))?;
        // The buffer of a connection may grow to twice what it should.
        check_head(answer.headers())?;
        let answer = answer.map(|body| {
            let body = body.map_err(|error| broken(&error));
            Bounded::new(body, Of::Response, limit, subject)
                .with_patience(options.between_bytes_timeout)
                .boxed_unsync()
        });
        let work = async move {
            connection.await;
            Ok(())
        };
        Ok((answer, Box::new(work)))
    }
}

/// The length that a request says its body has.
fn announced(request: &Request<WasiBody>) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the headers of a response are within their limits.
pub(super) fn check_head(headers: &HeaderMap) -> Result<(), Error> {
    match headers.len() > HEADERS || head_bytes(headers) > HEAD {
        true => Err(Error::HttpResponseHeaderSectionSize(None)),
        false => Ok(()),
    }
}

/// Bytes that headers take, with what is between and after them.
fn head_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

/// What broke an exchange.
fn broken(error: &hyper::Error) -> Error {
    // The guest's own body, which was over its limit.
    if let Some(Error::HttpRequestBodySize(size)) = error.source().and_then(|e| e.downcast_ref()) {
        return Error::HttpRequestBodySize(*size);
    }
    if error.is_parse_too_large() {
        return Error::HttpResponseHeaderSectionSize(None);
    }
    if error.is_parse() {
        return Error::HttpProtocolError;
    }
    if error.is_incomplete_message() || error.is_body_write_aborted() {
        return Error::HttpResponseIncomplete;
    }
    if error.is_closed() || error.is_canceled() {
        return Error::ConnectionTerminated;
    }
    match error.source().and_then(|error| error.downcast_ref::<io::Error>()) {
        Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::HttpResponseIncomplete
        }
        Some(_) => Error::ConnectionTerminated,
        None => Error::HttpProtocolError,
    }
}
