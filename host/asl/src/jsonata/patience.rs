//! How long an evaluation may take.

use std::time::Duration;

use super::Error;

/// Evaluates, for `time` milliseconds. Where that was not enough, and the processor had hardly
/// worked on it meanwhile, since the machine stood still or had too much to do, it is evaluated
/// again, for twice the time: an expression must not fail by what is no fault of its own.
///
/// `worked` tells for how long the processor has worked for this thread.
pub(super) fn patiently<T>(
    mut time: u64,
    worked: impl Fn() -> Duration,
    evaluate: impl Fn(u64) -> Result<T, Error>,
) -> Result<T, Error> {
    let enough = Duration::from_millis(time) / 2;
    loop {
        let before = worked();
        let result = evaluate(time);
        let is_cut = matches!(result, Err(Error::Time));
        if !is_cut || worked().saturating_sub(before) >= enough {
            return result;
        }
        time = time.saturating_mul(2);
    }
}

/// For how long the processor has worked for this thread.
#[cfg(unix)]
pub(super) fn worked() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// For how long this thread has been there, for want of better.
#[cfg(not(unix))]
pub(super) fn worked() -> Duration {
    use std::time::Instant;

    thread_local!(static START: Instant = Instant::now());
    START.with(Instant::elapsed)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// The times that an evaluation is given which takes `needed`, while the processor works for a
    /// `share`th of the time.
    fn times(needed: u64, share: u64) -> (Vec<u64>, Result<(), Error>) {
        let (times, worked) = (RefCell::default(), Cell::new(Duration::ZERO));
        let result = patiently(
            100,
            || worked.get(),
            |time| {
                RefCell::<Vec<_>>::borrow_mut(&times).push(time);
                worked.set(worked.get() + Duration::from_millis(time.min(needed) / share));
                if time < needed { Err(Error::Time) } else { Ok(()) }
            },
        );
        (times.into_inner(), result)
    }

    #[test]
    fn gives_more_time_where_the_machine_stood_still() {
        assert_eq!(times(100, 1), (vec![100], Ok(())));
        assert_eq!(times(700, 100), (vec![100, 200, 400, 800], Ok(())));
    }

    #[test]
    fn ends_what_the_processor_has_worked_on_for_long_enough() {
        assert_eq!(times(u64::MAX, 1), (vec![100], Err(Error::Time)));
        assert_eq!(times(u64::MAX, 2), (vec![100], Err(Error::Time)));
        assert_eq!(times(u64::MAX, 10), (vec![100, 200, 400, 800], Err(Error::Time)));
    }

    #[test]
    fn other_errors_are_final() {
        let result: Result<(), _> = patiently(100, || Duration::ZERO, |_| Err(Error::Memory));
        assert_eq!(result, Err(Error::Memory));
    }

    #[test]
    fn the_processor_works_for_what_is_evaluated() {
        let before = worked();
        while worked() == before {
            std::hint::spin_loop();
        }
        assert!(worked() > before);
    }
}
