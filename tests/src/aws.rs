//! Recordings of AWS: executions with their definition, input, end and history.

mod case;
mod compare;
mod differences;

pub use case::{Case, Verdict, directory};
pub use compare::{Comparison, Mismatch, normalise};
pub use differences::Differences;
