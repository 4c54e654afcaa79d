//! What a Map Run asks its host to do.

use stepwell_asl::Json;

use super::Record;
use crate::Identity;

/// What a Map Run asks the host to do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Report up to so many of the next items; fewer once they have [`READ_AHEAD_BYTES`](super::READ_AHEAD_BYTES).
    ReadItems(usize),
    /// Start a child execution with [`Execution::start_child`](crate::Execution::start_child), and
    /// report its end.
    StartChild(Box<StartChild>),
    /// Redrive a child execution with [`Execution::redrive`](crate::Execution::redrive), and report
    /// its end. One that cannot be redriven is reported as it ended.
    RedriveChild(Box<RedriveChild>),
    /// Nobody waits for the child any more: stop it. Reports about it are ignored.
    StopChild(u64),
    /// Add a child's end to the results.
    WriteResult(Box<Record>),
    /// Finish the files of results and their manifest, and report it.
    FinishResults,
}

/// A child execution.
#[derive(Debug, Clone, PartialEq)]
pub struct StartChild {
    /// Its number in the Map Run, from 0.
    pub child: u64,
    /// Who it is.
    pub identity: Identity,
    /// Its input.
    pub input: Json,
}

/// A child execution that is to be redriven.
#[derive(Debug, Clone, PartialEq)]
pub struct RedriveChild {
    /// Its number in the Map Run, from 0.
    pub child: u64,
    /// Who it is.
    pub identity: Identity,
    /// How often it will have been redriven then: one that was so often is not redriven again, and
    /// goes on.
    pub redrive_count: u64,
}
