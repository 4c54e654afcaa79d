//! Data that outlives the call.
//!
//! The stores of a plugin are its own, and each tenant has its own of them. What is written is
//! durable when the function returns, and stays whether or not the task succeeds: keep in mind that
//! a task may run again.
//!
//! ```
//! use stepwell_task::{Failure, key_value::Store};
//!
//! fn count(customer: &str) -> Result<u64, Failure> {
//!     let store = Store::new("visits");
//!     loop {
//!         let entry = store.get(customer)?;
//!         let visits = entry.as_ref().map_or(0, |entry| u64::from(entry.value[0])) + 1;
//!         let expected = entry.map(|entry| entry.version);
//!         // Another call may have written in between: then it begins again.
//!         if store.compare_and_swap(customer, expected, &[visits as u8])?.is_some() {
//!             return Ok(visits);
//!         }
//!     }
//! }
//! # assert_eq!((count("ada")?, count("ada")?), (1, 2));
//! # Ok::<(), Failure>(())
//! ```

use crate::Failure;

/// A store, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    name: String,
}

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// Differs for any two writes to a store, and grows.
    pub version: u64,
}

/// Why it could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store of that name was not granted.
    #[error("the key-value store {0:?} is not granted")]
    AccessDenied(String),
    /// The key, the value or the store would be over its limit, which the text names.
    #[error("{0}")]
    LimitExceeded(String),
    /// The host could not read or write it.
    #[error("{0}")]
    Unavailable(String),
}

/// `PLUGIN.PermissionDenied`, `PLUGIN.LimitExceeded` or `PLUGIN.Unavailable`.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match error {
            Error::AccessDenied(_) => "PermissionDenied",
            Error::LimitExceeded(_) => "LimitExceeded",
            Error::Unavailable(_) => "Unavailable",
        };
        Self::caused_by(name, &error)
    }
}

impl Store {
    /// The store of that name. Whether it was granted shows when it is used.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    /// What is kept under the key, if anything.
    ///
    /// # Errors
    /// See [`enum@Error`], as for all of these.
    pub fn get(&self, key: &str) -> Result<Option<Entry>, Error> {
        platform::get(&self.name, key)
    }

    /// Writes an entry, in place of one that may be there, and gives its version.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn set(&self, key: &str, value: &[u8]) -> Result<u64, Error> {
        platform::set(&self.name, key, value)
    }

    /// Writes an entry only where the one that is there has the version `expected`, or where there
    /// is none and `expected` is `None`. Gives the new version, or `None` where it was not so and
    /// nothing was written.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<Option<u64>, Error> {
        platform::compare_and_swap(&self.name, key, expected, value)
    }

    /// Deletes the entry; whether there was one. Where `expected` is given only an entry of that
    /// version is deleted.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn delete(&self, key: &str, expected: Option<u64>) -> Result<bool, Error> {
        platform::delete(&self.name, key, expected)
    }

    /// At most `limit` of the keys, and at most 1,000, that begin with `prefix` and come after
    /// `after`, in the order of their bytes.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        platform::keys(&self.name, prefix, after, limit)
    }
}

#[cfg(target_family = "wasm")]
mod platform {
    use super::{Entry, Error};
    use crate::bindings::stepwell::task::key_value as host;

    pub(super) fn get(store: &str, key: &str) -> Result<Option<Entry>, Error> {
        let entry = host::get(store, key).map_err(error(store))?;
        Ok(entry.map(|host::Entry { value, version }| Entry { value, version }))
    }

    pub(super) fn set(store: &str, key: &str, value: &[u8]) -> Result<u64, Error> {
        host::set(store, key, value).map_err(error(store))
    }

