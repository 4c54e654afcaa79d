//! What was found a moment ago: whoever asks again and again, where it takes long to look, has it
//! looked for once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::Finding;

/// How long it is told again: so many times as long as it took to look, up to a time. To look takes
/// a tenth of the time at most then, and what is found soon is never old.
const TIMES: u32 = 10;
const AT_MOST: Duration = Duration::from_secs(30);

/// For whom something was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct For {
    pub(super) account: String,
    /// That of the caller, where ARNs are taken to be.
    pub(super) region: String,
    pub(super) all_tenants: bool,
}

/// What was found, when, and how long it is told again.
struct Found {
    at: Timestamp,
    kept: SignedDuration,
    findings: Arc<Vec<Finding>>,
}

impl Found {
    /// What a clock that was set back shows is no reason to keep anything for longer.
    fn is_fresh(&self, now: Timestamp) -> bool {
        (SignedDuration::ZERO..self.kept).contains(&now.duration_since(self.at))
    }
}

/// What was found for whom.
#[derive(Default)]
pub(crate) struct FindingsCache(Mutex<HashMap<For, Found>>);

impl FindingsCache {
    fn kept(&self) -> MutexGuard<'_, HashMap<For, Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, of: &For, now: Timestamp) -> Option<Arc<Vec<Finding>>> {
        let kept = self.kept();
        kept.get(of).filter(|found| found.is_fresh(now)).map(|found| found.findings.clone())
    }

    /// Keeps what it took so long to find.
    pub(super) fn put(&self, of: For, at: Timestamp, took: Duration, findings: Arc<Vec<Finding>>) {
        let kept = took.saturating_mul(TIMES).min(AT_MOST).try_into().unwrap_or_default();
        let mut all = self.kept();
        all.retain(|_, found| found.is_fresh(at));
        all.insert(of, Found { at, kept, findings });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_is_kept_longer_and_never_for_good() {
        let cache = FindingsCache::default();
        let of = For { account: "1".into(), region: "r".into(), all_tenants: false };
        let at: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let after = |milliseconds| at + Duration::from_millis(milliseconds);
        for (took, kept) in [(0, 0), (5, 50), (2_000, 20_000), (60_000, 30_000)] {
            cache.put(of.clone(), at, Duration::from_millis(took), Arc::default());
            let is_kept = |milliseconds| cache.get(&of, after(milliseconds)).is_some();
            assert!(!is_kept(kept), "{took}");
            assert!(kept == 0 || is_kept(kept - 1), "{took}");
        }
        assert!(cache.get(&of, at - Duration::from_secs(1)).is_none(), "a clock that was set back");
        let other = For { all_tenants: true, ..of };
        assert!(cache.get(&other, at).is_none());
    }
}
