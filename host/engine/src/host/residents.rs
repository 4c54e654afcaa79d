//! The executions in which something happens: each has an actor, that takes in one thing after the
//! other. All others are in the store only.

use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use stepwell_journal::ExecutionId;
use tokio::sync::Notify;

use super::{Host, actor, actor::Call, loaded::Loaded};

/// How many executions in which nothing happens right now are kept in memory, so that the next
/// thing that happens to them need not load them.
const KEPT: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// The actors, by their executions.
pub(super) struct Residents {
    inner: Mutex<Inner>,
    retired: Notify,
}

struct Inner {
    /// With what each is told next.
    actors: HashMap<ExecutionId, VecDeque<Call>>,
    /// States as of their last commit. Only an actor changes an execution, so they are never old.
    kept: LruCache<ExecutionId, Box<Loaded>>,
}

impl Residents {
    pub(super) fn new() -> Self {
        let inner = Inner { actors: HashMap::new(), kept: LruCache::new(KEPT) };
        Self { inner: Mutex::new(inner), retired: Notify::new() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells an execution's actor that something happened. There is one from then on.
    pub(super) fn deliver(&self, host: &Host, id: ExecutionId, call: Call) {
        let mut inner = self.inner();
        if let Some(calls) = inner.actors.get_mut(&id) {
            return calls.push_back(call);
        }
        inner.actors.insert(id, VecDeque::from([call]));
        let kept = inner.kept.pop(&id);
        drop(inner);
        actor::spawn(host.clone(), id, kept);
    }

    /// The next thing that an actor is told.
    pub(super) fn next(&self, id: ExecutionId) -> Option<Call> {
        self.inner().actors.get_mut(&id)?.pop_front()
    }

    /// Takes an actor off the list, and keeps the state it leaves. Gives the state back where there
    /// is something to do yet.
    pub(super) fn retire(
        &self,
        id: ExecutionId,
        left: Option<Box<Loaded>>,
    ) -> Result<(), Option<Box<Loaded>>> {
        let mut inner = self.inner();
        if inner.actors.get(&id).is_some_and(|calls| !calls.is_empty()) {
            return Err(left);
        }
        inner.actors.remove(&id);
        if let Some(left) = left {
            inner.kept.put(id, left);
        }
        self.retired.notify_one();
        Ok(())
    }

    /// Takes an actor off the list that is gone, with what it was told.
    pub(super) fn forget(&self, id: ExecutionId) {
        self.inner().actors.remove(&id);
        self.retired.notify_one();
    }

    /// Waits until an actor has nothing left to do.
    pub(super) async fn changed(&self) {
        self.retired.notified().await;
    }

    /// How many actors there are.
    pub(super) fn len(&self) -> usize {
        self.inner().actors.len()
    }
}
