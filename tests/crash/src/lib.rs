//! Kills hosts, and shows that nothing is lost.
//!
//! A host runs as a process of its own (`src/main.rs`), in which a client starts executions of the
//! `workflows`, does their tasks and answers for them. All that the client is told, and all that
//! tasks do, goes over a pipe to the test, which kills the host, starts another one on the same
//! journal, and so on until all has ended. Then it holds what is in the journal against what was
//! said, and against the journal of a host that nobody has disturbed.
//!
//! - [`plan`]: the executions of a test, and what a host has yet to do of them;
//! - [`client`], [`tasks`]: what starts, stops and answers them, and what they run;
//! - [`news`]: what goes over the pipe, and what is kept of it;
//! - [`observed`]: the store that says when it commits;
//! - [`process`]: hosts as processes, and their deaths;
//! - [`claims`]: what must hold in the end.

pub mod claims;
pub mod client;
pub mod news;
pub mod observed;
pub mod plan;
pub mod process;
pub mod tasks;
