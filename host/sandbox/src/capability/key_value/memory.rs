//! Key-value data that is gone with the process.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Condition, Entry, Error, OVERHEAD, Scope, Store};

/// Keeps key-value data in memory, for runs of which nothing is to stay.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Data>);

#[derive(Debug, Default)]
struct Data {
    scopes: BTreeMap<Scope, Entries>,
    version: u64,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: BTreeMap<String, Entry>,
    /// What all of them take.
    bytes: u64,
}

/// What an entry takes of its store.
fn taken(key: &str, value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64 + OVERHEAD
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Data> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holds(condition: Condition, entry: Option<&Entry>) -> bool {
    match condition {
        Condition::Always => true,
        Condition::Absent => entry.is_none(),
        Condition::Version(version) => entry.is_some_and(|entry| entry.version == version),
    }
}

#[async_trait]
impl Store for Memory {
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.lock().scopes.get(scope).and_then(|entries| entries.by_key.get(key)).cloned())
    }

    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: &[u8],
        condition: Condition,
        size: u64,
    ) -> Result<Option<u64>, Error> {
        let mut data = self.lock();
        let Data { scopes, version } = &mut *data;
        let entries = scopes.entry(scope.clone()).or_default();
        let before = entries.by_key.get(key);
        if !holds(condition, before) {
            return Ok(None);
        }
        let others = entries.bytes - before.map_or(0, |entry| taken(key, &entry.value));
        let needed = others + taken(key, value);
        if needed > size {
            return Err(Error::Full { size, needed });
        }
        *version += 1;
        entries.bytes = needed;
        let entry = Entry { value: value.to_owned(), version: *version };
        entries.by_key.insert(key.to_owned(), entry);
        Ok(Some(*version))
    }

    async fn delete(&self, scope: &Scope, key: &str, condition: Condition) -> Result<bool, Error> {
        let mut data = self.lock();
        let Some(entries) = data.scopes.get_mut(scope) else { return Ok(false) };
        if !holds(condition, entries.by_key.get(key)) {
            return Ok(false);
        }
        let Some(entry) = entries.by_key.remove(key) else { return Ok(false) };
        entries.bytes -= taken(key, &entry.value);
        Ok(true)
    }

    async fn keys(
        &self,
        scope: &Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let data = self.lock();
        let Some(entries) = data.scopes.get(scope) else { return Ok(Vec::new()) };
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        // Keys of one prefix lie together: the first without it ends the list.
        let keys = entries.by_key.range::<str, _>((from, Bound::Unbounded)).map(|(key, _)| key);
        let keys = keys.take_while(|key| key.starts_with(prefix));
        Ok(keys.take(limit as usize).cloned().collect())
    }
}
