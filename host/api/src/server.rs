//! The protocol AWS JSON 1.0 over HTTP.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>

mod connections;
mod page;
mod stream;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use crate::{
    authentication::Authentication,
    console::{self, Answer},
    constraint,
    error::{Code, Error},
    service::{self, Caller, Service},
    target::Target,
    throttle::Throttle,
};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// What a server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, in bytes: AWS's is a mebibyte and a kibibyte.
    pub body: usize,
    /// How long a client may take to send a body.
    pub body_time: Duration,
    /// How many bytes of bodies there may be at one time. A request that would need more is answered
    /// with ServiceUnavailableException.
    pub bodies: usize,
    /// The largest request line with headers, in bytes, and at least 8 KiB. What is larger is
    /// answered with status 431.
    pub head: usize,
    /// How long a client may take to send the request line and the headers, from the start of the
    /// connection or the end of its last request: a connection that is idle for so long is closed.
    pub head_time: Duration,
    /// How long a client may take to receive any part of an answer.
    pub write_time: Duration,
    /// How many connections there may be at one time.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1_049_600,
            body_time: Duration::from_secs(30),
            bodies: 256 << 20,
            head: 16 << 10,
            head_time: Duration::from_secs(60),
            write_time: Duration::from_secs(30),
            connections: 10_000,
        }
    }
}

/// A server of the API.
///
/// Beside the API, which is `POST /`, it answers `GET /health` as long as it runs, and `GET /ready`
/// with status 200 where the service takes requests, and 503 where it does not, or the server is
/// being shut down; and it serves the files of the console below `/console/`, to which a browser is
/// sent that asks for `/`. These need no credentials. There are no CORS headers, and content types
/// that a browser sends without asking first are refused, so no web page but the console can call
/// the API.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
    /// Whether there is a console.
    page: bool,
}

struct Shared {
    service: Arc<dyn Service>,
    authentication: Authentication,
    limits: Limits,
    throttle: Throttle,
    /// A permit for each byte of a body that there may be.
    bodies: Arc<Semaphore>,
    /// Whether the server is being shut down.
    closing: watch::Sender<bool>,
}

impl Server {
    /// A server of a service that takes as many requests as come.
    pub fn new(service: Arc<dyn Service>, authentication: Authentication, limits: Limits) -> Self {
        Self::throttled(service, authentication, limits, Throttle::off())
    }

    /// A server of a service that takes an account's requests at these rates.
    pub fn throttled(
        service: Arc<dyn Service>,
        authentication: Authentication,
        limits: Limits,
        throttle: Throttle,
    ) -> Self {
        let bodies = Arc::new(Semaphore::new(limits.bodies.min(Semaphore::MAX_PERMITS)));
        let closing = watch::Sender::new(false);
        let shared = Shared { service, authentication, limits, throttle, bodies, closing };
        Self { shared: Arc::new(shared), page: true }
    }

    /// Without the console's files. The actions that it asks are there all the same.
    #[must_use]
    pub fn without_page(self) -> Self {
        Self { page: false, ..self }
    }

    /// The server as a tower service, for a listener of one's own.
    pub fn router(&self) -> Router {
        let router = Router::new()
            .route("/health", get(async || "ok\n"))
            .route("/ready", get(ready))
            .route("/", any(call));
        let router = if self.page { router.merge(page::router()) } else { router };
        router.fallback(async || not_found(&Uuid::new_v4().to_string())).with_state(self.clone())
    }

