//! The time, from one place: tokio's clock, so that a test that pauses it governs every wait.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Wall-clock time that advances with tokio's clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Timestamp,
    started: Instant,
}

impl Clock {
    /// A clock that shows the system's time.
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// A clock that shows this time now.
    pub fn starting_at(origin: Timestamp) -> Self {
        Self { origin, started: Instant::now() }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        // Beyond the last timestamp (the year 9999) the clock stands still.
        self.origin.checked_add(self.started.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// Waits until the clock shows this time; no time at all if it is past.
    pub async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(self.until(at)).await;
    }

    /// How long it is until this time; zero if it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.duration_since(self.now()).try_into().unwrap_or(Duration::ZERO)
    }
}
