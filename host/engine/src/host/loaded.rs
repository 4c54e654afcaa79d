//! An execution that is in memory, and what the host has to know of it besides.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use stepwell_asl::{Json, resource::Pattern};
use stepwell_interpreter::{
    Effect, Execution, Occurrence, Outcome, RunTask, Setting, Step, TaskId, Timestamp,
    map_run::MapRunId, redrive::NotRedrivable,
};
use stepwell_journal::{Error, Listing, MapRunRecord, Seq, Start, Status};

use crate::{Generation, resources::Revision};

/// An execution as of its last commit.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// Shared with the commit of it that is under way.
    pub(crate) execution: Arc<Execution>,
    pub(crate) seq: Seq,
    pub(crate) start: Start,
    pub(crate) attributes: Attributes,
    pub(crate) revision: Arc<Revision>,
    /// Activities that the revision names and that were not there when the turn began.
    pub(crate) missing_activities: Vec<Arc<str>>,
    /// Its Map Runs that are open, or that a redrive may need.
    pub(crate) map_runs: BTreeMap<MapRunId, MapRunRecord>,
}

/// What the host keeps with an execution: the store does not look into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The revision of the state machine that it runs.
    pub revision: String,
    /// The runner's generation when it was started, which it keeps; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// `traceHeader`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// Whose child it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

/// Whose child an execution is: who is told when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The ARN of the execution that waits for it.
    pub execution_arn: String,
    /// What of it waits.
    pub waits: Waits,
}

/// What waits for a child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waits {
    /// A task: `startExecution.sync` or `.sync:2`. One that does not wait is named, too, so that a
    /// start that is tried again is known.
    Task {
        /// Which.
        task: TaskId,
        /// How it waits.
        wait: Wait,
    },
    /// A Map Run, whose child it is.
    MapRun {
        /// Which.
        map_run: MapRunId,
        /// The child's number in it.
        child: u64,
    },
}

/// How a task waits for the execution it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// Not at all.
    RequestResponse,
    /// `.sync`: its input and output are texts.
    Sync,
    /// `.sync:2`: they are JSON.
    Sync2,
}

impl Wait {
    /// How a pattern waits for an execution; none where it waits for something else.
    pub(crate) fn of(pattern: Pattern) -> Self {
        match pattern {
            Pattern::Sync => Self::Sync,
            Pattern::Sync2 => Self::Sync2,
            Pattern::RequestResponse | Pattern::WaitForTaskToken => Self::RequestResponse,
        }
    }
}

impl Attributes {
    /// What the store has kept of the execution of this name.
    pub(crate) fn read(attributes: &Json, name: &str) -> Result<Self, Error> {
        Self::deserialize(attributes.value()).map_err(|error| Error::Corrupt {
            what: "attributes",
            place: name.to_owned(),
            cause: error.to_string(),
        })
    }

    pub(crate) fn to_json(&self) -> Json {
        // What is made of strings and numbers can be written.
        serde_json::to_value(self).unwrap_or_default().into()
    }
}

impl Loaded {
    /// Takes in what happened.
    pub(crate) fn on(&mut self, at: Timestamp, occurrence: Occurrence) -> Step {
        let (execution, setting) = self.parts();
        execution.on(setting, at, occurrence)
    }

    /// Goes on where it has not succeeded.
    pub(crate) fn redrive(
        &mut self,
        at: Timestamp,
        client_token: Option<String>,
    ) -> Result<Step, NotRedrivable> {
        let (execution, setting) = self.parts();
        execution.redrive(setting, client_token, at)
    }

    fn parts(&mut self) -> (&mut Execution, Setting<'_>) {
        let setting = Setting {
            machine: &self.revision.machine.definition,
            missing_activities: &self.missing_activities,
        };
        (Arc::make_mut(&mut self.execution), setting)
    }

    /// As lists show it; with an outcome, it has ended now.
    pub(crate) fn listing(&self, outcome: Option<&Outcome>) -> Listing {
        let Self { execution, start, .. } = self;
        Listing {
            id: start.key.id(),
            key: start.key.clone(),
            version: start.version.clone(),
            alias: start.alias.clone(),
            map_run: start.map_run.clone(),
            item_count: start.item_count,
            status: outcome.map_or(Status::Running, Status::from),
            started_at: execution.started_at(),
            stopped_at: outcome.map(|_| execution.now()),
            redrive_count: execution.redrive_count(),
            redriven_at: execution.redriven_at(),
            last_event_id: outcome.map(|_| execution.last_event_id()),
        }
    }

    /// What is open: tasks, Map Runs and timers.
    pub(crate) fn pending(&self) -> Vec<Effect> {
        self.execution.pending(&self.revision.machine.definition)
    }

    /// A task, if it is open.
    pub(crate) fn open_task(&self, id: TaskId) -> Option<RunTask> {
        self.execution.open_task(&self.revision.machine.definition, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_before_there_were_generations_is_read() {
        let before = Json::parse(r#"{"revision":"r"}"#).unwrap();
        let attributes = Attributes::read(&before, "e").unwrap();
        assert_eq!(attributes.generation, None);
        assert_eq!(attributes.to_json(), before);
        let attributes = Attributes { generation: Some(Generation(7)), ..attributes };
        let written = attributes.to_json();
        assert_eq!(written.text(), r#"{"revision":"r","generation":7}"#);
        assert_eq!(Attributes::read(&written, "e").unwrap(), attributes);
    }
}
