//! Key-value data: the imported `stepwell:task/key-value`.
//!
//! Where it is kept is the host's affair: see [`Store`].

mod memory;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

pub use memory::Memory;

use crate::{calls::Pending, capability::watch::Use, contract, grants::Capability, state::State};

/// Most bytes of a key.
pub const MAX_KEY: usize = 512;
/// Most bytes of a value: AWS's limit on the data of a state.
pub const MAX_VALUE: usize = 256 << 10;
/// Bytes that an entry takes of a store besides its key and value.
pub const OVERHEAD: u64 = 32;
/// Most keys that are listed at once.
pub const MAX_KEYS: u32 = 1_000;

/// A store that is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grant {
    /// What the guest calls it.
    pub store: String,
    /// Most bytes of all keys and values together, an entry taking 32 besides.
    #[serde(default = "default_size")]
    pub size: ByteSize,
}

fn default_size() -> ByteSize {
    ByteSize::mib(16)
}

impl Grant {
    /// A store of the default size: 16 MiB.
    pub fn new(store: String) -> Self {
        Self { store, size: default_size() }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.store, self.size)
    }
}

/// Whose data it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The account id.
    pub tenant: String,
    /// What the plugin is installed as.
    pub plugin: String,
    /// What the plugin calls the store.
    pub store: String,
}

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes.
    pub value: Vec<u8>,
    /// Differs for any two writes to a scope, and grows.
    pub version: u64,
}

/// When an entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// In any case.
    Always,
    /// Where there is none.
    Absent,
    /// Where the one that is there has that version.
    Version(u64),
}

/// Why something could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store would be over its size.
    #[error("the store is over its size of {size} bytes: with this entry it has {needed}")]
    Full {
        /// The size, in bytes.
        size: u64,
        /// What it would have.
        needed: u64,
    },
    /// The host could not.
    #[error("the host cannot use its key-value data: {0}")]
    Unavailable(String),
}

/// Where key-value data is kept. What a method has written is durable when it returns.
#[async_trait]
pub trait Store: Send + Sync {
    /// What is kept under a key.
    ///
    /// # Errors
    ///
    /// Where the host cannot read it.
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Entry>, Error>;

    /// Writes an entry on a condition, and gives its version; none where the condition did not
    /// hold. `size` is what all keys and values of the scope may take together, in bytes, with
    /// [`OVERHEAD`] for each entry.
    ///
    /// # Errors
    ///
    /// Where the scope would be over its size, or the host cannot write it.
    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: &[u8],
        condition: Condition,
        size: u64,
    ) -> Result<Option<u64>, Error>;

    /// Deletes an entry on a condition; whether one was deleted.
    ///
    /// # Errors
    ///
    /// Where the host cannot write it.
    async fn delete(&self, scope: &Scope, key: &str, condition: Condition) -> Result<bool, Error>;

    /// At most `limit` keys that begin with `prefix` and come after `after`, in the order of their
    /// bytes.
    ///
    /// # Errors
    ///
    /// Where the host cannot read it.
    async fn keys(
        &self,
        scope: &Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error>;
}

/// What a plugin may use: its part of a store.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) plugin: String,
}

/// A call to a store that is granted and can be had.
struct Granted {
    store: Arc<dyn Store>,
    scope: Scope,
    size: u64,
}

type Answer<T> = Result<T, contract::key_value::Error>;

impl State {
    fn granted(&self, store: String, key: &str, writes: bool) -> Answer<Granted> {
        let setting = &self.setting;
        setting.grants.used(|| Use::KeyValue { store: store.clone(), key: key.to_owned(), writes });
        let grant = setting.grants.spec().key_value.iter().find(|grant| grant.store == store);
        let (Some(grant), Some(access)) = (grant, setting.grants.key_value()) else {
            let store: String = store.chars().take(64).collect();
            let why = format!("The key-value store `{store}` was refused: it is not granted.");
            setting.refusals.note(why);
            return Err(contract::key_value::Error::AccessDenied);
        };
        if key.len() > MAX_KEY {
            let why = format!("the key has {} bytes, and may have {MAX_KEY}", key.len());
            return Err(contract::key_value::Error::LimitExceeded(why));
        }
        let scope =
            Scope { tenant: setting.call.tenant.clone(), plugin: access.plugin.clone(), store };
        Ok(Granted { store: access.store.clone(), scope, size: grant.size.as_u64() })
    }

