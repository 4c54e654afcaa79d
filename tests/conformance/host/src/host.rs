//! A host, as the suite sees it.

use std::{path::PathBuf, time::Duration};

use crate::protocol::{Answer, Ask};

/// A host that is under test.
pub trait Host: Sync {
    /// Has the host do something, and waits for its answer. Several threads ask at the same time,
    /// each under a number of its own.
    ///
    /// # Errors
    ///
    /// Where the host, or whatever stands between it and the suite, does not answer.
    fn ask(&self, id: u64, ask: Ask) -> Result<Answer, Error>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The adapter cannot be started.
    #[error("the adapter {} cannot be started: {cause}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why not.
        cause: std::io::Error,
    },
    /// The adapter is gone.
    #[error("the adapter has ended: see what it wrote to standard error")]
    Gone,
    /// The adapter takes too long.
    #[error(
        "the adapter has not answered for {0:?}: it must work on requests side by side, and end \
         calls at their limits; `--patience` lets it take longer"
    )]
    Silent(Duration),
    /// The adapter wrote what is no answer.
    #[error("the adapter wrote a line that is no reply ({cause}): {line}")]
    NoReply {
        /// The line's beginning.
        line: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The adapter answered something else than it was asked.
    #[error("the adapter gave an answer to another question than {asked}: {answer}")]
    Astray {
        /// What it was asked.
        asked: &'static str,
        /// What it answered.
        answer: String,
    },
    /// The adapter could not do it.
    #[error("the adapter could not do it: {0}")]
    Failed(String),
}
