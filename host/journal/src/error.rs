//! What can go wrong with a store.

use std::path::PathBuf;

use crate::{ExecutionId, Seq, Shard, catalog};

/// Why the store did not do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another commit came first: load the execution again.
    #[error("The execution {execution} is at commit {}, not at {}.", text(*actual), expected.0)]
    Conflict {
        /// Which.
        execution: ExecutionId,
        /// Where it was expected to be.
        expected: Seq,
        /// Where it is; none where there is no such execution.
        actual: Option<Seq>,
    },
    /// There is an execution of this tenant, machine and name: `ExecutionAlreadyExists`.
    #[error("There is an execution of this name already: {execution}.")]
    NameTaken {
        /// The one there is.
        execution: ExecutionId,
    },
    /// The execution has ended, and the commit is not one that redrives it.
    #[error("The execution {execution} has ended.")]
    Closed {
        /// Which.
        execution: ExecutionId,
    },
    /// The execution runs, or ended in success, and cannot be redriven.
    #[error("The execution {execution} cannot be redriven: it has not failed.")]
    NotRedrivable {
        /// Which.
        execution: ExecutionId,
    },
    /// Somebody else has claimed the shard since: stop working on it.
    #[error(
        "The lease on shard {} of epoch {epoch} is over: another host has claimed it.",
        shard.number()
    )]
    Fenced {
        /// Of what.
        shard: Shard,
        /// The epoch that has passed.
        epoch: u64,
    },
    /// What is to be committed cannot be: the host's mistake.
    #[error("The commit to {execution} is refused: {problem}.")]
    Refused {
        /// To which execution.
        execution: ExecutionId,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A document is not what a write to the catalog was to replace: get it again.
    #[error("The {key} has been changed meanwhile.")]
    CatalogConflict {
        /// Which.
        key: catalog::Key,
    },
    /// Another process has the data directory.
    #[error(
        "The data directory {} is in use by another process{}. One process at a time can use it: \
         stop that one first, or choose another directory with --data.",
        directory.display(),
        holder.map_or(String::new(), |holder| format!(" (process {holder})"))
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The other's process id, where it is known.
        holder: Option<u32>,
    },
    /// A later version of Stepwell has written the journal.
    #[error(
        "{} was written by a later version of Stepwell: its schema has version {found}, and this \
         version knows those up to {known}. Run that version, or restore a backup made before.",
        file.display()
    )]
    NewerSchema {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The last known.
        known: i64,
    },
    /// The file is a database of something else.
    #[error("{} is not a journal of Stepwell.", file.display())]
    NotAJournal {
        /// The file.
        file: PathBuf,
    },
    /// There is no room left. Nothing that was acknowledged is lost.
    #[error(
        "There is no room left for the journal in {}: free some space, or raise the journal's \
         limit. What was acknowledged is kept.",
        directory.display()
    )]
    Full {
        /// The data directory.
        directory: PathBuf,
    },
    /// The disk may not be written to.
    #[error(
        "The journal in {} cannot be written: the directory or its disk is read-only.",
        directory.display()
    )]
    ReadOnly {
        /// The data directory.
        directory: PathBuf,
    },
    /// The disk failed, or something else did.
    #[error("The journal in {} cannot be {action}: {cause}.", directory.display())]
    Io {
        /// The data directory.
        directory: PathBuf,
        /// `opened`, `read`, `written`, `backed up`.
        action: &'static str,
        /// What the system said.
        cause: String,
    },
    /// What is stored cannot be read.
    #[error("The {what} of {place} is damaged: {cause}. Restore a backup.")]
    Corrupt {
        /// `history`, `state`, ...
        what: &'static str,
        /// Which.
        place: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A token that this listing did not give out.
    #[error("The token is not one of this listing.")]
    Token,
    /// The store was closed, or it crashed. Whether the commit was made is not known.
    #[error("The journal is closed.")]
    Stopped,
}

fn text(seq: Option<Seq>) -> String {
    seq.map_or("none".into(), |seq| seq.0.to_string())
}

impl Error {
    /// Whether it is not known if the commit was made. The same delta can be committed again: the
    /// store knows it by its commit id.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Stopped)
    }
}
