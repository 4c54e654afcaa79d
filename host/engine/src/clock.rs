//! The time, from one place: tokio's clock, so that a test that pauses it governs every wait.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

/// Wall-clock time that advances with tokio's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Timestamp,
    /// None where no time passes by itself.
    started: Option<Instant>,
    /// How much was skipped so far, where the clock may skip at all.
    skipped: Option<Arc<Mutex<Duration>>>,
}

impl Clock {
    /// A clock that shows the system's time.
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// A clock that shows this time now.
    pub fn starting_at(origin: Timestamp) -> Self {
        Self { origin, started: Some(Instant::now()), skipped: None }
    }

    /// A clock that shows this time, and moves only from one timer of an execution to the next:
    /// what the machine takes to do its work leaves no trace in a history. For one execution at a
    /// time.
    pub fn simulated(origin: Timestamp) -> Self {
        Self { origin, started: None, skipped: Some(Arc::default()) }
    }

    /// The same clock, that skips whatever an execution only waits for: its waits and back-offs
    /// take no time, and its history shows the times as if they had. For one execution at a time.
    #[must_use]
    pub fn fast_forward(self) -> Self {
        Self { skipped: Some(Arc::default()), ..self }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        // Beyond the last timestamp (the year 9999) the clock stands still.
        let elapsed = self.started.map_or(Duration::ZERO, |started| started.elapsed());
        let elapsed = elapsed.saturating_add(self.skipped());
        self.origin.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn skipped(&self) -> Duration {
        let skipped = self.skipped.as_ref();
        skipped.map_or(Duration::ZERO, |skipped| {
            *skipped.lock().unwrap_or_else(PoisonError::into_inner)
        })
    }

    /// Moves a clock that may skip forward to this time; says whether it does.
    pub(crate) fn skip_to(&self, at: Timestamp) -> bool {
        let Some(skipped) = &self.skipped else { return false };
        let ahead = self.until(at);
        let mut skipped = skipped.lock().unwrap_or_else(PoisonError::into_inner);
        *skipped = skipped.saturating_add(ahead);
        true
    }

    /// Waits until the clock shows this time; no time at all if it is past.
    pub async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(self.until(at)).await;
        // A simulated clock has not moved meanwhile.
        self.skip_to(at);
    }

    /// How long it is until this time; zero if it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.duration_since(self.now()).try_into().unwrap_or(Duration::ZERO)
    }
}
