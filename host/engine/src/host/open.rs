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
    fn waiting(&self) -> MutexGuard<'_, HashMap<ExecutionId, Vec<oneshot::Sender<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wait(&self, id: ExecutionId) -> Waiter<'_> {
        let (tell, told) = oneshot::channel();
        self.waiting().entry(id).or_default().push(tell);
        Waiter { ended: self, id, told }
    }

    pub(super) fn tell(&self, id: ExecutionId) {
        for tell in self.waiting().remove(&id).into_iter().flatten() {
            let _ = tell.send(());
        }
    }
}

/// Somebody who waits for an execution to end. Whoever waits no longer is forgotten.
pub(super) struct Waiter<'a> {
    ended: &'a Ended,
    id: ExecutionId,
    told: oneshot::Receiver<()>,
}

impl Waiter<'_> {
    pub(super) async fn told(mut self) {
        let _ = (&mut self.told).await;
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.told.close();
        let mut waiting = self.ended.waiting();
        if let Some(others) = waiting.get_mut(&self.id) {
            others.retain(|tell| !tell.is_closed());
            if others.is_empty() {
                waiting.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn whoever_waits_no_longer_is_forgotten() {
        let ended = Ended::default();
        let id = ExecutionId::from_bytes([7; 16]);
        let (first, second) = (ended.wait(id), ended.wait(id));
        drop(first);
        assert_eq!(ended.waiting()[&id].len(), 1);
        assert!(second.told().now_or_never().is_none(), "it has not ended");
        assert!(ended.waiting().is_empty());
        let third = ended.wait(id);
        ended.tell(id);
        assert!(third.told().now_or_never().is_some());
    }
}
