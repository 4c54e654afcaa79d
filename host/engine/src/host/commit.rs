//! Commits, and what becomes of those that fail.

use std::time::Duration;

use stepwell_journal::{Delta, Error as StoreError, Seq};

use super::{Error, Host};

/// How long to wait before a commit is tried again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How often a start is tried before whoever waits for it is told why it takes long: some seconds.
const STARTS: u32 = 10;

impl Host {
    /// Commits a delta, however often it has to be tried: what it says has happened. `trouble` is
    /// told why it takes long.
    pub(super) async fn commit(
        &self,
        delta: Delta,
        mut trouble: impl FnMut(Error),
    ) -> Result<Seq, Error> {
        let (mut again, at_most) = AGAIN;
        loop {
            let error = match self.try_commit(&delta).await {
                Ok(seq) => return Ok(seq),
                Err(error) if is_passing(&error) && !self.inner.stopping.is_cancelled() => error,
                Err(error) => return Err(error.into()),
            };
            trouble(error.into());
            tokio::time::sleep(again).await;
            again = at_most.min(again * 2);
        }
    }

    /// Commits the start of an execution. Where there is no room, or the disk is read-only, nothing
    /// has happened; where it fails in another way all the time, it may have been started.
    pub(super) async fn commit_start(&self, delta: Delta) -> Result<Seq, Error> {
        let (mut again, at_most) = AGAIN;
        let mut tries = 1;
        loop {
            let error = match self.try_commit(&delta).await {
                Ok(seq) => return Ok(seq),
                Err(error) => error,
            };
            let stopping = self.inner.stopping.is_cancelled();
            if !error.is_uncertain() || stopping || tries == STARTS {
                return Err(error.into());
            }
            tries += 1;
            tokio::time::sleep(again).await;
            again = at_most.min(again * 2);
        }
    }

    async fn try_commit(&self, delta: &Delta) -> Result<Seq, StoreError> {
        // One delta, one answer.
        let mut answers = self.inner.store.commit(vec![delta.clone()]).await;
        let answer = answers.pop().unwrap_or(Err(StoreError::Stopped));
        self.inner.health.commit(&answer);
        answer
    }
}

/// Whether the same commit may succeed later.
fn is_passing(error: &StoreError) -> bool {
    error.is_uncertain() || matches!(error, StoreError::Full { .. } | StoreError::ReadOnly { .. })
}
