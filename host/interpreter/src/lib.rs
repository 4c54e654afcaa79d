//! One execution as a value.
//!
//! An [`Execution`] is plain data. It is told what happened and when, and answers with a [`Step`]:
//! the history events to append, the effects to carry out, and, at the end, the outcome. It does no
//! I/O, reads no clock, and draws its random numbers from a generator seeded by execution and event:
//! the same inputs give the same steps, which is all that replay, simulation and recovery need.

mod attempt;
mod calls;
mod catch;
mod context;
pub mod effect;
mod errors;
pub mod event;
mod execution;
mod failure;
mod io;
pub mod map_run;
mod occurrence;
mod random;
pub mod redrive;
mod retry;
mod run;
mod setting;
mod states;
mod strand;
pub mod test_state;
mod timestamp;
pub mod token;
mod variables;

pub use attempt::{AttemptEnd, EndedAttempt};
pub use calls::{Calls, HostCall};
pub use effect::{Effect, RunTask, TaskId, TimerId};
pub use errors::{MAX_EVENTS, MAX_PAYLOAD, MAX_STEP};
pub use event::Event;
pub use execution::{Execution, Identity, Outcome, Step};
pub use failure::Failure;
pub use jiff::Timestamp;
pub use occurrence::{Occurrence, Usage};
pub use setting::{Setting, activities};
