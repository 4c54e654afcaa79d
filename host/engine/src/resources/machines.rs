//! State machines.

use serde::{Deserialize, Serialize};
use stepwell_asl::definition::Type;
use stepwell_interpreter::Timestamp;
use stepwell_journal::{
    Page,
    catalog::{Key, Kind, Write},
};
use uuid::Uuid;

use super::{
    ATTEMPTS, Error, Resources, Settings, Tagged, Tags, put,
    revisions::{self, Stored},
    versions,
};

/// A state machine: its name, and where to find the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachine {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    express: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// The id of its newest revision.
    pub revision: String,
    /// Whether that is the one that it was created with.
    pub initial: bool,
    /// When that was made.
    pub updated_at: Timestamp,
    /// The version that the newest revision is published as.
    pub published: Option<u64>,
    /// Whether it goes as soon as no execution runs any more: nothing else can be done with it.
    pub deleting: bool,
    /// How a version was asked for when it was created.
    created_with: Option<Publish>,
    /// The number of the version published last. None is ever used again.
    pub(super) last_version: u64,
    pub(super) versions: usize,
    pub(super) aliases: usize,
}

impl StateMachine {
    /// Its type.
    pub fn type_(&self) -> Type {
        revisions::type_of(self.express)
    }

    /// `revisionId`: AWS gives none to what a state machine was created with.
    pub fn revision_id(&self) -> Option<&str> {
        Some(self.revision.as_str()).filter(|_| !self.initial)
    }
}

/// A version that is to be published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Publish {
    /// Its description.
    pub description: Option<String>,
}

/// A state machine that is to be created.
#[derive(Debug, Clone)]
pub struct CreateMachine {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its type.
    pub type_: Type,
    /// Its definition, which is valid.
    pub definition: String,
    /// The role of its executions.
    pub role_arn: String,
    /// What else is kept with it.
    pub settings: Settings,
    /// Its tags.
    pub tags: Tags,
    /// Whether a version is published at once.
    pub publish: Option<Publish>,
}

/// What changes of a state machine.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The definition, which is valid for a machine of its type.
    pub definition: Option<String>,
    /// The role.
    pub role_arn: Option<String>,
    /// Of the settings those that change.
    pub settings: Settings,
    /// Whether a version is published at once.
    pub publish: Option<Publish>,
}

/// A state machine after it was created or updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The state machine.
    pub machine: StateMachine,
    /// The version, where one was to be published.
    pub version: Option<u64>,
}

pub(super) fn key(tenant: &str, name: &str) -> Key {
    Key::new(tenant, Kind::Machine, name)
}

