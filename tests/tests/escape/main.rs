//! What a hostile plugin would try, one test each: each is contained, and the host goes on.
//!
//! The guest is built by `cargo xtask guests`.

#![cfg(unix)]

mod abi;
mod compile;
mod exhaust;
mod identity;
mod links;
mod network;
mod paths;
mod quotas;
mod read_only;
mod support;
#[path = "../../../host/sandbox/tests/support/mod.rs"]
mod text;
