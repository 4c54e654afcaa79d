//! What holds of every store, and what of each.

mod catalog;
mod fold;
mod golden;
mod sample;
mod simulated;
mod sqlite;
mod suite;

/// What the interpreter's definitions need.
mod driver {
    pub(crate) const START: &str = "2026-11-22T12:00:00Z";
}