impl Resources {
    /// A state machine; none where there is none of this name.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn machine(&self, tenant: &str, name: &str) -> Result<Option<StateMachine>, Error> {
        Ok(self.read(&key(tenant, name)).await?.map(|(machine, _)| machine))
    }

    /// State machines in the order of their names, after one of them, without those that are
    /// damaged.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn machines(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<StateMachine, String>, Error> {
        Ok(self.catalog.scan(tenant, Kind::Machine, "", after, limit).await?.read_or_warn())
    }

    /// Creates a state machine. It is there already where it has the same definition, type and
    /// settings, and a version was asked for in the same way: role and tags may be others, and stay
    /// as they are.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is another of this name, [`Error::Deleting`],
    /// [`Error::Quota`]; where the catalog fails.
    pub async fn create_machine(
        &self,
        tenant: &str,
        create: CreateMachine,
        at: Timestamp,
    ) -> Result<Updated, Error> {
        let key = key(tenant, &create.name);
        let _creating = self.creating.lock().await;
        for _ in 0..ATTEMPTS {
            if let Some((machine, _)) = self.read::<StateMachine>(&key).await? {
                return self.created_before(tenant, machine, &create).await;
            }
            let limit = self.quotas.machines;
            self.below_quota(tenant, Kind::Machine, "state machines", limit).await?;
            self.few_enough(&create.tags)?;
            let mut machine = StateMachine {
                name: create.name.clone(),
                arn: create.arn.clone(),
                express: create.type_ == Type::Express,
                created_at: at,
                revision: Uuid::new_v4().to_string(),
                initial: true,
                updated_at: at,
                published: None,
                deleting: false,
                created_with: create.publish.clone(),
                last_version: 0,
                versions: 0,
                aliases: 0,
            };
            let stored = Stored {
                arn: create.arn.clone(),
                name: create.name.clone(),
                express: machine.express,
                role_arn: create.role_arn.clone(),
                definition: create.definition.clone(),
                settings: create.settings.clone(),
                initial: true,
                created_at: at,
            };
            let mut writes = vec![put(revisions::key(tenant, &machine.revision), None, &stored)];
            if let Some(publish) = &create.publish {
                writes.extend(self.publishing(tenant, &mut machine, publish, at)?);
            }
            if !create.tags.is_empty() {
                let tagged = Tagged::Machine(create.name.clone());
                writes.push(put(tagged.key(tenant), None, &create.tags));
            }
            writes.push(put(key.clone(), None, &machine));
            if self.apply(writes).await? {
                return Ok(Updated { version: machine.published, machine });
            }
        }
        Err(Error::Contended)
    }

    async fn created_before(
        &self,
        tenant: &str,
        machine: StateMachine,
        create: &CreateMachine,
    ) -> Result<Updated, Error> {
        if machine.deleting {
            return Err(Error::Deleting { arn: machine.arn });
        }
        let stored = self.stored(tenant, &machine).await?;
        let same = machine.type_() == create.type_
            && machine.created_with == create.publish
            && stored.definition == create.definition
            && stored.settings == create.settings;
        if !same {
            return Err(Error::Exists { arn: machine.arn });
        }
        let version = machine.published.filter(|_| create.publish.is_some());
        Ok(Updated { machine, version })
    }

    /// The newest revision, as it is kept.
    async fn stored(&self, tenant: &str, machine: &StateMachine) -> Result<Stored, Error> {
        let revision = self.read(&revisions::key(tenant, &machine.revision)).await?;
        Ok(revision.ok_or(Error::Missing("revision"))?.0)
    }

    /// Changes a state machine. Where something becomes another than it was, there is a new
    /// revision.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Deleting`], [`Error::Quota`] of versions; where the catalog
    /// fails.
    pub async fn update_machine(
        &self,
        tenant: &str,
        name: &str,
        changes: Changes,
        at: Timestamp,
    ) -> Result<Updated, Error> {
        let key = key(tenant, name);
        for _ in 0..ATTEMPTS {
            let (mut machine, read) = self.active(&key).await?;
            let before = self.stored(tenant, &machine).await?;
            let mut after = before.clone();
            let Changes { definition, role_arn, settings, publish } = changes.clone();
            after.definition = definition.unwrap_or(after.definition);
            after.role_arn = role_arn.unwrap_or(after.role_arn);
            after.settings.extend(settings);
            let mut writes = Vec::new();
            if after != before {
                machine.revision = Uuid::new_v4().to_string();
                (machine.initial, machine.updated_at, machine.published) = (false, at, None);
                (after.initial, after.created_at) = (false, at);
                writes.push(put(revisions::key(tenant, &machine.revision), None, &after));
            }
            if let Some(publish) = &publish {
                writes.extend(self.publishing(tenant, &mut machine, publish, at)?);
            }
            let version = machine.published.filter(|_| publish.is_some());
            if writes.is_empty() {
                return Ok(Updated { machine, version });
            }
            writes.push(put(key.clone(), Some(read), &machine));
            if self.apply(writes).await? {
                return Ok(Updated { machine, version });
            }
        }
        Err(Error::Contended)
    }

    /// A state machine that is there and not being deleted.
    pub(super) async fn active(&self, key: &Key) -> Result<(StateMachine, u64), Error> {
        match self.read::<StateMachine>(key).await? {
            None => Err(Error::Missing("state machine")),
            Some((machine, _)) if machine.deleting => Err(Error::Deleting { arn: machine.arn }),
            Some(found) => Ok(found),
        }
    }

    /// Begins to delete a state machine: nothing is started with it any more. Once none of its
    /// executions runs, [remove](Self::remove_machine) it. One that is not there is deleted.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn delete_machine(&self, tenant: &str, name: &str) -> Result<(), Error> {
        let key = key(tenant, name);
        for _ in 0..ATTEMPTS {
            let Some((machine, read)) = self.read::<StateMachine>(&key).await? else {
                return Ok(());
            };
            let deleting = StateMachine { deleting: true, ..machine.clone() };
            if machine.deleting || self.apply(vec![put(key.clone(), Some(read), &deleting)]).await?
            {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }

    /// Removes a state machine that is being deleted, with its versions, aliases and tags. Its
    /// revisions stay, for the executions that were started with them.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn remove_machine(&self, tenant: &str, name: &str) -> Result<(), Error> {
        let key = key(tenant, name);
        for _ in 0..ATTEMPTS {
            let Some((machine, read)) = self.read::<StateMachine>(&key).await? else {
                return Ok(());
            };
            if !machine.deleting {
                return Ok(());
            }
            let mut writes = vec![Write::Delete { key: key.clone(), replaces: read }];
            for kind in [Kind::Version, Kind::Alias] {
                let prefix = versions::prefix(name);
                let of_machine =
                    self.catalog.scan(tenant, kind, &prefix, None, usize::MAX).await?.items;
                let delete = |it: stepwell_journal::catalog::Document| Write::Delete {
                    key: it.key,
                    replaces: it.revision,
                };
                writes.extend(of_machine.into_iter().map(delete));
            }
            let tags = Tagged::Machine(name.to_owned()).key(tenant);
            if let Some(tags) = self.catalog.get(&tags).await? {
                writes.push(Write::Delete { key: tags.key, replaces: tags.revision });
            }
            if self.apply(writes).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }
}