    /// Answers one call.
    async fn call(&self, request: Request, request_id: &str) -> Result<Answer, Refused> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST || !is_json(&parts.headers) {
            return Err(Refused::NotFound);
        }
        let target = parts.headers.get("x-amz-target").ok_or(Refused::NotFound)?;
        let target =
            target.to_str().ok().and_then(Target::parse).ok_or_else(service::unknown_operation)?;
        // Before there is a body: nobody fills the memory without a key.
        let claim = self.shared.authentication.claim(&parts).await?;
        // What counts the bytes lives as long as they do.
        let (body, _counted) = self.read(&parts.headers, body).await?;
        let identity = claim.verify(&parts, &body)?;
        self.shared.throttle.admit(&identity.account, target)?;
        let caller = Caller {
            account: identity.account,
            region: identity.region,
            request_id: request_id.to_owned(),
        };
        let service = &*self.shared.service;
        Ok(match target {
            Target::Aws(action) => {
                Answer::Whole(service::dispatch(service, &caller, action, &body).await?)
            }
            Target::Own(action) => {
                let console = service.console().ok_or_else(service::unknown_operation)?;
                console::dispatch(console, &caller, action, &body).await?
            }
        })
    }

    async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refused> {
        let limit = self.shared.limits.body;
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse::<u64>().ok());
        if announced.is_some_and(|length| usize::try_from(length).is_ok_and(|it| it > limit)) {
            return Err(Refused::TooLarge(limit));
        }
        tokio::time::timeout(self.shared.limits.body_time, self.collect(body)).await.unwrap_or_else(
            |_| {
                Err(Refused::Error(Error::new(
                    Code::RequestTimeoutException,
                    "The request body was not received in time",
                )))
            },
        )
    }

    /// The body, and the permit for its bytes.
    async fn collect(
        &self,
        mut body: Body,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refused> {
        let limit = self.shared.limits.body;
        let mut bytes = BytesMut::new();
        let mut counted: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                constraint::serialization(format!("The body cannot be read: {error}"))
            })?;
            // Trailers say nothing.
            let Ok(data) = frame.into_data() else { continue };
            if data.len() > limit.saturating_sub(bytes.len()) {
                return Err(Refused::TooLarge(limit));
            }
            let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
            let more =
                Arc::clone(&self.shared.bodies).try_acquire_many_owned(count).map_err(|_| {
                    Error::new(
                        Code::ServiceUnavailableException,
                        "The host receives too much at the moment: try again",
                    )
                })?;
            match &mut counted {
                Some(counted) => counted.merge(more),
                None => counted = Some(more),
            }
            bytes.extend_from_slice(&data);
        }
        Ok((bytes.freeze(), counted))
    }
}

/// Why a call has no answer.
enum Refused {
    Error(Error),
    /// It is none of this API.
    NotFound,
    /// Its body is larger than this.
    TooLarge(usize),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

async fn ready(State(server): State<Server>) -> Response {
    if *server.shared.closing.borrow() || !server.shared.service.is_ready() {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    } else {
        "ready\n".into_response()
    }
}

async fn call(State(server): State<Server>, request: Request) -> Response {
    if server.page && page::is_browser(request.method(), request.headers()) {
        return page::redirect();
    }
    let id = Uuid::new_v4().to_string();
    match server.call(request, &id).await {
        Ok(Answer::Whole(body)) => respond(StatusCode::OK, &id, body),
        Ok(Answer::Updates(updates)) => {
            stream::respond(updates, server.shared.closing.subscribe(), &id)
        }
        Err(Refused::Error(error)) => {
            respond(error.code.status(), &id, error.to_json().to_string())
        }
        Err(Refused::NotFound) => not_found(&id),
        // AWS's front end answers this, without a type.
        Err(Refused::TooLarge(limit)) => {
            let message = format!("HTTP content length exceeded {limit} bytes.");
            let body = serde_json::json!({ "message": message }).to_string();
            respond(StatusCode::PAYLOAD_TOO_LARGE, &id, body)
        }
    }
}

fn not_found(id: &str) -> Response {
    let body = service::unknown_operation().to_json().to_string();
    respond(StatusCode::NOT_FOUND, id, body)
}

fn respond(status: StatusCode, id: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let type_ = HeaderValue::from_static(CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_TYPE, type_);
    identified(response, id)
}

fn identified(mut response: Response, id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// Whether the body is said to be JSON of AWS's protocol. SDKs of other services send version 1.1.
fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|type_| {
            let type_ = type_.trim();
            type_.eq_ignore_ascii_case(CONTENT_TYPE)
                || type_.eq_ignore_ascii_case("application/x-amz-json-1.1")
        })
}
