//! Whether the host can do its work.

use std::sync::{Mutex, PoisonError};

use stepwell_journal::{Error, Seq};

/// What the last commit came to.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<Error>>);

impl Health {
    /// A commit was made, was refused, or failed.
    pub(super) fn commit(&self, answer: &Result<Seq, Error>) {
        let trouble = match answer {
            Err(error @ (Error::Full { .. } | Error::ReadOnly { .. } | Error::Io { .. })) => {
                Some(error.clone())
            }
            Err(error @ Error::Stopped) => Some(error.clone()),
            _ => None,
        };
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != trouble {
            match &trouble {
                Some(error) => tracing::error!(%error, "the journal cannot be written"),
                None => tracing::info!("the journal can be written again"),
            }
            *last = trouble;
        }
    }

    /// Why nothing can be committed now; none where all is well.
    pub(super) fn trouble(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
