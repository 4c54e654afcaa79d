//! Tags of state machines and activities.

use std::collections::BTreeMap;

use stepwell_journal::catalog::{Key, Kind, Write};

use super::{ATTEMPTS, Error, Resources, activities, machines, put};

/// Values by their keys.
pub type Tags = BTreeMap<String, String>;

/// What has tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// The state machine of this name.
    Machine(String),
    /// The activity of this name.
    Activity(String),
}

impl Tagged {
    /// Where the tags are.
    pub(super) fn key(&self, tenant: &str) -> Key {
        let name = match self {
            Self::Machine(name) => format!("stateMachine:{name}"),
            Self::Activity(name) => format!("activity:{name}"),
        };
        Key::new(tenant, Kind::Tags, name)
    }

    /// What is tagged.
    fn resource(&self, tenant: &str) -> Key {
        match self {
            Self::Machine(name) => machines::key(tenant, name),
            Self::Activity(name) => activities::key(tenant, name),
        }
    }
}

impl Resources {
    /// The tags of a resource that is there.
    ///
    /// # Errors
    /// [`Error::Missing`] where it is not; where the catalog fails.
    pub async fn tags(&self, tenant: &str, tagged: &Tagged) -> Result<Tags, Error> {
        if self.catalog.get(&tagged.resource(tenant)).await?.is_none() {
            return Err(Error::Missing("resource"));
        }
        let tags = self.read(&tagged.key(tenant)).await?;
        Ok(tags.map(|(tags, _)| tags).unwrap_or_default())
    }

    /// Adds tags to a resource, or gives those that it has other values.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Quota`]; where the catalog fails.
    pub async fn tag(&self, tenant: &str, tagged: &Tagged, add: &Tags) -> Result<(), Error> {
        self.change_tags(tenant, tagged, |tags| tags.extend(add.clone())).await
    }

    /// Takes tags from a resource; those that it does not have are none of it.
    ///
    /// # Errors
    /// [`Error::Missing`]; where the catalog fails.
    pub async fn untag(
        &self,
        tenant: &str,
        tagged: &Tagged,
        remove: &[String],
    ) -> Result<(), Error> {
        self.change_tags(tenant, tagged, |tags| tags.retain(|key, _| !remove.contains(key))).await
    }

    async fn change_tags(
        &self,
        tenant: &str,
        tagged: &Tagged,
        change: impl Fn(&mut Tags) + Send,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let key = tagged.resource(tenant);
            let Some(resource) = self.catalog.get(&key).await? else {
                return Err(Error::Missing("resource"));
            };
            let (before, read) = match self.read::<Tags>(&tagged.key(tenant)).await? {
                Some((tags, read)) => (tags, Some(read)),
                None => (Tags::new(), None),
            };
            let mut after = before.clone();
            change(&mut after);
            if after == before {
                return Ok(());
            }
            self.few_enough(&after)?;
            let writes = vec![
                Write::Check { key, is: Some(resource.revision) },
                put(tagged.key(tenant), read, &after),
            ];
            if self.apply(writes).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }

    pub(super) fn few_enough(&self, tags: &Tags) -> Result<(), Error> {
        let limit = self.quotas.tags;
        if tags.len() > limit { Err(Error::Quota { what: "tags", limit }) } else { Ok(()) }
    }
}
