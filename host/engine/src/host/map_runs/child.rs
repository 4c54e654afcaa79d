//! The children of Map Runs: executions of their own, listed under their Map Run.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_interpreter::{
    Execution, Identity, Setting, Step,
    map_run::{ChildType, StartChild},
};
use stepwell_journal::{ExecutionId, MapRunRecord, Seq, Start};

use super::Key;
use crate::{
    Generation, arn,
    host::{
        Error, Host,
        loaded::{Attributes, Loaded, Parent, Waits},
    },
};

/// A child that is to be started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NewChild {
    /// The revision of the state machine whose Map state it is.
    pub(super) revision: String,
    /// The runner's generation when its parent was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generation: Option<Generation>,
    pub(super) parent: Parent,
    pub(super) map_run_arn: String,
    pub(super) start: StartChild,
}

/// The id of a child.
pub(super) fn id(identity: &Identity) -> Option<ExecutionId> {
    arn::execution_id(&identity.execution_arn)
}

impl NewChild {
    pub(super) fn new(parent: &Loaded, map_run: &MapRunRecord, start: StartChild) -> Self {
        Self {
            revision: parent.attributes.revision.clone(),
            generation: parent.attributes.generation,
            parent: Parent {
                execution_arn: parent.execution.identity().execution_arn.clone(),
                waits: Waits::MapRun { map_run: map_run.id, child: start.child },
            },
            map_run_arn: map_run.arn.clone(),
            start,
        }
    }

    pub(crate) fn execution_arn(&self) -> &str {
        &self.start.identity.execution_arn
    }

    /// Whether it runs in memory.
    pub(crate) fn is_express(&self) -> bool {
        self.start.child_type == ChildType::Express
    }

    /// Whose child it is.
    pub(crate) fn map_run(&self) -> Option<Key> {
        match self.parent.waits {
            Waits::MapRun { map_run, .. } => {
                Some((arn::execution_id(&self.parent.execution_arn)?, map_run))
            }
            Waits::Task { .. } => None,
        }
    }
}

impl Host {
    /// Makes a child's first step.
    pub(crate) async fn begin_child(
        &self,
        child: NewChild,
        at: Timestamp,
    ) -> Result<(Loaded, Step), Error> {
        let NewChild { revision, generation, parent, map_run_arn, start } = child;
        let missing = || Error::MissingRevision(revision.clone());
        let key = arn::execution(&start.identity.execution_arn).ok_or(Error::NoSuchExecution)?;
        let found = self.inner.resources.revision(&key.tenant, &revision).await?;
        let found = found.ok_or_else(missing)?;
        let attributes = Attributes {
            revision: revision.clone(),
            generation,
            trace_header: None,
            parent: Some(parent),
        };
        let started = Start {
            key,
            version: None,
            alias: None,
            map_run: Some(map_run_arn),
            item_count: Some(start.items),
            attributes: attributes.to_json(),
        };
        let key = &self.inner.settings.token_key;
        let missing_activities = self.missing_activities(&found).await?;
        let setting =
            Setting { machine: &found.machine.definition, missing_activities: &missing_activities };
        // The revision is its parent's, which has the state.
        let (execution, step) =
            Execution::start_child(setting, start, key, at).map_err(|_| missing())?;
        let loaded = Loaded {
            execution: Arc::new(execution),
            seq: Seq::FIRST,
            start: started,
            attributes,
            revision: found,
            missing_activities,
            map_runs: BTreeMap::new(),
        };
        Ok((loaded, step))
    }
}
