//! Executions whose tasks are real guests: what a plugin may do, and what becomes of one that does
//! what it may not.
//!
//! The guests are built by `cargo xtask guests`.

mod calls;
mod capabilities;
mod failures;
mod grants;
mod http;
mod integrations;
mod lambda;
mod limits;
mod resources;
mod support;
