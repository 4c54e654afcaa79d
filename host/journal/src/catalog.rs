//! What a host keeps beside executions: small documents, replaced by compare-and-swap.

use std::fmt;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Page};

/// Where state machines, activities, tenants and all else that is no execution are kept.
///
/// [`Store`](crate::Store)s are catalogs, too: what is backed up together was true together. A
/// future that is dropped may or may not have done its work.
#[async_trait]
pub trait Catalog: Send + Sync + 'static {
    /// One document; none where there is none of this key.
    ///
    /// # Errors
    /// Where the store fails.
    async fn get(&self, key: &Key) -> Result<Option<Document>, Error>;

    /// Makes all of the writes, in their order, or none of them. They are durable when it answers.
    ///
    /// # Errors
    /// [`CatalogConflict`](Error::CatalogConflict) where a document is not what a write replaces.
    /// After an error that [is uncertain](Error::is_uncertain), get what was written: to make the
    /// same writes again is a conflict where they had been made.
    async fn apply(&self, writes: Vec<Write>) -> Result<(), Error>;

    /// Documents of one kind whose names begin with a prefix, in the order of their names' bytes,
    /// after one of the names. The page names the last one of it where there are more.
    ///
    /// # Errors
    /// Where the store fails.
    async fn scan(
        &self,
        tenant: &str,
        kind: Kind,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Document, String>, Error>;

    /// How many documents of a kind a tenant has.
    ///
    /// # Errors
    /// Where the store fails.
    async fn count(&self, tenant: &str, kind: Kind) -> Result<usize, Error>;
}

/// What names a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The account it belongs to; empty for what belongs to the host.
    pub tenant: String,
    /// What it is.
    pub kind: Kind,
    /// Its name, unique among those of the tenant and kind.
    pub name: String,
}

impl Key {
    /// Of these parts.
    pub fn new(tenant: impl Into<String>, kind: Kind, name: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), kind, name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)?;
        if self.tenant.is_empty() { Ok(()) } else { write!(f, " of {}", self.tenant) }
    }
}

/// What a document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A state machine.
    Machine,
    /// What a state machine was at one time.
    Revision,
    /// A published version of a state machine.
    Version,
    /// An alias of versions.
    Alias,
    /// An activity.
    Activity,
    /// The tags of a resource.
    Tags,
    /// An account.
    Tenant,
    /// Which key the host encrypts secrets with.
    HostKey,
    /// An installed plugin.
    Plugin,
    /// What was done and used in a time.
    Statistics,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Machine,
        Self::Revision,
        Self::Version,
        Self::Alias,
        Self::Activity,
        Self::Tags,
        Self::Tenant,
        Self::HostKey,
        Self::Plugin,
        Self::Statistics,
    ];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Revision => "revision",
            Self::Version => "version",
            Self::Alias => "alias",
            Self::Activity => "activity",
            Self::Tags => "tags",
            Self::Tenant => "tenant",
            Self::HostKey => "host key",
            Self::Plugin => "plugin",
            Self::Statistics => "statistics",
        }
    }
}

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its name.
    pub key: Key,
    /// Which of all writes made it: it changes with every write, and none is ever used again.
    pub revision: u64,
    /// What it says, or why what is stored is no JSON: one that is damaged keeps nobody from the
    /// others.
    pub body: Result<Value, String>,
}

impl Document {
    /// What it says, of the shape that its kind has.
    ///
    /// # Errors
    /// [`Error::Corrupt`], which names it, where it is damaged.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Error> {
        let Self { key, body, .. } = self;
        let read = |body| serde_json::from_value(body).map_err(|error| error.to_string());
        let place = key.to_string();
        body.and_then(read).map_err(|cause| Error::Corrupt { what: "document", place, cause })
    }

    /// The same of one among others: none where it is damaged, which the log tells.
    pub fn read_or_warn<T: DeserializeOwned>(self) -> Option<T> {
        let warn = |error: &Error| tracing::warn!(%error, "a document is left out that is damaged");
        self.read().inspect_err(warn).ok()
    }
}

impl Page<Document, String> {
    /// What they say, without those that are damaged, which the log tells of.
    pub fn read_or_warn<T: DeserializeOwned>(self) -> Page<T, String> {
        let items = self.items.into_iter().filter_map(Document::read_or_warn).collect();
        Page { items, next: self.next }
    }
}

/// A change of one document.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Makes or replaces it.
    Put {
        /// Which.
        key: Key,
        /// The revision that it has; none where it must not exist.
        replaces: Option<u64>,
        /// What it is to say.
        body: Value,
    },
    /// Removes it.
    Delete {
        /// Which.
        key: Key,
        /// The revision that it has.
        replaces: u64,
    },
    /// Changes nothing, but all depends on its being as it was.
    Check {
        /// Which.
        key: Key,
        /// The revision that it has; none where it must not exist.
        is: Option<u64>,
    },
}

impl Write {
    /// Which document.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } | Self::Check { key, .. } => key,
        }
    }

    /// The revision that the document must have for the write to be made.
    pub(crate) fn expects(&self) -> Option<u64> {
        match self {
            Self::Put { replaces: expected, .. } | Self::Check { is: expected, .. } => *expected,
            Self::Delete { replaces, .. } => Some(*replaces),
        }
    }

    pub(crate) fn conflict(&self) -> Error {
        Error::CatalogConflict { key: self.key().clone() }
    }
}

/// The least text greater than all that begin with this one, in the order of bytes.
pub(crate) fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // What lies between is no character.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        assert_eq!(successor("a"), Some("b".into()));
        assert_eq!(successor("a\u{d7ff}"), Some("a\u{e000}".into()));
        assert_eq!(successor("a\u{10ffff}\u{10ffff}"), Some("b".into()));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }

    #[test]
    fn keys_say_whose_they_are() {
        assert_eq!(Key::new("1", Kind::Machine, "m").to_string(), "machine m of 1");
        assert_eq!(Key::new("", Kind::Tenant, "1").to_string(), "tenant 1");
    }
}
