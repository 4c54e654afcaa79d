//! How many executions are open, and who waits for one to end.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use stepwell_journal::ExecutionId;
use tokio::sync::oneshot;

use super::Error;

/// How many executions each tenant has open.
pub(super) struct Open {
    counts: Mutex<HashMap<String, u64>>,
    at_most: u64,
}

impl Open {
    pub(super) fn new(at_most: u64) -> Self {
        Self { counts: Mutex::default(), at_most }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a tenant may start one more.
    pub(super) fn check(&self, tenant: &str) -> Result<(), Error> {
        match self.counts().get(tenant) {
            Some(&count) if count >= self.at_most => Err(Error::TooManyOpen),
            _ => Ok(()),
        }
    }

    pub(super) fn started(&self, tenant: &str) {
        *self.counts().entry(tenant.to_owned()).or_default() += 1;
    }

    pub(super) fn ended(&self, tenant: &str) {
        let mut counts = self.counts();
        if let Some(count) = counts.get_mut(tenant) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many there are in all.
    pub(super) fn total(&self) -> u64 {
        self.counts().values().sum()
    }
}

/// Who waits for an execution to end.
#[derive(Default)]
pub(super) struct Ended(Mutex<HashMap<ExecutionId, Vec<oneshot::Sender<()>>>>);

impl Ended {
    pub(super) fn wait(&self, id: ExecutionId) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(id).or_default().push(tell);
        told
    }

    pub(super) fn tell(&self, id: ExecutionId) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for tell in waiting.remove(&id).into_iter().flatten() {
            let _ = tell.send(());
        }
    }
}
