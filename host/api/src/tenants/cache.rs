//! Keys of tenants that have just signed requests.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;

/// Ids with secrets.
pub(super) type Keys = Arc<[(String, String)]>;

/// How many tenants' keys are kept.
const TENANTS: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// What is in it is what the catalog has, or would have once a change is made that is under way.
pub(super) struct Cache(Mutex<Inner>);

struct Inner {
    keys: LruCache<String, Keys>,
    /// How many changes are under way of tenants; of these nothing may be kept, because it is not
    /// known what the catalog will have.
    changing: HashMap<String, usize>,
    /// How many changes there have been: what was read before the last one may be of the past.
    changes: u64,
}

impl Default for Cache {
    fn default() -> Self {
        let keys = LruCache::new(TENANTS);
        Self(Mutex::new(Inner { keys, changing: HashMap::new(), changes: 0 }))
    }
}

impl Cache {
    /// A tenant's keys, or the time at which they are to be read for [`keep`](Self::keep).
    pub(super) fn get(&self, account: &str) -> Result<Keys, u64> {
        let mut inner = self.lock();
        inner.keys.get(account).cloned().ok_or(inner.changes)
    }

    /// Keeps what was read, unless it has changed since.
    pub(super) fn keep(&self, account: &str, keys: &Keys, at: u64) {
        let mut inner = self.lock();
        if inner.changes == at && !inner.changing.contains_key(account) {
            inner.keys.put(account.to_owned(), Arc::clone(keys));
        }
    }

    /// Forgets a tenant's keys until the change is over. A change that is dropped before may still
    /// be made at any time, so nothing is kept of the tenant any more.
    pub(super) fn changing<'a>(&'a self, account: &'a str) -> Change<'a> {
        let mut inner = self.lock();
        inner.keys.pop(account);
        *inner.changing.entry(account.to_owned()).or_default() += 1;
        Change { cache: self, account }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing that could panic leaves it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change of a tenant under way.
pub(super) struct Change<'a> {
    cache: &'a Cache,
    account: &'a str,
}

impl Change<'_> {
    /// The catalog has answered.
    pub(super) fn over(self) {
        let mut inner = self.cache.lock();
        inner.changes += 1;
        if let Some(count) = inner.changing.get_mut(self.account) {
            *count -= 1;
            if *count == 0 {
                inner.changing.remove(self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::from([("id".to_owned(), "secret".to_owned())])
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let cache = Cache::default();
        let at = cache.get("1").unwrap_err();
        let change = cache.changing("1");
        cache.keep("1", &keys(), at);
        assert!(cache.get("1").is_err());
        change.over();
        cache.keep("1", &keys(), at);
        let at = cache.get("1").unwrap_err();
        cache.keep("1", &keys(), at);
        assert_eq!(cache.get("1"), Ok(keys()));
    }

    #[test]
    fn nothing_is_kept_as_long_as_a_change_is_under_way() {
        let cache = Cache::default();
        let kept = || {
            let at = cache.get("1").err().unwrap_or_default();
            cache.keep("1", &keys(), at);
            cache.get("1").is_ok()
        };
        assert!(kept());
        let (one, other) = (cache.changing("1"), cache.changing("1"));
        assert!(!kept());
        one.over();
        assert!(!kept());
        other.over();
        assert!(kept());
        // Nobody saw the end of it.
        let _ = cache.changing("1");
        cache.changing("1").over();
        assert!(!kept());
    }

    #[test]
    fn it_is_bounded() {
        let cache = Cache::default();
        for account in 0..2 * TENANTS.get() {
            cache.keep(&account.to_string(), &keys(), 0);
        }
        assert!(cache.get("0").is_err());
        assert_eq!(cache.lock().keys.len(), TENANTS.get());
    }
}
