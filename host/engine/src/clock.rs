//! The time, from one place: tokio's clock, so that a test that pauses it governs every wait.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};

/// Wall-clock time that advances with tokio's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Timestamp,
    /// None where no time passes by itself.
    started: Option<Instant>,
    /// Where the clock may skip.
    skipping: Option<Arc<Skipping>>,
}

/// What a clock that skips knows of those who go by it: it skips to the next time that one of them
/// sleeps until, whenever none of them is busy.
#[derive(Debug)]
struct Skipping {
    waiting: Mutex<Waiting>,
    /// How much was skipped so far.
    skipped: watch::Sender<Duration>,
}

#[derive(Debug, Default)]
struct Waiting {
    busy: usize,
    sleepers: BTreeSet<(Timestamp, u64)>,
    last_sleeper: u64,
}

/// Somebody is busy: as long as this lives, the clock does not skip.
#[derive(Debug)]
pub(crate) struct Busy(Option<Clock>);

/// Somebody sleeps.
#[derive(Debug)]
pub(crate) struct Sleeper {
    clock: Clock,
    at: Timestamp,
    /// Its number where the clock may skip.
    number: u64,
}

impl Clock {
    /// A clock that shows the system's time.
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// A clock that shows this time now.
    pub fn starting_at(origin: Timestamp) -> Self {
        Self { origin, started: Some(Instant::now()), skipping: None }
    }

    /// A clock that shows this time, and moves only from one timer of an execution to the next:
    /// what the machine takes to do its work leaves no trace in a history.
    pub fn simulated(origin: Timestamp) -> Self {
        Self { started: None, ..Self::starting_at(origin).fast_forward() }
    }

    /// The same clock, that skips whatever all executions that go by it only wait for: their waits
    /// and back-offs take no time, and their histories show the times as if they had.
    #[must_use]
    pub fn fast_forward(self) -> Self {
        let (skipped, _) = watch::channel(Duration::ZERO);
        Self { skipping: Some(Arc::new(Skipping { waiting: Mutex::default(), skipped })), ..self }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        // Beyond the last timestamp (the year 9999) the clock stands still.
        let elapsed = self.started.map_or(Duration::ZERO, |started| started.elapsed());
        let elapsed = elapsed.saturating_add(self.skipped());
        self.origin.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// How long it is until this time; zero if it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.duration_since(self.now()).try_into().unwrap_or(Duration::ZERO)
    }

    fn skipped(&self) -> Duration {
        self.skipping.as_ref().map_or(Duration::ZERO, |skipping| *skipping.skipped.borrow())
    }

    /// Keeps the clock from skipping.
    pub(crate) fn busy(&self) -> Busy {
        let Some(skipping) = &self.skipping else { return Busy(None) };
        skipping.waiting().busy += 1;
        Busy(Some(self.clone()))
    }

    /// Somebody who sleeps until this time. Whoever is to sleep is to be busy until then, so that
    /// the clock does not skip past the time before.
    pub(crate) fn sleeper(&self, at: Timestamp) -> Sleeper {
        let number = self.skipping.as_ref().map_or(0, |skipping| {
            let mut waiting = skipping.waiting();
            waiting.last_sleeper += 1;
            let number = waiting.last_sleeper;
            waiting.sleepers.insert((at, number));
            number
        });
        Sleeper { clock: self.clone(), at, number }
    }

    /// Skips to the next time that somebody sleeps until, if nobody is busy.
    fn skip(&self, skipping: &Skipping) {
        let waiting = skipping.waiting();
        if waiting.busy > 0 {
            return;
        }
        let Some(&(at, _)) = waiting.sleepers.first() else { return };
        self.skip_to(at, skipping);
    }

    fn skip_to(&self, at: Timestamp, skipping: &Skipping) {
        let ahead = self.until(at);
        if !ahead.is_zero() {
            skipping.skipped.send_modify(|skipped| *skipped = skipped.saturating_add(ahead));
        }
    }
}

impl Skipping {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Some(clock) = &self.0 else { return };
        if let Some(skipping) = &clock.skipping {
            skipping.waiting().busy -= 1;
            clock.skip(skipping);
        }
    }
}

impl Sleeper {
    /// Waits until the clock shows the time; no time at all if it is past.
    pub(crate) async fn wake(&self) {
        let Some(skipping) = &self.clock.skipping else {
            return tokio::time::sleep(self.clock.until(self.at)).await;
        };
        let mut skipped = skipping.skipped.subscribe();
        loop {
            skipped.mark_unchanged();
            let left = self.clock.until(self.at);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                // A simulated clock has not moved meanwhile.
                () = tokio::time::sleep(left) => self.clock.skip_to(self.at, skipping),
                // The clock holds the sender.
                _ = skipped.changed() => {}
            }
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Some(skipping) = &self.clock.skipping {
            skipping.waiting().sleepers.remove(&(self.at, self.number));
            // One that was given up may be the one that all others were waiting for.
            self.clock.skip(skipping);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn clock() -> Clock {
        Clock::starting_at("2026-11-22T12:00:00Z".parse().unwrap()).fast_forward()
    }

    fn later(clock: &Clock, seconds: i64) -> Timestamp {
        clock.origin + SignedDuration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn it_skips_only_when_nobody_is_busy() {
        let clock = clock();
        let (first, second) = (clock.busy(), clock.busy());
        let sleeper = clock.sleeper(later(&clock, 3600));
        drop(first);
        assert!(clock.until(later(&clock, 3600)) > Duration::from_secs(3000));
        drop(second);
        assert_eq!(clock.until(later(&clock, 3600)), Duration::ZERO);
        sleeper.wake().await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_skips_on_when_the_first_who_sleeps_is_given_up() {
        let clock = clock();
        let busy = clock.busy();
        let (early, late) = (clock.sleeper(later(&clock, 60)), clock.sleeper(later(&clock, 3600)));
        drop(busy);
        assert!(clock.until(late.at) > Duration::from_secs(3000));
        drop(early);
        assert_eq!(clock.until(late.at), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_simulated_clock_moves_when_somebody_wakes() {
        let clock = Clock::simulated("2026-11-22T12:00:00Z".parse().unwrap());
        let _busy = clock.busy();
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(clock.now(), clock.origin);
        clock.sleeper(later(&clock, 60)).wake().await;
        assert_eq!(clock.now(), later(&clock, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn it_skips_no_further_than_to_the_first_who_sleeps() {
        let clock = clock();
        let busy = clock.busy();
        let (early, late) = (clock.sleeper(later(&clock, 60)), clock.sleeper(later(&clock, 3600)));
        drop(busy);
        early.wake().await;
        // The one who was woken has not said yet that it is busy.
        drop(clock.busy());
        assert!(clock.until(late.at) > Duration::from_secs(3000));
        let busy = clock.busy();
        drop(early);
        drop(busy);
        late.wake().await;
    }
}
