//! State machines, their versions and aliases, activities and tags, as they are kept in a
//! [`Catalog`].
//!
//! - A [`StateMachine`] is a name and the id of its newest [`Revision`]: definition, role and what
//!   else an execution runs by. A revision is never changed, and outlives the state machine: what
//!   was started with it goes on with it.
//! - A [`Version`] is a revision with a number, an [`Alias`] leads to one or two versions.
//! - Names are of one tenant: nothing here reads or writes beyond the tenant that it is given.
//!
//! What is written depends on what was read: where somebody else was faster, it is tried again.

mod activities;
mod aliases;
mod arn;
mod machines;
mod revisions;
mod tags;
mod versions;

use std::sync::{Arc, Mutex};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use stepwell_journal::{
    self as journal, Catalog,
    catalog::{Document, Key, Kind, Write},
};

use crate::statistics;

pub use activities::{Activity, CreateActivity};
pub use aliases::{Alias, CreateAlias, Route, UpdateAlias};
pub use arn::{MachineArn, parse_machine_arn};
pub use machines::{Changes, CreateMachine, Publish, StateMachine, Updated};
pub use revisions::{Revision, Settings};
pub use tags::{Tagged, Tags};
pub use versions::Version;

/// How many of something a tenant may have.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// State machines.
    pub machines: usize,
    /// Activities.
    pub activities: usize,
    /// Versions of a state machine.
    pub versions: usize,
    /// Aliases of a state machine.
    pub aliases: usize,
    /// Tags of a resource.
    pub tags: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { machines: 10_000, activities: 10_000, versions: 1_000, aliases: 100, tags: 50 }
    }
}

/// Why something was not done with a resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The catalog failed.
    #[error(transparent)]
    Store(#[from] journal::Error),
    /// Others have changed the same again and again.
    #[error("Others have changed the same at the same time, again and again: try again.")]
    Contended,
    /// There is nothing of this name.
    #[error("There is no such {0}.")]
    Missing(&'static str),
    /// There is one of this name already, and another than was to be made.
    #[error("There is one of this name already, and another: {arn}.")]
    Exists {
        /// Its ARN.
        arn: String,
    },
    /// The state machine is being deleted.
    #[error("The state machine {arn} is being deleted.")]
    Deleting {
        /// Its ARN.
        arn: String,
    },
    /// A version of the newest revision was wanted, and that is another.
    #[error("The newest revision is {current}, not {wanted}.")]
    Revision {
        /// The one that was named.
        wanted: String,
        /// The one there is.
        current: String,
    },
    /// The version is where aliases lead to.
    #[error("Aliases lead to the version: {}.", aliases.join(", "))]
    InUse {
        /// Their names.
        aliases: Vec<String>,
    },
    /// There are as many as there may be.
    #[error("There are {limit} {what} already: as many as there may be.")]
    Quota {
        /// What of, in the plural.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
}

/// What a state machine is qualified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qualifier {
    /// A version's number.
    Version(u64),
    /// An alias's name.
    Alias(String),
}

/// What an execution is started with.
#[derive(Debug, Clone)]
pub struct Target {
    /// What it runs.
    pub revision: Arc<Revision>,
    /// The number of the version that was named, or that the alias led to.
    pub version: Option<u64>,
    /// The alias that was named.
    pub alias: Option<String>,
}

/// The resources of all tenants.
pub struct Resources {
    catalog: Arc<dyn Catalog>,
    quotas: Quotas,
    revisions: Mutex<revisions::Cache>,
    /// Held while what is counted is made: two that are made at once are both counted.
    creating: tokio::sync::Mutex<()>,
}

/// How often a change is tried that others are faster with.
const ATTEMPTS: usize = 100;

impl Resources {
    /// Those of a catalog, with AWS's quotas.
    pub fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self::with_quotas(catalog, Quotas::default())
    }

    /// Those of a catalog, with these quotas.
    pub fn with_quotas(catalog: Arc<dyn Catalog>, quotas: Quotas) -> Self {
        Self {
            catalog,
            quotas,
            revisions: Mutex::default(),
            creating: tokio::sync::Mutex::default(),
        }
    }

    /// What an execution of a state machine is started with; none where there is no such machine,
    /// version or alias. Where an alias leads to two versions, `draw` is what decides: any number,
    /// each as likely as the others.
    ///
    /// # Errors
    /// [`Error::Deleting`]; where the catalog fails.
    pub async fn resolve(
        &self,
        tenant: &str,
        machine: &str,
        qualifier: Option<&Qualifier>,
        draw: u64,
    ) -> Result<Option<Target>, Error> {
        let Some(found) = self.machine(tenant, machine).await? else { return Ok(None) };
        if found.deleting {
            return Err(Error::Deleting { arn: found.arn });
        }
        let (number, alias) = match qualifier {
            None => (None, None),
            Some(Qualifier::Version(number)) => (Some(*number), None),
            Some(Qualifier::Alias(name)) => match self.alias(tenant, machine, name).await? {
                Some(alias) => (Some(alias.draw(draw)), Some(name.clone())),
                None => return Ok(None),
            },
        };
        let id = match number {
            None => found.revision,
            Some(number) => match self.version(tenant, machine, number).await? {
                Some(version) => version.revision,
                None => return Ok(None),
            },
        };
        let revision = self.revision(tenant, &id).await?;
        Ok(revision.map(|revision| Target { revision, version: number, alias }))
    }

    /// What a document says, and its revision.
    async fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<(T, u64)>, Error> {
        let Some(document) = self.catalog.get(key).await? else { return Ok(None) };
        let revision = document.revision;
        Ok(Some((document.read()?, revision)))
    }

    /// Makes all of the writes; tells whether it did, or somebody else was faster.
    async fn apply(&self, writes: Vec<Write>) -> Result<bool, Error> {
        match self.catalog.apply(writes).await {
            Ok(()) => Ok(true),
            Err(journal::Error::CatalogConflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn below_quota(
        &self,
        tenant: &str,
        kind: Kind,
        what: &'static str,
        limit: usize,
    ) -> Result<(), Error> {
        if self.catalog.count(tenant, kind).await? < limit {
            Ok(())
        } else {
            Err(Error::Quota { what, limit })
        }
    }
}

/// Whether a document of the catalog has the shape of its kind. Of accounts and plugins others know
/// it.
///
/// # Errors
/// [`Corrupt`](journal::Error::Corrupt), which names it, where it has not.
pub fn check_document(document: Document) -> Result<(), journal::Error> {
    match document.key.kind {
        Kind::Machine => document.read::<StateMachine>().map(drop),
        Kind::Revision => document.read::<revisions::Stored>().map(drop),
        Kind::Version => document.read::<Version>().map(drop),
        Kind::Alias => document.read::<Alias>().map(drop),
        Kind::Activity => document.read::<Activity>().map(drop),
        Kind::Tags => document.read::<Tags>().map(drop),
        Kind::Statistics => statistics::check_document(document),
        Kind::Tenant | Kind::HostKey | Kind::Plugin => document.read::<Value>().map(drop),
    }
}

fn damaged(key: &Key, cause: impl ToString) -> Error {
    let (place, cause) = (key.to_string(), cause.to_string());
    Error::Store(journal::Error::Corrupt { what: "document", place, cause })
}

fn put(key: Key, replaces: Option<u64>, body: &impl Serialize) -> Write {
    // Strings, numbers and lists of them can be written.
    let body = serde_json::to_value(body).unwrap_or_default();
    Write::Put { key, replaces, body }
}

#[cfg(test)]
mod tests;
