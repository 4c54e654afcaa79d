//! `Retry`.

use std::time::Duration;

use jiff::Timestamp;
use stepwell_asl::{
    State,
    definition::{Jitter, Kind, Retrier},
};

use crate::{
    errors::{self, Raised},
    execution::Purpose,
    random::fraction,
    run::Run,
    strand::{Phase, Strand},
};

/// The retriers of a state.
pub(crate) fn retriers(state: &State) -> &[Retrier] {
    match &state.kind {
        Kind::Task(task) => &task.retry,
        Kind::Parallel(parallel) => &parallel.retry,
        Kind::Map(map) => &map.retry,
        _ => &[],
    }
}

/// The retrier that decides about an error, with its index: the first that matches. Where its
/// attempts are used up, those after it are not asked.
pub(crate) fn matching<'a>(state: &'a State, raised: &Raised) -> Option<(usize, &'a Retrier)> {
    let matches = |retrier: &Retrier| errors::matches(&retrier.error_equals, raised);
    retriers(state).iter().enumerate().find(|(_, retrier)| matches(retrier))
}

/// Sets the timer for another attempt, if a retrier matches and has one left.
pub(crate) fn schedule(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
    raised: &Raised,
) -> bool {
    let Some((index, retrier)) = matching(state, raised) else { return false };
    let Some(retried) = strand.visit.retries.get_mut(index) else { return false };
    if *retried >= retrier.max_attempts {
        return false;
    }
    let before = *retried;
    *retried += 1;
    let delay = back_off(run, retrier, before, raised);
    let at = run.now().checked_add(delay).unwrap_or(Timestamp::MAX);
    let timer = run.set_timer(at, Purpose::Retry(strand.id));
    strand.visit.phase = Phase::BackingOff(timer);
    true
}

/// How long the next attempt is to wait.
pub(crate) fn back_off(
    run: &Run<'_>,
    retrier: &Retrier,
    retried: u64,
    raised: &Raised,
) -> Duration {
    let mut delay = delay(retrier, retried);
    if retrier.jitter == Jitter::Full {
        delay = delay.mul_f64(fraction(run.draw()));
    }
    // What the task asked for comes on top of the definition's terms, not under its jitter.
    delay.max(raised.failure.retry_after.unwrap_or_default())
}

/// `IntervalSeconds` times `BackoffRate` to the power of the retries so far, at most
/// `MaxDelaySeconds`.
fn delay(retrier: &Retrier, retried: u64) -> Duration {
    let exponent = i32::try_from(retried).unwrap_or(i32::MAX);
    let mut seconds = retrier.interval_seconds as f64 * retrier.backoff_rate.powi(exponent);
    if let Some(max) = retrier.max_delay_seconds {
        seconds = seconds.min(max as f64);
    }
    // Beyond a thousand years it makes no difference.
    Duration::from_secs_f64(seconds.clamp(0.0, 31_557_600_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier() -> Retrier {
        Retrier {
            error_equals: vec![errors::ALL.to_owned()],
            interval_seconds: 3,
            max_attempts: 99,
            backoff_rate: 2.0,
            max_delay_seconds: None,
            jitter: Jitter::None,
        }
    }

    #[test]
    fn delays_grow_by_the_backoff_rate() {
        let delays: Vec<_> = (0..4).map(|n| delay(&retrier(), n).as_secs()).collect();
        assert_eq!(delays, [3, 6, 12, 24]);
    }

    #[test]
    fn max_delay_seconds_caps_them() {
        let retrier = Retrier { max_delay_seconds: Some(10), ..retrier() };
        let delays: Vec<_> = (0..4).map(|n| delay(&retrier, n).as_secs()).collect();
        assert_eq!(delays, [3, 6, 10, 10]);
    }

    #[test]
    fn a_delay_beyond_all_bounds_is_no_panic() {
        assert_eq!(delay(&retrier(), u64::MAX).as_secs(), 31_557_600_000);
    }
}
