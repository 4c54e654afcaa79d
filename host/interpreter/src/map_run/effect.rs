//! What a Map Run asks its host to do.

use serde::{Deserialize, Serialize};
use stepwell_asl::{Json, definition::Name};

use super::{ChildType, Record};
use crate::Identity;

/// What a Map Run asks the host to do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Report items; fewer once they have [`READ_AHEAD_BYTES`](super::READ_AHEAD_BYTES).
    ReadItems {
        /// The index of the first.
        from: u64,
        /// How many at most.
        count: usize,
    },
    /// Start a child execution with [`Execution::start_child`](crate::Execution::start_child), and
    /// report its end.
    StartChild(Box<StartChild>),
    /// Redrive a child execution with [`Execution::redrive`](crate::Execution::redrive), and report
    /// its end: one of an Express machine is started anew. One that cannot be redriven is reported
    /// as it ended.
    RedriveChild(Box<RedriveChild>),
    /// Report [`StartMore`](super::Occurrence::StartMore) once the children are started that were
    /// to be.
    StartMore,
    /// Stop the child. Its end is reported all the same, unless the Map Run has ended.
    StopChild(u64),
    /// Add a child's end to the results.
    WriteResult(Box<Record>),
    /// Finish the files of results and their manifest, and report it.
    FinishResults,
}

/// A child execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartChild {
    /// Its number in the Map Run, from 0.
    pub child: u64,
    /// Who it is.
    pub identity: Identity,
    /// Its input.
    pub input: Json,
    /// How many items are in it.
    pub items: u64,
    /// The Map state, whose item processor it runs.
    pub state: Name,
    /// Its type.
    pub child_type: ChildType,
}

/// A child execution that is to be redriven.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedriveChild {
    /// Its number in the Map Run, from 0.
    pub child: u64,
    /// Who it is.
    pub identity: Identity,
    /// How often it will have been redriven then: one that was so often is not redriven again, and
    /// goes on.
    pub redrive_count: u64,
    /// Its type.
    pub child_type: ChildType,
}
