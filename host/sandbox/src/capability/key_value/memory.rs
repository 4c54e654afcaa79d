//! Key-value data that is gone with the process.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Condition, Entry, Error, Scope, Store};

/// Keeps key-value data in memory, for runs of which nothing is to stay.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Data>);

#[derive(Debug, Default)]
struct Data {
    scopes: BTreeMap<Scope, BTreeMap<String, Entry>>,
    version: u64,
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
        Ok(self.lock().scopes.get(scope).and_then(|entries| entries.get(key)).cloned())
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
        if !holds(condition, entries.get(key)) {
            return Ok(None);
        }
        let others = entries.iter().filter(|(other, _)| *other != key);
        let others: usize = others.map(|(key, entry)| key.len() + entry.value.len()).sum();
        let needed = (others + key.len() + value.len()) as u64;
        if needed > size {
            return Err(Error::Full { size, needed });
        }
        *version += 1;
        entries.insert(key.to_owned(), Entry { value: value.to_owned(), version: *version });
        Ok(Some(*version))
    }

    async fn delete(&self, scope: &Scope, key: &str, condition: Condition) -> Result<bool, Error> {
        let mut data = self.lock();
        let Some(entries) = data.scopes.get_mut(scope) else { return Ok(false) };
        let deletes = holds(condition, entries.get(key));
        Ok(deletes && entries.remove(key).is_some())
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
        let keys = entries.keys().filter(|key| {
            key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
        });
        Ok(keys.take(limit as usize).cloned().collect())
    }
}
