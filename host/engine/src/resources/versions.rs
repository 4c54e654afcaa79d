//! Versions: revisions with numbers.

use serde::{Deserialize, Serialize};
use stepwell_interpreter::Timestamp;
use stepwell_journal::{
    Page,
    catalog::{Document, Key, Kind, Write},
};

use super::{
    ATTEMPTS, Alias, Error, Publish, Resources,
    machines::{self, StateMachine},
    put,
};

/// A published version of a state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Its number, from 1.
    pub number: u64,
    /// The id of the revision that it is.
    pub revision: String,
    /// Its description.
    pub description: Option<String>,
    /// When it was published.
    pub created_at: Timestamp,
}

/// What the names of a state machine's versions and aliases begin with: no machine's has a colon.
pub(super) fn prefix(machine: &str) -> String {
    format!("{machine}:")
}

/// In the order of such names the newest comes first.
fn key(tenant: &str, machine: &str, number: u64) -> Key {
    Key::new(tenant, Kind::Version, format!("{}{:020}", prefix(machine), u64::MAX - number))
}

impl Resources {
    /// A version; none where there is none of this number.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn version(
        &self,
        tenant: &str,
        machine: &str,
        number: u64,
    ) -> Result<Option<Version>, Error> {
        Ok(self.read(&key(tenant, machine, number)).await?.map(|(version, _)| version))
    }

    /// The versions of a state machine, the newest first, after what the page before has named,
    /// without those that are damaged.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn versions(
        &self,
        tenant: &str,
        machine: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Version, String>, Error> {
        let prefix = prefix(machine);
        Ok(self.catalog.scan(tenant, Kind::Version, &prefix, after, limit).await?.read_or_warn())
    }

    /// Publishes the newest revision of a state machine, unless it is published. Where a revision
    /// is named, it must be the newest: the first one is called `INITIAL`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Deleting`], [`Error::Revision`], [`Error::Quota`]; where the
    /// catalog fails.
    pub async fn publish_version(
        &self,
        tenant: &str,
        machine: &str,
        revision: Option<&str>,
        publish: &Publish,
        at: Timestamp,
    ) -> Result<Version, Error> {
        let machine_key = machines::key(tenant, machine);
        for _ in 0..ATTEMPTS {
            let (mut found, read) = self.active(&machine_key).await?;
            let current = found.revision_id().unwrap_or("INITIAL");
            if let Some(wanted) = revision.filter(|wanted| *wanted != current) {
                return Err(Error::Revision {
                    wanted: wanted.to_owned(),
                    current: current.to_owned(),
                });
            }
            let mut writes = self.publishing(tenant, &mut found, publish, at)?;
            let made = writes.is_empty() || {
                writes.push(put(machine_key.clone(), Some(read), &found));
                self.apply(writes).await?
            };
            if !made {
                continue;
            }
            let Some(number) = found.published else { continue };
            if let Some(version) = self.version(tenant, machine, number).await? {
                return Ok(version);
            }
        }
        Err(Error::Contended)
    }

    /// Writes that publish the newest revision: none where it is published.
    pub(super) fn publishing(
        &self,
        tenant: &str,
        machine: &mut StateMachine,
        publish: &Publish,
        at: Timestamp,
    ) -> Result<Vec<Write>, Error> {
        if machine.published.is_some() {
            return Ok(Vec::new());
        }
        let limit = self.quotas.versions;
        if machine.versions >= limit {
            return Err(Error::Quota { what: "versions", limit });
        }
        machine.versions += 1;
        machine.last_version += 1;
        machine.published = Some(machine.last_version);
        let version = Version {
            number: machine.last_version,
            revision: machine.revision.clone(),
            description: publish.description.clone(),
            created_at: at,
        };
        Ok(vec![put(key(tenant, &machine.name, version.number), None, &version)])
    }

    /// Deletes a version. One that is not there is deleted.
    ///
    /// # Errors
    /// [`Error::InUse`] where an alias leads to it; where the catalog fails.
    pub async fn delete_version(
        &self,
        tenant: &str,
        machine: &str,
        number: u64,
    ) -> Result<(), Error> {
        let machine_key = machines::key(tenant, machine);
        for _ in 0..ATTEMPTS {
            let Some((mut found, read)) = self.read::<StateMachine>(&machine_key).await? else {
                return Ok(());
            };
            let Some((_, version)) = self.read::<Version>(&key(tenant, machine, number)).await?
            else {
                return Ok(());
            };
            // One that is damaged may lead to it.
            let prefix = prefix(machine);
            let aliases =
                self.catalog.scan(tenant, Kind::Alias, &prefix, None, usize::MAX).await?.items;
            let aliases = aliases.into_iter().map(Document::read);
            let aliases = aliases.collect::<Result<Vec<Alias>, _>>()?;
            let leads_to = |alias: &Alias| alias.routes.iter().any(|it| it.version == number);
            let aliases: Vec<_> =
                aliases.into_iter().filter(leads_to).map(|alias| alias.name).collect();
            if !aliases.is_empty() {
                return Err(Error::InUse { aliases });
            }
            found.versions = found.versions.saturating_sub(1);
            found.published = found.published.filter(|published| *published != number);
            let writes = vec![
                Write::Delete { key: key(tenant, machine, number), replaces: version },
                put(machine_key.clone(), Some(read), &found),
            ];
            if self.apply(writes).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }
}
