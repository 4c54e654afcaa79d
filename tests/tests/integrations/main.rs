//! Executions whose tasks are AWS's integrations, as plugins, against a server that speaks AWS's
//! APIs: moto, which `cargo xtask test` installs. What goes wrong on the way is a scripted
//! server's, since no real one does it to order.
//!
//! The plugins are built by `cargo xtask guests`.

mod described;
mod events;
mod failures;
mod functions;
mod messages;
mod objects;
mod sdk;
mod servers;
mod signatures;
// The guests' own tests use the rest of it.
#[allow(dead_code)]
#[path = "../guests/support.rs"]
mod support;
mod tables;
mod world;
