//! Answers that go on: server-sent events.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::StreamExt as _;
use tokio::sync::watch;

use super::identified;
use crate::console::watch::{Update, Updates};

/// How long nothing may be sent: a comment is, so that what is between the two keeps the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers with what is told, until nothing more is, or the server is being shut down.
pub(super) fn respond(updates: Updates, mut closing: watch::Receiver<bool>, id: &str) -> Response {
    let closed = async move {
        // A server that is gone is shut down, too.
        let _ = closing.wait_for(|closing| *closing).await;
    };
    let event = |Update { event, data }: Update| {
        Ok::<_, Infallible>(Event::default().event(event).data(data))
    };
    let events = updates.map(event).take_until(Box::pin(closed));
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    let mut response = events.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies of nginx's kind collect answers before they pass them on.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    identified(response, id)
}
