//! What a call may use up.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

/// The limits of one call. Crossing one ends the call, or the log, there and then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Instructions, in Wasmtime's fuel: about one for each WebAssembly instruction, including
    /// those that run while the instance is made. Ends in `Stepwell.OutOfFuel`.
    pub fuel: u64,
    /// Bytes of all linear memories and tables of the call together, a table element counting
    /// eight. Ends in `Stepwell.OutOfMemory`.
    pub memory: u64,
    /// Wall-clock time from making the instance to the answer. Ends in `States.Timeout`.
    pub time: Duration,
    /// Bytes of the output. Ends in `States.DataLimitExceeded`.
    pub output: u64,
    /// Bytes of log that are kept from the beginning. What comes after is cut, except for its
    /// last 4 KiB, and the log says so.
    pub log: u64,
    /// Calls of the guest to the host, whatever they ask for, and to the runtime, as when a
    /// memory grows. Ends in `Stepwell.OutOfHostCalls`.
    pub host_calls: u64,
    /// HTTP requests. Further ones are refused.
    pub http_requests: u64,
    /// Bytes of the body of each HTTP request, and of each response. Longer ones break off.
    pub http_body: u64,
    /// Bytes that may be written to files, in directories that are granted read-write. Further
    /// ones are refused.
    pub file_bytes: u64,
}

impl Default for Limits {
    /// Ten thousand million instructions, 128 MiB, five minutes, 256 KiB of output (AWS's limit on
    /// the data of a state), 64 KiB of log; ten million calls to the host, a hundred HTTP requests
    /// with bodies of 8 MiB, 256 MiB written to files.
    fn default() -> Self {
        Self {
            fuel: 10_000_000_000,
            memory: 128 << 20,
            time: Duration::from_secs(300),
            output: 256 << 10,
            log: 64 << 10,
            host_calls: 10_000_000,
            http_requests: 100,
            http_body: 8 << 20,
            file_bytes: 256 << 20,
        }
    }
}

/// What a call used, however it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Fuel, in the unit of [`Limits::fuel`].
    pub fuel: u64,
    /// Most bytes of memories and tables held at once, in the unit of [`Limits::memory`].
    pub peak_memory: u64,
    /// Wall-clock time, from making the instance to the answer.
    pub duration: Duration,
    /// Calls to the host, in the unit of [`Limits::host_calls`].
    pub host_calls: u64,
}

/// Counts the calls of one store to its host.
#[derive(Debug)]
pub(crate) struct HostCalls {
    limit: u64,
    made: u64,
}

/// A call to the host over the limit.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("The call is over its limit of {limit} calls to the host.")]
pub(crate) struct TooManyHostCalls {
    limit: u64,
}

impl HostCalls {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, made: 0 }
    }

    /// How many were made.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    /// Counts one more.
    pub(crate) fn count(&mut self) -> Result<(), TooManyHostCalls> {
        if self.made == self.limit {
            return Err(TooManyHostCalls { limit: self.limit });
        }
        self.made += 1;
        Ok(())
    }
}

/// Counts the memories and tables of one store together.
///
/// Neither ever shrinks in WebAssembly, so what is held is also the peak.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: u64,
    held: u64,
    refused: Option<Refused>,
}

/// A growth that would have crossed the limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) limit: u64,
    pub(crate) held: u64,
    pub(crate) asked: u64,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, held, asked } = self;
        write!(
            f,
            "The call is over its memory limit of {limit} bytes: it held {held} bytes and asked \
             for {asked} more."
        )
    }
}

impl std::error::Error for Refused {}

/// Bytes an element of a table takes.
const ELEMENT: u64 = 8;

impl Memory {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, held: 0, refused: None }
    }

    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    pub(crate) fn refused(&self) -> Option<Refused> {
        self.refused
    }

    /// Whether a memory or table may grow by so many bytes. What it could not anyway, being over
    /// its own maximum, is not held; that is found out here because a failure that Wasmtime tells
    /// of need not be one of a growth that was counted.
    fn grow(&mut self, by: u64, fits: bool) -> wasmtime::Result<bool> {
        if !fits {
            return Ok(false);
        }
        let held = self.held.saturating_add(by);
        if held > self.limit {
            let refused = Refused { limit: self.limit, held: self.held, asked: by };
            self.refused = Some(refused);
            return Err(refused.into());
        }
        self.held = held;
        Ok(true)
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = desired.saturating_sub(current) as u64;
        self.grow(bytes, maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = desired.saturating_sub(current) as u64;
        let fits = maximum.is_none_or(|maximum| desired <= maximum);
        self.grow(elements.saturating_mul(ELEMENT), fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_count_together() {
        let mut memory = Memory::new(1 << 20);
        assert!(memory.memory_growing(0, 512 << 10, None).unwrap());
        assert!(memory.table_growing(0, 64 << 10, None).unwrap());
        assert_eq!(memory.held(), 1 << 20);
        let error = memory.memory_growing(512 << 10, 576 << 10, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "The call is over its memory limit of 1048576 bytes: it held 1048576 bytes and asked \
             for 65536 more."
        );
        assert!(memory.refused().is_some());
    }

    #[test]
    fn a_growth_over_the_own_maximum_is_not_held() {
        let mut memory = Memory::new(1 << 20);
        assert!(memory.memory_growing(0, 65536, Some(65536)).unwrap());
        assert!(!memory.memory_growing(65536, 131_072, Some(65536)).unwrap());
        assert_eq!(memory.held(), 65536);
    }
}
