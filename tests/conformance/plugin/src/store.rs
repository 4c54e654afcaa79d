//! Key-value data that can be looked at afterwards.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use stepwell_sandbox::key_value::{Condition, Entry, Error, Memory, Scope, Store};

/// Keeps key-value data in memory, and knows which entries were ever written.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    memory: Memory,
    written: Mutex<BTreeSet<(Scope, String)>>,
}

impl Recorder {
    fn written(&self) -> MutexGuard<'_, BTreeSet<(Scope, String)>> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is: store, key and value.
    pub(crate) async fn entries(&self) -> Vec<(String, String, Vec<u8>)> {
        let written = self.written().clone();
        let mut entries = Vec::new();
        for (scope, key) in written {
            // Memory cannot fail to read.
            if let Ok(Some(entry)) = self.memory.get(&scope, &key).await {
                entries.push((scope.store.clone(), key, entry.value));
            }
        }
        entries
    }
}

#[async_trait]
impl Store for Recorder {
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Entry>, Error> {
        self.memory.get(scope, key).await
    }

    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: &[u8],
        condition: Condition,
        size: u64,
    ) -> Result<Option<u64>, Error> {
        self.written().insert((scope.clone(), key.to_owned()));
        self.memory.set(scope, key, value, condition, size).await
    }

    async fn delete(&self, scope: &Scope, key: &str, condition: Condition) -> Result<bool, Error> {
        self.memory.delete(scope, key, condition).await
    }

    async fn keys(
        &self,
        scope: &Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        self.memory.keys(scope, prefix, after, limit).await
    }
}
