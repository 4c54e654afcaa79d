//! What was found a moment ago: whoever asks again and again has it looked for once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::Finding;

/// How long it is told again.
const KEPT: SignedDuration = SignedDuration::from_secs(30);

/// For whom something was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct For {
    pub(super) account: String,
    /// That of the caller, where ARNs are taken to be.
    pub(super) region: String,
    pub(super) all_tenants: bool,
}

/// What was found, and when.
type Found = (Timestamp, Arc<Vec<Finding>>);

/// What was found for whom.
#[derive(Default)]
pub(crate) struct FindingsCache(Mutex<HashMap<For, Found>>);

impl FindingsCache {
    fn kept(&self) -> MutexGuard<'_, HashMap<For, Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, of: &For, now: Timestamp) -> Option<Arc<Vec<Finding>>> {
        let kept = self.kept();
        let (at, findings) = kept.get(of)?;
        is_fresh(*at, now).then(|| findings.clone())
    }

    pub(super) fn put(&self, of: For, now: Timestamp, findings: Arc<Vec<Finding>>) {
        let mut kept = self.kept();
        kept.retain(|_, (at, _)| is_fresh(*at, now));
        kept.insert(of, (now, findings));
    }
}

/// What a clock that was set back shows is no reason to keep anything for longer.
fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..KEPT).contains(&now.duration_since(at))
}
