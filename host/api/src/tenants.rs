//! Tenants and their access keys.

mod cache;
mod key_id;
mod vault;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_journal::{
    Catalog, Error as StoreError,
    catalog::{self, Document, Kind, Write},
};

use self::{cache::Cache, key_id::KeyId, vault::Vault};
use crate::{
    arn::is_account,
    authentication::{AccessKey, AccessKeys},
    clock::Clock,
    error::{self, Code},
    host_key::HostKey,
};

/// How many access keys a tenant may have: those in use, and those that take their place.
pub const MOST_KEYS: usize = 5;
const MOST_NAME: usize = 64;
const PAGE: usize = 100;
/// How often a change is tried again that others got in the way of.
const TRIES: usize = 16;

/// The tenants of a host, kept in a catalog with their access keys, whose secrets are encrypted
/// under the host key.
///
/// What was changed through this value counts from the next request on. Nothing else may change the
/// tenants of the same catalog meanwhile.
pub struct Tenants {
    catalog: Arc<dyn Catalog>,
    vault: Vault,
    cache: Cache,
    clock: Clock,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The account id: 12 digits.
    pub account: String,
    /// What people call it.
    pub name: String,
    /// Whether its keys may be used.
    pub enabled: bool,
    /// When it was added.
    pub created: Timestamp,
    /// Its access keys, the oldest first.
    pub keys: Vec<Key>,
}

/// An access key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// `AKIA…`.
    pub id: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// An access key that was just made: the only time that its secret is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// `AKIA…`.
    pub id: String,
    /// 40 characters.
    pub secret: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why tenants cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("{text:?} is no account id, which has 12 digits")]
    NotAnAccount { text: String },
    #[error("{text:?} is no name of a tenant: 1 to {MOST_NAME} characters that can be shown")]
    NotAName { text: String },
    #[error("there is a tenant {account} already")]
    Exists { account: String },
    #[error("there is no tenant {account}; `stepwell tenant list` shows those that there are")]
    NoTenant { account: String },
    #[error("there is no access key {id}; `stepwell tenant keys list` shows those that there are")]
    NoKey { id: String },
    #[error("tenant {account} has {MOST_KEYS} access keys, and cannot have more: delete one first")]
    TooManyKeys { account: String },
    #[error("what is kept of tenant {account} is damaged: {why}")]
    Damaged { account: String, why: String },
    #[error("the system has no random numbers for a key")]
    Random,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A tenant as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    name: String,
    enabled: bool,
    created: Timestamp,
    keys: Vec<KeyRecord>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeyRecord {
    id: String,
    enabled: bool,
    created: Timestamp,
    /// Sealed.
    secret: String,
}

impl Tenants {
    /// Those of a catalog whose secrets are encrypted under this key.
    pub fn new(catalog: Arc<dyn Catalog>, key: &HostKey, clock: Clock) -> Self {
        Self { catalog, vault: Vault::new(key), cache: Cache::default(), clock }
    }

    /// Adds a tenant; under an account id that nobody has where none is named.
    ///
    /// # Errors
    /// Where there is one of this account, or account or name are none.
    pub async fn add(&self, account: Option<&str>, name: &str) -> Result<Tenant, Error> {
        let account = match account {
            Some(account) => account.to_owned(),
            None => random_account()?,
        };
        let record = Record {
            name: tenant_name(name)?,
            enabled: true,
            created: self.clock.now(),
            keys: Vec::new(),
        };
        let shown = shown(&account, &record);
        let key = place(&account)?;
        let body = body(&account, &record)?;
        match self.apply(&account, Write::Put { key, replaces: None, body }).await {
            Ok(()) => Ok(shown),
            Err(StoreError::CatalogConflict { .. }) => Err(Error::Exists { account }),
            Err(error) => Err(error.into()),
        }
    }

