//! What a state machine was at one time.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_asl::{
    self as asl,
    definition::{self, Type},
    resource::{Pattern, Resource},
};
use stepwell_interpreter::{Timestamp, activities};
use stepwell_journal::catalog::{Key, Kind};

use super::{Error, Resources, damaged};
use crate::Machine;

/// How much the revisions that are kept parsed may have in all, in bytes of their definitions.
const CACHED: usize = 16 << 20;

/// What an execution runs by. It is never changed.
#[derive(Debug)]
pub struct Revision {
    /// Its id: a UUID.
    pub id: String,
    /// The state machine, with its definition.
    pub machine: Arc<Machine>,
    /// Its type.
    pub type_: Type,
    /// The role that executions have.
    pub role_arn: String,
    /// The definition's text.
    pub text: Arc<str>,
    /// What else the API keeps: nothing here looks into it.
    pub settings: Settings,
    /// Whether it is what the state machine was created with, and AWS gives it no id.
    pub initial: bool,
    /// When it became the newest.
    pub created_at: Timestamp,
    /// Whether a task of it starts executions and waits for them.
    pub waits_for_executions: bool,
    /// The activities whose workers run tasks of it, by their ARNs.
    pub activities: Vec<Arc<str>>,
}

/// Members of a request that are kept and given back as they are: the configurations of logging,
/// tracing and encryption.
pub type Settings = serde_json::Map<String, Value>;

/// A revision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stored {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) express: bool,
    pub(super) role_arn: String,
    pub(super) definition: String,
    pub(super) settings: Settings,
    pub(super) initial: bool,
    pub(super) created_at: Timestamp,
}

pub(super) fn key(tenant: &str, id: &str) -> Key {
    Key::new(tenant, Kind::Revision, id)
}

pub(super) fn type_of(express: bool) -> Type {
    if express { Type::Express } else { Type::Standard }
}

impl Resources {
    /// A revision; none where there is none of this id.
    ///
    /// # Errors
    /// Where the catalog fails, or the revision is damaged.
    pub async fn revision(&self, tenant: &str, id: &str) -> Result<Option<Arc<Revision>>, Error> {
        let key = key(tenant, id);
        if let Some(revision) = self.cache().get(&key) {
            return Ok(Some(revision));
        }
        let Some((stored, _)) = self.read::<Stored>(&key).await? else { return Ok(None) };
        let revision = Arc::new(parse(&key, stored)?);
        self.cache().insert(key, revision.clone());
        Ok(Some(revision))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.revisions.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn parse(key: &Key, stored: Stored) -> Result<Revision, Error> {
    let type_ = type_of(stored.express);
    let definition = asl::StateMachine::parse_as(type_, &stored.definition)
        .map_err(|findings| damaged(key, asl::diagnostic::invalid_definition(&findings)))?
        .machine;
    let waits = |state: &definition::State| match &state.kind {
        definition::Kind::Task(task) => waits_for_executions(&task.resource),
        _ => false,
    };
    Ok(Revision {
        id: key.name.clone(),
        waits_for_executions: definition.states.values().any(waits),
        activities: activities(&definition).cloned().collect(),
        machine: Arc::new(Machine {
            arn: stored.arn,
            name: stored.name,
            role_arn: stored.role_arn.clone(),
            tenant: key.tenant.clone(),
            definition,
        }),
        type_,
        role_arn: stored.role_arn,
        text: stored.definition.into(),
        settings: stored.settings,
        initial: stored.initial,
        created_at: stored.created_at,
    })
}

fn waits_for_executions(resource: &Resource) -> bool {
    matches!(resource, Resource::Integration(it)
        if &*it.service == "states" && &*it.action == "startExecution" && matches!(it.pattern, Pattern::Sync | Pattern::Sync2))
}

/// Parsed revisions: the least recently used goes first.
#[derive(Debug)]
pub(super) struct Cache {
    /// How many bytes there may be.
    limit: usize,
    revisions: HashMap<Key, (Arc<Revision>, u64)>,
    bytes: usize,
    uses: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self { limit: CACHED, revisions: HashMap::new(), bytes: 0, uses: 0 }
    }
}

impl Cache {
    fn get(&mut self, key: &Key) -> Option<Arc<Revision>> {
        let (revision, used) = self.revisions.get_mut(key)?;
        self.uses += 1;
        *used = self.uses;
        Some(revision.clone())
    }

    fn insert(&mut self, key: Key, revision: Arc<Revision>) {
        self.uses += 1;
        self.bytes += size(&revision);
        if let Some((before, _)) = self.revisions.insert(key, (revision, self.uses)) {
            self.bytes -= size(&before);
        }
        while self.bytes > self.limit {
            let oldest = self.revisions.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { break };
            if let Some((gone, _)) = self.revisions.remove(&oldest) {
                self.bytes -= size(&gone);
            }
        }
    }
}

/// A small one counts for something, too.
fn size(revision: &Revision) -> usize {
    revision.text.len() + 4096
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(id: &str, padding: usize) -> (Key, Arc<Revision>) {
        let key = key("1", id);
        let comment = "c".repeat(padding);
        let definition = format!(
            r#"{{"Comment":"{comment}","StartAt":"S","States":{{"S":{{"Type":"Succeed"}}}}}}"#
        );
        let stored = Stored {
            arn: "arn".into(),
            name: "m".into(),
            express: false,
            role_arn: "role".into(),
            definition,
            settings: Settings::new(),
            initial: true,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let revision = parse(&key, stored).unwrap();
        (key, Arc::new(revision))
    }

    #[test]
    fn the_least_recently_used_is_forgotten() {
        let mut cache = Cache { limit: 40_000, ..Cache::default() };
        let mut keys = Vec::new();
        for id in ["a", "b", "c", "d"] {
            let (key, revision) = revision(id, 5_000);
            cache.insert(key.clone(), revision.clone());
            cache.insert(key.clone(), revision);
            keys.push(key);
        }
        assert!(keys.iter().all(|key| cache.revisions.contains_key(key)), "each counts once");
        assert!(cache.get(&keys[0]).is_some());
        let (key, large) = revision("e", 14_000);
        cache.insert(key.clone(), large);
        keys.push(key);
        let kept: Vec<_> = keys.iter().map(|key| cache.revisions.contains_key(key)).collect();
        assert_eq!(kept, [true, false, false, true, true]);
        assert!(cache.bytes <= cache.limit);
        assert_eq!(
            cache.bytes,
            cache.revisions.values().map(|(revision, _)| size(revision)).sum::<usize>()
        );
    }

    #[test]
    fn what_waits_for_executions_is_known() {
        let waits = |resource: &str| waits_for_executions(&Resource::parse(resource).unwrap());
        assert!(waits("arn:aws:states:::states:startExecution.sync"));
        assert!(waits("arn:aws:states:::states:startExecution.sync:2"));
        assert!(!waits("arn:aws:states:::states:startExecution"));
        assert!(!waits("arn:aws:states:::ecs:runTask.sync"));
        assert!(!waits("wasm:a/b"));
    }
}