    /// A call begins: `get counters/visits`.
    fn began(&self, doing: &str, store: &str, key: &str) -> Pending {
        let most = |text: &str| text.floor_char_boundary(MAX_KEY);
        let (store, key) = (&store[..most(store)], &key[..most(key)]);
        self.setting.calls.begin(Capability::KeyValue, || format!("{doing} {store}/{key}"))
    }
}

/// A call ends: what came of it in words.
fn ended<T>(call: Pending, answer: &Answer<T>, words: impl FnOnce(&T) -> String) {
    use contract::key_value::Error;
    match answer {
        Ok(answer) => call.end(words(answer)),
        Err(Error::AccessDenied) => call.refused("it is not granted"),
        Err(Error::LimitExceeded(why) | Error::Unavailable(why)) => call.end(why.as_str()),
    }
}

/// What came of a write: the version, or none where its condition did not hold.
fn written(version: &Option<u64>) -> String {
    let another = || "nothing: another version is there".to_owned();
    version.map_or_else(another, |version| format!("version {version}"))
}

impl Granted {
    async fn write(self, key: &str, value: &[u8], condition: Condition) -> Answer<Option<u64>> {
        if value.len() > MAX_VALUE {
            let why = format!("the value has {} bytes, and may have {MAX_VALUE}", value.len());
            return Err(contract::key_value::Error::LimitExceeded(why));
        }
        Ok(self.store.set(&self.scope, key, value, condition, self.size).await?)
    }
}

impl From<Error> for contract::key_value::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Full { .. } => Self::LimitExceeded(error.to_string()),
            Error::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

impl contract::key_value::Host for State {
    async fn get(
        &mut self,
        store: String,
        key: String,
    ) -> Answer<Option<contract::key_value::Entry>> {
        let call = self.began("get", &store, &key);
        let granted = self.granted(store, &key, false);
        let answer = async {
            let Granted { store, scope, .. } = granted?;
            let entry = store.get(&scope, &key).await?;
            Ok(entry.map(|Entry { value, version }| contract::key_value::Entry { value, version }))
        }
        .await;
        ended(call, &answer, |entry| match entry {
            Some(entry) => format!("{} bytes, version {}", entry.value.len(), entry.version),
            None => "there is none".to_owned(),
        });
        answer
    }

    async fn set(&mut self, store: String, key: String, value: Vec<u8>) -> Answer<u64> {
        let call = self.began("set", &store, &key);
        let granted = self.granted(store, &key, true);
        let answer = async {
            let version = granted?.write(&key, &value, Condition::Always).await?;
            version.ok_or_else(|| {
                contract::key_value::Error::Unavailable("nothing was written".to_owned())
            })
        }
        .await;
        ended(call, &answer, |version| written(&Some(*version)));
        answer
    }

    async fn compare_and_swap(
        &mut self,
        store: String,
        key: String,
        expected: Option<u64>,
        value: Vec<u8>,
    ) -> Answer<Option<u64>> {
        let call = self.began("compare-and-swap", &store, &key);
        let condition = expected.map_or(Condition::Absent, Condition::Version);
        let granted = self.granted(store, &key, true);
        let answer = async { granted?.write(&key, &value, condition).await }.await;
        ended(call, &answer, written);
        answer
    }

    async fn delete(&mut self, store: String, key: String, expected: Option<u64>) -> Answer<bool> {
        let call = self.began("delete", &store, &key);
        let granted = self.granted(store, &key, true);
        let answer = async {
            let Granted { store, scope, .. } = granted?;
            let condition = expected.map_or(Condition::Always, Condition::Version);
            Ok(store.delete(&scope, &key, condition).await?)
        }
        .await;
        ended(call, &answer, |deleted| match deleted {
            true => "deleted".to_owned(),
            false => "nothing was deleted".to_owned(),
        });
        answer
    }

    async fn keys(
        &mut self,
        store: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Answer<Vec<String>> {
        let call = self.began("keys", &store, &prefix);
        let granted = self.granted(store, &prefix, false);
        let answer = async {
            let Granted { store, scope, .. } = granted?;
            Ok(store.keys(&scope, &prefix, after.as_deref(), limit.min(MAX_KEYS)).await?)
        }
        .await;
        ended(call, &answer, |keys| format!("{} keys", keys.len()));
        answer
    }
}
