//! What a guest was refused, for whoever asks why it failed.

use std::sync::{Arc, Mutex, PoisonError};

/// Refusals that are remembered; a guest that scans a network says no more by going on.
pub(super) const MOST: usize = 16;

/// The refusals of one call, each once and in order. Cheap to clone: all clones are one list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Vec<String>>>);

impl Refusals {
    /// Notes a sentence that says what was refused and why.
    pub(crate) fn note(&self, why: String) {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST && !all.contains(&why) {
            all.push(why);
        }
    }

    /// All sentences so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
