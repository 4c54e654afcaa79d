//! The shell around the interpreter: it carries out effects, keeps timers, and feeds what happens
//! back into the execution.
//!
//! The way of an execution: [`Engine::start`] makes the first step; each step is first published
//! to whoever follows the execution, and only then are its effects performed. Tasks run through a
//! [`TaskRunner`]; [`mock::Mocked`] is one that answers from a script. The items of a distributed
//! Map are read, and its results written, by `stepwell-storage`.
//!
//! [`resources`] are the state machines, versions, aliases and activities that a host keeps.

pub mod arn;
mod attempt;
mod clock;
mod engine;
pub mod events;
pub mod host;
mod map_run;
pub mod mock;
mod name;
pub mod resources;
mod run;
mod runner;
pub mod statistics;

pub use clock::Clock;
pub use engine::{ChildFailed, Engine, Handle, Machine, MapRunProgress, StartExecution, Update};
pub use host::Host;
pub use name::is_name;
pub use runner::{Attempt, EffectClass, Generation, Reporter, TaskEnd, TaskRunner};
