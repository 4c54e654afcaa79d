//! Recordings of AWS: executions with their definition, input, end and history, and the tests of
//! single states.

mod case;
mod compare;
mod differences;
mod recording;
mod script;

pub use case::{Case, Verdict};
pub use compare::{Comparison, Mismatch, normalise};
pub use differences::Differences;
pub use recording::files;
pub use script::{Comparisons, Script};