    /// All tenants, by their account ids, without those that are damaged: the log tells of them.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn list(&self) -> Result<Vec<Tenant>, Error> {
        let mut tenants = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.catalog.scan("", Kind::Tenant, "", after.as_deref(), PAGE).await?;
            for document in page.items {
                let account = document.key.name.clone();
                let record: Option<Record> = document.read_or_warn();
                tenants.extend(record.map(|record| shown(&account, &record)));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(tenants),
            }
        }
    }

    /// One tenant.
    ///
    /// # Errors
    /// Where there is none of this account, the store fails, or it is damaged.
    pub async fn get(&self, account: &str) -> Result<Tenant, Error> {
        let (record, _) = self.read(account).await?;
        Ok(shown(account, &record))
    }

    /// Lets a tenant's keys be used, or not.
    ///
    /// # Errors
    /// Where there is none of this account, the store fails, or it is damaged.
    pub async fn set_enabled(&self, account: &str, enabled: bool) -> Result<Tenant, Error> {
        self.change(account, |record| {
            record.enabled = enabled;
            Ok(())
        })
        .await
    }

    /// Makes an access key.
    ///
    /// # Errors
    /// Where the tenant has [`MOST_KEYS`], there is none of this account, the store fails, or it is
    /// damaged.
    pub async fn create_key(&self, account: &str) -> Result<NewKey, Error> {
        place(account)?;
        let (mut id, mut secret) = ([0; 5], [0; 30]);
        getrandom::fill(&mut id).map_err(|_| Error::Random)?;
        getrandom::fill(&mut secret).map_err(|_| Error::Random)?;
        let not_an_account = || Error::NotAnAccount { text: account.to_owned() };
        let id = KeyId::new(account, id).ok_or_else(not_an_account)?.to_string();
        let secret = BASE64_STANDARD.encode(secret);
        let sealed = self.vault.seal(&secret, &owner(account, &id)).ok_or(Error::Random)?;
        let created = self.clock.now();
        self.change(account, |record| {
            if record.keys.len() >= MOST_KEYS {
                return Err(Error::TooManyKeys { account: account.to_owned() });
            }
            let (id, secret) = (id.clone(), sealed.clone());
            record.keys.push(KeyRecord { id, enabled: true, created, secret });
            Ok(())
        })
        .await?;
        Ok(NewKey { id, secret })
    }

    /// Lets an access key be used, or not.
    ///
    /// # Errors
    /// Where there is none of this id, the store fails, or its tenant is damaged.
    pub async fn set_key_enabled(&self, id: &str, enabled: bool) -> Result<Tenant, Error> {
        self.change_key(id, |record, index| record.keys[index].enabled = enabled).await
    }

    /// Deletes an access key.
    ///
    /// # Errors
    /// Where there is none of this id, the store fails, or its tenant is damaged.
    pub async fn delete_key(&self, id: &str) -> Result<Tenant, Error> {
        self.change_key(id, |record, index| drop(record.keys.remove(index))).await
    }

    async fn change_key(
        &self,
        id: &str,
        change: impl Fn(&mut Record, usize),
    ) -> Result<Tenant, Error> {
        let no_key = || Error::NoKey { id: id.to_owned() };
        let parsed = KeyId::parse(id).ok_or_else(no_key)?;
        let changed = self.change(parsed.account(), |record| {
            let index = record.keys.iter().position(|key| key.id == id).ok_or_else(no_key)?;
            change(record, index);
            Ok(())
        });
        match changed.await {
            Err(Error::NoTenant { .. }) => Err(no_key()),
            result => result,
        }
    }

    async fn change(
        &self,
        account: &str,
        change: impl Fn(&mut Record) -> Result<(), Error>,
    ) -> Result<Tenant, Error> {
        let mut tries = 0;
        loop {
            let (mut record, revision) = self.read(account).await?;
            change(&mut record)?;
            let (key, body) = (place(account)?, body(account, &record)?);
            tries += 1;
            match self.apply(account, Write::Put { key, replaces: Some(revision), body }).await {
                Ok(()) => return Ok(shown(account, &record)),
                Err(StoreError::CatalogConflict { .. }) if tries < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn apply(&self, account: &str, write: Write) -> Result<(), StoreError> {
        let change = self.cache.changing(account);
        let applied = self.catalog.apply(vec![write]).await;
        if !applied.as_ref().is_err_and(StoreError::is_uncertain) {
            change.over();
        }
        applied
    }

    async fn read(&self, account: &str) -> Result<(Record, u64), Error> {
        let document = self
            .catalog
            .get(&place(account)?)
            .await?
            .ok_or_else(|| Error::NoTenant { account: account.to_owned() })?;
        Ok((record(account, &document)?, document.revision))
    }

    /// A tenant's keys that may be used, each with its secret; of one that there is not, none.
    async fn usable(&self, account: &str) -> Result<cache::Keys, Error> {
        let at = match self.cache.get(account) {
            Ok(keys) => return Ok(keys),
            Err(at) => at,
        };
        let keys = match self.read(account).await {
            Ok((record, _)) if record.enabled => {
                let keys = record.keys.into_iter().filter(|key| key.enabled);
                let opened = keys.map(|key| {
                    let secret = self.vault.open(&key.secret, &owner(account, &key.id));
                    secret.map(|secret| (key.id, secret))
                });
                opened.collect::<Option<Vec<_>>>().ok_or_else(|| Error::Damaged {
                    account: account.to_owned(),
                    why: "an access key cannot be decrypted".to_owned(),
                })?
            }
            Ok(_) => Vec::new(),
            // There is no end to those that there are not.
            Err(Error::NoTenant { .. }) => return Ok(cache::Keys::default()),
            Err(error) => return Err(error),
        };
        let keys = cache::Keys::from(keys);
        self.cache.keep(account, &keys, at);
        Ok(keys)
    }
}

#[async_trait]
impl AccessKeys for Tenants {
    async fn find(&self, id: &str) -> Result<Option<AccessKey>, error::Error> {
        let Some(parsed) = KeyId::parse(id) else { return Ok(None) };
        let account = parsed.account();
        let keys = self.usable(account).await.map_err(|error| match error {
            Error::Store(_) => error::Error::new(
                Code::ServiceUnavailableException,
                "The access keys cannot be read at the moment: try again",
            ),
            _ => error::Error::new(Code::InternalFailure, error.to_string()),
        })?;
        let found = keys.iter().find(|(known, _)| known == id);
        Ok(found
            .map(|(_, secret)| AccessKey { account: account.to_owned(), secret: secret.clone() }))
    }
}

/// Where a tenant is kept.
fn place(account: &str) -> Result<catalog::Key, Error> {
    if is_account(account) {
        Ok(catalog::Key::new("", Kind::Tenant, account))
    } else {
        Err(Error::NotAnAccount { text: account.to_owned() })
    }
}

/// What a secret is bound to.
fn owner(account: &str, key: &str) -> String {
    format!("{account}/{key}")
}

/// Whether a document of the catalog has the shape of a tenant.
///
/// # Errors
/// [`Corrupt`](StoreError::Corrupt), which names it, where it has not.
pub fn check_document(document: Document) -> Result<(), StoreError> {
    document.read::<Record>().map(drop)
}

fn record(account: &str, document: &Document) -> Result<Record, Error> {
    let why = |error| match error {
        StoreError::Corrupt { cause, .. } => cause,
        other => other.to_string(),
    };
    let damaged = |error| Error::Damaged { account: account.to_owned(), why: why(error) };
    document.clone().read().map_err(damaged)
}

fn body(account: &str, record: &Record) -> Result<serde_json::Value, Error> {
    serde_json::to_value(record).map_err(|error| damaged(account, &error))
}

fn damaged(account: &str, error: &serde_json::Error) -> Error {
    Error::Damaged { account: account.to_owned(), why: error.to_string() }
}

fn shown(account: &str, record: &Record) -> Tenant {
    let key =
        |key: &KeyRecord| Key { id: key.id.clone(), enabled: key.enabled, created: key.created };
    Tenant {
        account: account.to_owned(),
        name: record.name.clone(),
        enabled: record.enabled,
        created: record.created,
        keys: record.keys.iter().map(key).collect(),
    }
}

fn tenant_name(text: &str) -> Result<String, Error> {
    let count = text.chars().count();
    if text.trim().is_empty() || count > MOST_NAME || text.chars().any(char::is_control) {
        return Err(Error::NotAName { text: text.to_owned() });
    }
    Ok(text.to_owned())
}

/// 12 digits of which the first is none of 0, as people know account ids.
fn random_account() -> Result<String, Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
    let number = u64::from_le_bytes(bytes) % 900_000_000_000 + 100_000_000_000;
    Ok(number.to_string())
}

#[cfg(test)]
mod tests;
