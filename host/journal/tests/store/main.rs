//! What holds of every store, and what of each.

mod fold;
mod sample;
mod simulated;
mod sqlite;
mod suite;