    pub(super) fn compare_and_swap(
        store: &str,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<Option<u64>, Error> {
        host::compare_and_swap(store, key, expected, value).map_err(error(store))
    }

    pub(super) fn delete(store: &str, key: &str, expected: Option<u64>) -> Result<bool, Error> {
        host::delete(store, key, expected).map_err(error(store))
    }

    pub(super) fn keys(
        store: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        host::keys(store, prefix, after, limit).map_err(error(store))
    }

    fn error(store: &str) -> impl Fn(host::Error) -> Error {
        move |error| match error {
            host::Error::AccessDenied => Error::AccessDenied(store.to_owned()),
            host::Error::LimitExceeded(limit) => Error::LimitExceeded(limit),
            host::Error::Unavailable(why) => Error::Unavailable(why),
        }
    }
}

/// Stores in memory, for tests.
#[cfg(not(target_family = "wasm"))]
mod platform {
    use std::{
        collections::BTreeMap,
        ops::Bound::{Excluded, Included, Unbounded},
    };

    use super::{Entry, Error};
    use crate::local;

    fn with<T>(
        store: &str,
        act: impl FnOnce(&mut BTreeMap<String, (Vec<u8>, u64)>, &mut u64) -> T,
    ) -> Result<T, Error> {
        Ok(local::with(|host| {
            act(host.stores.entry(store.to_owned()).or_default(), &mut host.writes)
        }))
    }

    pub(super) fn get(store: &str, key: &str) -> Result<Option<Entry>, Error> {
        with(store, |entries, _| {
            let (value, version) = entries.get(key)?.clone();
            Some(Entry { value, version })
        })
    }

    pub(super) fn set(store: &str, key: &str, value: &[u8]) -> Result<u64, Error> {
        with(store, |entries, writes| {
            *writes += 1;
            entries.insert(key.to_owned(), (value.to_owned(), *writes));
            *writes
        })
    }

    pub(super) fn compare_and_swap(
        store: &str,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<Option<u64>, Error> {
        if get(store, key)?.map(|entry| entry.version) == expected {
            set(store, key, value).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn delete(store: &str, key: &str, expected: Option<u64>) -> Result<bool, Error> {
        with(store, |entries, _| {
            let is_it = |(_, version): &(Vec<u8>, u64)| expected.is_none_or(|it| it == *version);
            entries.get(key).is_some_and(is_it) && entries.remove(key).is_some()
        })
    }

    pub(super) fn keys(
        store: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let start = match after {
            Some(after) if after >= prefix => Excluded(after),
            _ => Included(prefix),
        };
        with(store, |entries, _| {
            entries
                .range::<str, _>((start, Unbounded))
                .map(|(key, _)| key)
                .take_while(|key| key.starts_with(prefix))
                .take(limit.min(1000) as usize)
                .cloned()
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_swapped_only_where_its_version_is_known() -> Result<(), Error> {
        let store = Store::new("swaps");
        let first = store.compare_and_swap("key", None, b"one")?.expect("there is none yet");
        assert_eq!(store.compare_and_swap("key", None, b"two")?, None);
        let second = store.compare_and_swap("key", Some(first), b"two")?.expect("it is the first");
        assert!(second > first);
        assert!(!store.delete("key", Some(first))?);
        assert_eq!(store.get("key")?, Some(Entry { value: b"two".to_vec(), version: second }));
        assert!(store.delete("key", Some(second))?);
        assert_eq!(store.get("key")?, None);
        Ok(())
    }

    #[test]
    fn keys_are_listed_by_prefix_and_page() -> Result<(), Error> {
        let store = Store::new("pages");
        for key in ["a/1", "a/2", "a/3", "b/1"] {
            store.set(key, b"")?;
        }
        assert_eq!(store.keys("a/", None, 2)?, ["a/1", "a/2"]);
        assert_eq!(store.keys("a/", Some("a/2"), 2)?, ["a/3"]);
        Ok(())
    }

    #[test]
    fn a_refusal_names_the_store() {
        let failure = Failure::from(Error::AccessDenied("visits".to_owned()));
        let expected = "PermissionDenied: the key-value store \"visits\" is not granted";
        assert_eq!(failure.to_string(), expected);
    }
}
