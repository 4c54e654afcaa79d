//! Starting executions.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use stepwell_asl::Json;
use stepwell_interpreter::{Execution, Identity, Setting, Step};
use stepwell_journal::{Error as StoreError, ExecutionId, Key, Seq, Start, Status};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    Error, Host,
    actor::Call,
    loaded::{Attributes, Loaded, Parent},
    turn::Answer,
};
use crate::{
    Generation,
    resources::{Revision, Target},
};

/// An execution that is to be started.
#[derive(Debug, Clone)]
pub struct Order {
    /// Of what.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its input.
    pub input: Json,
    /// `traceHeader`.
    pub trace_header: Option<String>,
    /// Whose child it is.
    pub parent: Option<Parent>,
}

/// An execution that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// When.
    pub at: Timestamp,
}

/// A start that somebody waits for.
pub(super) struct Asked {
    pub(super) order: Order,
    pub(super) answer: Answer<Started>,
    /// Its place among the starts: its own, and not that of the request, which may be gone.
    pub(super) _permit: OwnedSemaphorePermit,
}

impl Order {
    pub(super) fn revision(&self) -> &Arc<Revision> {
        &self.target.revision
    }

    fn identity(&self) -> Identity {
        self.revision().machine.identify(&self.name)
    }

    /// The ARN that it will have.
    pub fn execution_arn(&self) -> String {
        self.identity().execution_arn
    }

    fn key(&self) -> Key {
        let machine = &self.revision().machine;
        Key {
            tenant: machine.tenant.clone(),
            machine: machine.name.clone(),
            name: self.name.clone(),
        }
    }

    fn attributes(&self, generation: Option<Generation>) -> Attributes {
        Attributes {
            revision: self.revision().id.clone(),
            generation,
            trace_header: self.trace_header.clone(),
            parent: self.parent.clone(),
        }
    }

    /// Makes the first step.
    pub(super) fn begin(
        self,
        host: &Host,
        missing_activities: Vec<Arc<str>>,
        at: Timestamp,
    ) -> (Loaded, Step) {
        let attributes = self.attributes(host.inner.runner.generation());
        let start = Start {
            key: self.key(),
            version: self.target.version.map(|version| version.to_string()),
            alias: self.target.alias.clone(),
            map_run: None,
            item_count: None,
            attributes: attributes.to_json(),
        };
        let identity = self.identity();
        let revision = self.target.revision;
        let setting = Setting {
            machine: &revision.machine.definition,
            missing_activities: &missing_activities,
        };
        let key = &host.inner.settings.token_key;
        let (execution, step) = Execution::start(setting, identity, key, self.input, at);
        let (execution, seq) = (Arc::new(execution), Seq::FIRST);
        let map_runs = BTreeMap::new();
        let loaded =
            Loaded { execution, seq, start, attributes, revision, missing_activities, map_runs };
        (loaded, step)
    }
}

impl Host {
    /// Starts an execution. It is durable once this returns.
    ///
    /// Where one of this name was started for the same parent, or runs and has the same input, the
    /// answer is that of the first start.
    ///
    /// # Errors
    /// Where the name is taken, too much goes on, or the journal fails.
    pub async fn start_execution(&self, order: Order) -> Result<Started, Error> {
        if self.is_stopping() {
            return Err(Error::Stopping);
        }
        let key = order.key();
        let id = key.id();
        let permit = self.inner.starts.clone().try_acquire_owned().map_err(|_| Error::Throttled)?;
        self.inner.open.check(&key.tenant)?;
        let (answer, started) = oneshot::channel();
        let again = order.clone();
        let asked = Asked { order, answer, _permit: permit };
        self.inner.residents.deliver(self, id, Call::Start(Box::new(asked)));
        match started.await.map_err(|_| Error::Lost)? {
            Err(Error::Store(StoreError::NameTaken { .. })) => {
                self.started_before(id, &again).await
            }
            started => started,
        }
    }

    /// What the first start of this name was answered, where this one asks for the same.
    async fn started_before(&self, id: ExecutionId, order: &Order) -> Result<Started, Error> {
        let first = self.inner.store.describe(id).await?.ok_or(Error::AlreadyExists)?;
        let attributes = Attributes::read(&first.attributes, &order.name)?;
        let same_parent = order.parent.is_some() && attributes.parent == order.parent;
        let same_start = first.listing.status == Status::Running
            && attributes.parent == order.parent
            && first.input.text() == order.input.text();
        match same_parent || same_start {
            true => Ok(Started { at: first.listing.started_at }),
            false => Err(Error::AlreadyExists),
        }
    }
}
