//! Outgoing HTTP: the imported `wasi:http`.

mod rule;

pub use rule::{Path, Rule};
