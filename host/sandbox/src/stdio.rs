//! Where a guest's standard streams go: to memory, and no further than a limit.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, StreamResult},
};

use crate::log::Log;

/// Bytes a guest may write at one go.
const CHUNK: usize = 64 << 10;

/// Takes what a guest writes.
pub(crate) trait Sink: Send + 'static {
    /// Takes all of `bytes`, or refuses and thereby ends the call.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Full>;
}

impl Sink for Log {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.write(bytes);
        Ok(())
    }
}

/// What a command writes to stdout.
#[derive(Debug)]
pub(crate) struct Output {
    limit: u64,
    bytes: Vec<u8>,
}

impl Output {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, bytes: Vec::new() }
    }

    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Sink for Output {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let size = self.bytes.len() as u64 + bytes.len() as u64;
        if size > self.limit {
            return Err(Full { limit: self.limit, size, more: true });
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// An output over its limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Full {
    pub(crate) limit: u64,
    pub(crate) size: u64,
    /// Whether there was more to come when the call was ended.
    pub(crate) more: bool,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, size, more } = self;
        let least = if *more { "at least " } else { "" };
        write!(f, "The output is over its limit of {limit} bytes: it has {least}{size} bytes.")
    }
}

impl std::error::Error for Full {}

/// A sink with several hands on it: the guest's stream handles, and the host's.
pub(crate) struct Shared<S>(Arc<Mutex<S>>);

impl<S> Shared<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self(Arc::new(Mutex::new(sink)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, S> {
        // A sink is whole between any two of its operations, so a panic elsewhere does not spoil
        // it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> IsTerminal for Shared<S> {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl<S: Sink> StdoutStream for Shared<S> {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl<S: Sink> Pollable for Shared<S> {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl<S: Sink> OutputStream for Shared<S> {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > CHUNK {
            return Err(StreamError::trap("cannot write more than `check_write` allows"));
        }
        self.lock().put(&bytes).map_err(|full| StreamError::Trap(full.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

impl<S: Sink> AsyncWrite for Shared<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let put = self.lock().put(bytes);
        Poll::Ready(put.map(|()| bytes.len()).map_err(std::io::Error::other))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_written_at_one_go_than_is_allowed() {
        let mut stream = Shared::new(Log::new(1 << 20)).p2_stream();
        let allowed = stream.check_write().unwrap();
        stream.write(Bytes::from(vec![b'x'; allowed])).unwrap();
        let refused = stream.write(Bytes::from(vec![b'x'; allowed + 1])).unwrap_err();
        let StreamError::Trap(trap) = refused else { panic!("{refused}") };
        assert_eq!(trap.to_string(), "cannot write more than `check_write` allows");
    }
}
