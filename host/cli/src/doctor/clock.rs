//! The clock: timers fire by it, signatures are held against it, and histories are written with it.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use jiff::{SignedDuration, Timestamp};

use super::check::Check;

/// What a clock may lose against another by the way.
const SLACK: Duration = Duration::from_millis(50);
/// When nobody can have had a clock that was right: this was written later.
const EARLIEST: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Whether the clock is where it can be: not before what it has shown already.
pub(super) fn check(latest: Option<Timestamp>, now: Timestamp) -> Check {
    let mend = "set the clock, and have it kept by NTP; a host that starts now would fire no timer \
                until the time has come again";
    if now < EARLIEST {
        return Check::bad("clock", format!("it shows {now:.0}, which is long over"), mend);
    }
    match latest {
        Some(latest) if latest > now => {
            let ahead = latest.duration_since(now);
            let ahead = SignedDuration::from_secs(ahead.as_secs());
            let found = format!(
                "it shows {now:.0}, and the journal has an execution of {latest:.0}, {ahead:#} later"
            );
            Check::bad("clock", found, mend)
        }
        _ => Check::ok("clock", format!("it shows {now:.0}")),
    }
}

/// A time by both clocks that there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// How much more the clock on the wall has moved than the steady one.
    pub(super) fn until(self, later: Self) -> SignedDuration {
        let passed = later.steady.duration_since(self.steady);
        let shown = match later.wall.duration_since(self.wall) {
            Ok(shown) => SignedDuration::try_from(shown).unwrap_or(SignedDuration::MAX),
            Err(back) => -SignedDuration::try_from(back.duration()).unwrap_or(SignedDuration::MAX),
        };
        shown - SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX)
    }
}

/// Whether the clock was set while it was looked at.
pub(super) fn check_steps(moved: SignedDuration) -> Check {
    if moved.unsigned_abs() <= SLACK {
        return Check::ok("clock steps", "none was seen");
    }
    let direction = if moved.is_negative() { "back" } else { "ahead" };
    Check::warn(
        "clock steps",
        format!("it was set {direction} by {} ms just now", moved.unsigned_abs().as_millis()),
        "have it kept by one service that slews it, such as chrony",
    )
}

/// Whether the clock is synchronised, as far as the system tells.
pub(super) fn synchronised() -> Option<bool> {
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Some(true);
    }
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    match asked.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

pub(super) fn check_synchronised(synchronised: Option<bool>) -> Check {
    match synchronised {
        Some(true) => Check::ok("NTP", "the clock is synchronised"),
        Some(false) => Check::warn(
            "NTP",
            "the clock is not synchronised",
            "turn it on: `timedatectl set-ntp true`; requests are refused whose signature is five \
             minutes off",
        ),
        None => Check::ok("NTP", "the system does not tell whether the clock is synchronised"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_behind_the_journal_is_bad() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(check(Some(now), now).line(), "Ok clock: it shows 2026-11-22T12:00:00Z");
        assert_eq!(
            check(Some(at("2026-11-22T13:00:05.5Z")), now).line(),
            "Bad clock: it shows 2026-11-22T12:00:00Z, and the journal has an execution of \
             2026-11-22T13:00:05Z, 1h 5s later -- set the clock, and have it kept by NTP; a host \
             that starts now would fire no timer until the time has come again"
        );
        assert!(check(None, at("1970-01-01T00:01:00Z")).line().starts_with(
            "Bad clock: it shows 1970-01-01T00:01:00Z, which is long over -- set the clock"
        ));
    }

    #[test]
    fn a_clock_that_is_set_meanwhile_is_seen() {
        let moment = Moment::now();
        let later = |steady, wall| Moment {
            steady: moment.steady + Duration::from_millis(steady),
            wall: moment.wall + Duration::from_millis(wall),
        };
        let ok = check_steps(moment.until(later(1_000, 1_010)));
        assert_eq!(ok.line(), "Ok clock steps: none was seen");
        let back = check_steps(later(0, 500).until(later(100, 0)));
        assert_eq!(
            back.line(),
            "Warn clock steps: it was set back by 600 ms just now -- have it kept by one service \
             that slews it, such as chrony"
        );
        let ahead = check_steps(moment.until(later(0, 90)));
        assert!(ahead.line().starts_with("Warn clock steps: it was set ahead by 90 ms just now"));
    }

    #[test]
    fn a_clock_that_is_not_synchronised_is_told() {
        assert_eq!(
            check_synchronised(Some(false)).line(),
            "Warn NTP: the clock is not synchronised -- turn it on: `timedatectl set-ntp true`; \
             requests are refused whose signature is five minutes off"
        );
        assert!(check_synchronised(Some(true)).line().starts_with("Ok"));
        assert!(check_synchronised(None).line().contains("does not tell"));
    }
}
