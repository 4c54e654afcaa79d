//! Bodies that break off where they get too long or too slow.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::Error;

use super::Subject;

/// Whose body it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Request,
    Response,
}

/// A body within its limits.
pub(super) struct Bounded<B> {
    pub(super) inner: B,
    pub(super) of: Of,
    /// Bytes it may have.
    pub(super) limit: u64,
    /// Bytes that went by.
    pub(super) passed: u64,
    /// The longest time without any.
    pub(super) patience: Option<Duration>,
    /// Runs while none come.
    pub(super) waiting: Option<Pin<Box<Sleep>>>,
    pub(super) subject: Subject,
}

impl<B> Bounded<B> {
    pub(super) fn new(inner: B, of: Of, limit: u64, subject: Subject) -> Self {
        Self { inner, of, limit, passed: 0, patience: None, waiting: None, subject }
    }

    /// The same, waiting no longer than that for more.
    pub(super) fn with_patience(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }
}

/// What is said of a body over its limit.
pub(super) fn over(of: Of, limit: u64, subject: &Subject) -> Error {
    match of {
        Of::Request => {
            subject.broken_off(format!("its body is over the limit of {limit} bytes"));
            Error::HttpRequestBodySize(Some(limit))
        }
        Of::Response => {
            subject
                .broken_off(format!("the body of the response is over the limit of {limit} bytes"));
            Error::HttpResponseBodySize(Some(limit))
        }
    }
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for Bounded<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.waiting = None;
                if let Some(Ok(frame)) = &frame {
                    this.passed += frame.data_ref().map_or(0, |data| data.len() as u64);
                }
                match this.passed > this.limit {
                    true => Poll::Ready(Some(Err(over(this.of, this.limit, &this.subject)))),
                    false => Poll::Ready(frame),
                }
            }
            Poll::Pending => {
                let Some(patience) = this.patience else { return Poll::Pending };
                let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
                waiting.as_mut().poll(cx).map(|()| Some(Err(Error::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
