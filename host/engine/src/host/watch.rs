//! What is committed of executions, told to whoever watches.
//!
//! Each tenant has a channel of its own, as long as somebody watches: whoever is busy makes no other
//! tenant's watchers miss anything. Where nobody watches, a commit costs one look at an empty map.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use stepwell_journal::Listing;
use tokio::sync::broadcast;

use super::{Error, Host, loaded::Loaded};

/// How many changes a watcher may be behind, before it has missed some.
const BEHIND: usize = 1_024;

/// A commit of a Standard execution.
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
        let channels = self.channels.lock();
        if let Some(channel) = channels.get(&loaded.start.key.tenant) {
            let outcome = loaded.execution.outcome();
            let change = Change {
                execution_arn: loaded.execution.identity().execution_arn.clone(),
                listing: loaded.listing(outcome),
                last_event_id: loaded.execution.last_event_id(),
                status_changed: began || outcome.is_some(),
            };
            // Whoever watched has just gone.
            let _ = channel.send(Arc::new(change));
        }
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
