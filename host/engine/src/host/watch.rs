//! What is committed of executions, told to whoever watches.
//!
//! Each tenant has a channel of its own, as long as somebody watches: whoever is busy makes no other
//! tenant's watchers miss anything. Where nobody watches, a commit costs one look at an empty map.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use stepwell_journal::{Description, Direction, ExecutionId, Key, Listing};
use tokio::sync::broadcast;

use super::{Error, Host, loaded::Loaded};
use crate::arn;

/// How many changes a watcher may be behind, before it has missed some.
const BEHIND: usize = 1_024;

/// A commit of a Standard execution, or the end of an Express child of a Map Run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its ARN.
    pub execution_arn: String,
    /// As it is now.
    pub listing: Listing,
    /// The id of its last event.
    pub last_event_id: u64,
    /// Whether its status has changed: it was started or redriven, or has ended.
    pub status_changed: bool,
}

/// A tenant's changes, from the time that they were asked for.
pub struct Changes {
    // Dropped before what looks whether there are others.
    receiver: broadcast::Receiver<Arc<Change>>,
    _left: Left,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A commit.
    Change(Arc<Change>),
    /// Some were missed, because they were not taken in time.
    Missed,
}

impl Changes {
    /// The next change. It may be dropped and asked for again: nothing is lost.
    pub async fn next(&mut self) -> Next {
        match self.receiver.recv().await {
            Ok(change) => Next::Change(change),
            Err(broadcast::error::RecvError::Lagged(_)) => Next::Missed,
            // The channel is there as long as somebody has its receiver.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Who watches.
pub(super) struct Watchers {
    channels: Arc<Channels>,
    at_most: usize,
}

#[derive(Default)]
struct Channels(Mutex<HashMap<String, broadcast::Sender<Arc<Change>>>>);

impl Channels {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<Arc<Change>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the channel of a tenant whom nobody watches any more.
struct Left {
    channels: Arc<Channels>,
    tenant: String,
}

impl Drop for Left {
    fn drop(&mut self) {
        let mut channels = self.channels.lock();
        if channels.get(&self.tenant).is_some_and(|channel| channel.receiver_count() == 0) {
            channels.remove(&self.tenant);
        }
    }
}

impl Watchers {
    pub(super) fn new(at_most: usize) -> Self {
        Self { channels: Arc::default(), at_most }
    }

    fn watch(&self, tenant: &str) -> Result<Changes, Error> {
        let mut channels = self.channels.lock();
        let channel =
            channels.entry(tenant.to_owned()).or_insert_with(|| broadcast::Sender::new(BEHIND));
        if channel.receiver_count() >= self.at_most {
            return Err(Error::TooManyWatchers);
        }
        let left = Left { channels: self.channels.clone(), tenant: tenant.to_owned() };
        Ok(Changes { receiver: channel.subscribe(), _left: left })
    }

    /// Tells of a commit.
    pub(super) fn tell(&self, loaded: &Loaded, began: bool) {
        let outcome = loaded.execution.outcome();
        self.send(&loaded.start.key.tenant, || Change {
            execution_arn: loaded.execution.identity().execution_arn.clone(),
            listing: loaded.listing(outcome),
            last_event_id: loaded.execution.last_event_id(),
            status_changed: began || outcome.is_some(),
        });
    }

    fn send(&self, tenant: &str, change: impl FnOnce() -> Change) {
        if let Some(channel) = self.channels.lock().get(tenant) {
            // Whoever watched has just gone.
            let _ = channel.send(Arc::new(change()));
        }
    }

    fn has(&self, tenant: &str) -> bool {
        self.channels.lock().contains_key(tenant)
    }
}

impl Host {
    /// What is committed of a tenant's executions from now on.
    ///
    /// # Errors
    /// Where as many watch as may.
    pub fn watch(&self, tenant: &str) -> Result<Changes, Error> {
        self.inner.watchers.watch(tenant)
    }

    /// Tells watchers how an execution is kept: of commits that may have been made, or of which not
    /// all that they are told is in memory.
    pub(super) async fn tell_as_kept(&self, id: ExecutionId, execution_arn: &str) {
        let Some(Key { tenant, .. }) = arn::execution(execution_arn) else { return };
        if !self.inner.watchers.has(&tenant) {
            return;
        }
        match self.kept(id).await {
            Ok(Some((listing, last_event_id))) => self.inner.watchers.send(&tenant, || Change {
                execution_arn: execution_arn.to_owned(),
                listing,
                last_event_id,
                status_changed: true,
            }),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(execution = %id, %error, "watchers cannot be told of an execution");
            }
        }
    }

    /// An execution as it is kept, and the id of its last event.
    async fn kept(&self, id: ExecutionId) -> Result<Option<(Listing, u64)>, Error> {
        let Some(Description { listing, .. }) = self.inner.store.describe(id).await? else {
            return Ok(None);
        };
        let last_event_id = match listing.last_event_id {
            Some(last) => last,
            None => {
                let all = i64::MAX as u64;
                let last = self.inner.store.history(id, all, Direction::Backward, 1).await?;
                last.items.first().map_or(0, |event| event.id)
            }
        };
        Ok(Some((listing, last_event_id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watchers_are_counted_for_each_tenant_and_forgotten_when_they_leave() {
        let watchers = Watchers::new(2);
        let first = watchers.watch("1").unwrap();
        let second = watchers.watch("1").unwrap();
        assert_eq!(watchers.watch("1").err(), Some(Error::TooManyWatchers));
        let other = watchers.watch("2").unwrap();
        drop(first);
        let third = watchers.watch("1").unwrap();
        assert_eq!(watchers.watch("1").err(), Some(Error::TooManyWatchers));
        assert_eq!(watchers.channels.lock().len(), 2);
        drop((second, third));
        assert_eq!(watchers.channels.lock().keys().collect::<Vec<_>>(), ["2"]);
        drop(other);
        assert!(watchers.channels.lock().is_empty());
    }
}
