//! What a call may write to files.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::p2::{
    DynOutputStream, FsError, OutputStream, Pollable, StreamError, StreamResult,
    bindings::filesystem::types::ErrorCode,
};

use crate::capability::{refusals::Refusals, scratch};

/// Bytes that may be written. Cheap to clone: all clones are one budget.
#[derive(Clone)]
pub(crate) struct Budget {
    limit: u64,
    left: Arc<Mutex<u64>>,
    is_scratch: bool,
    refusals: Refusals,
}

/// A budget that is spent.
#[derive(Debug, thiserror::Error)]
#[error("the limit of bytes that may be written to files is reached")]
pub(super) struct Spent;

impl From<Spent> for FsError {
    fn from(_: Spent) -> Self {
        ErrorCode::Quota.into()
    }
}

impl Budget {
    /// Of all directories that are granted.
    pub(super) fn of_call(limit: u64, refusals: Refusals) -> Self {
        Self { limit, left: Arc::new(Mutex::new(limit)), is_scratch: false, refusals }
    }

    /// Of the call's own directory.
    pub(super) fn of_scratch(limit: u64, refusals: Refusals) -> Self {
        Self { is_scratch: true, ..Self::of_call(limit, refusals) }
    }

    /// Whether nothing was ever taken of it.
    pub(crate) fn is_whole(&self) -> bool {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) == self.limit
    }

    /// Takes so many bytes of it, or none.
    pub(super) fn spend(&self, bytes: u64) -> Result<(), Spent> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rest) = left.checked_sub(bytes) {
            *left = rest;
            return Ok(());
        }
        let limit = self.limit;
        self.refusals.note(match self.is_scratch {
            true => format!(
                "Writing to {} was refused: the call may write {limit} bytes there.",
                scratch::GUEST
            ),
            false => format!(
                "Writing to a file was refused: the call is over its limit of {limit} bytes in \
                 files."
            ),
        });
        Err(Spent)
    }
}

/// A stream to a file, whose bytes are taken of a budget.
pub(super) struct Metered {
    inner: DynOutputStream,
    budget: Budget,
}

impl Metered {
    pub(super) fn new(inner: DynOutputStream, budget: Budget) -> Self {
        Self { inner, budget }
    }

    fn spend(&self, bytes: usize) -> StreamResult<()> {
        let spent = self.budget.spend(bytes as u64);
        spent.map_err(|spent| StreamError::LastOperationFailed(spent.into()))
    }
}

#[async_trait::async_trait]
impl Pollable for Metered {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait::async_trait]
impl OutputStream for Metered {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.spend(bytes.len())?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.inner.check_write()
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.spend(bytes.len())?;
        self.inner.blocking_write_and_flush(bytes).await
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}
