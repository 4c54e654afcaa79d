//! The wall clock: the host's, or one that stands still, for results that can be repeated.

use std::time::Duration;

use jiff::Timestamp;
use wasmtime_wasi::{HostWallClock, WasiCtxBuilder};

/// A wall clock that stands still.
struct Still(Duration);

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

/// Has the guest see this time. Times before 1970, which WASI cannot tell, are 1970.
pub(crate) fn configure(at: Timestamp, wasi: &mut WasiCtxBuilder) {
    wasi.wall_clock(Still(at.as_duration().try_into().unwrap_or_default()));
}
