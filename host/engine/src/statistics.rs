//! What was done and used: calls of tasks, errors, retries, durations, fuel and memory, and how
//! executions ended, by account, state machine, state, plugin and task.
//!
//! # What is counted
//!
//! An attempt of a task counts once it is over and, of a Standard execution, that is committed. One
//! that was given up, because its execution went on or ended without it or because it is run again
//! after its host went down, counts if it is known to have begun. What an Express execution runs as
//! it is abandoned, with its host or by whoever waits for it, is not counted.
//!
//! An execution counts when it is started and when it ends; one that is redriven ends again.
//! Children of Map Runs are no executions here, as in lists, but what their tasks do is that of
//! their Map's state machine.
//!
//! # How it is kept
//!
//! In steps of [5 minutes](STEP), which are put together to [hours](HOUR) after [two days](FINE) and
//! deleted with the executions of their time. What has come is kept in memory and written every
//! [two seconds](FLUSH), and when the host stops: **a host that is killed loses what it has counted
//! since**, and no more. What was committed although the store said that it was not is not counted
//! either: the host goes on from what it finds there, and does not know what of that is new. One process of a data directory writes, so nobody else's figures are added.
//!
//! They are documents of the catalog, one for each step and state machine, each written as a whole
//! and all of a flush in one transaction. A table of their own would save reading them back before
//! they are written; that is a few small documents every other second, and what the catalog has is
//! there already: both stores, backups, and the tests in which writes go wrong. Each names the flush
//! that wrote it last, so that one whose answer was lost is not counted twice.
//!
//! # How it is read
//!
//! Page by page, each put together with what came before it and let go, and by [two](READS) at once.
//! What has come and is not written yet is added from memory: figures can be read while nothing can
//! be written. A document that is damaged is left out.
//!
//! # Bounds
//!
//! Of a step, [so many](MACHINES) state machines of an account are told from each other, [so
//! many](ROWS) states with what they call of each, and [so many](ERRORS) names of errors of those:
//! all others are one, under the name [`OTHER`].

mod figures;
mod query;
mod recorder;
mod store;
mod upkeep;

use std::time::Duration;

pub use figures::{Durations, Executions, Figures};
pub use query::{By, Key, Query, Row, Rows, TooMany};
pub use recorder::Recorder;
pub(crate) use store::check_document;
pub use store::{Called, Fold, MachineFigures, States, Step};

/// How long a step is, in seconds.
pub const STEP: i64 = 5 * 60;
/// How long the steps are that become of them later, in seconds.
pub const HOUR: i64 = 60 * 60;
/// How long the short steps are kept, in seconds.
pub const FINE: i64 = 2 * 24 * HOUR;
/// How often what has come is written.
pub const FLUSH: Duration = Duration::from_secs(2);
/// How many state machines of an account are told from each other in one step.
pub const MACHINES: usize = 300;
/// How many states, with what each calls, of a state machine are told from each other in one step.
pub const ROWS: usize = 200;
/// How many names of errors are told from each other.
pub const ERRORS: usize = 20;
/// How many may read figures at once.
pub const READS: usize = 2;
/// What is beyond these bounds. It is no name of a state machine's.
pub const OTHER: &str = "other*";

#[cfg(test)]
mod tests;
