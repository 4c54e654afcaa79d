//! What several of the tests' guests do, each as it is told by its input: steps with files, deeds
//! with sockets, and HTTP requests.
//!
//! It speaks WASI itself, since libraries would tidy up what is to reach the host as it is. The
//! contract `stepwell:task` is left to the guests, which have their own bindings of it; so this is
//! a library of theirs and no guest, and `cargo xtask guests` makes no file of it.

mod fetch;
pub mod files;
pub mod network;
mod request;

pub use fetch::fetch;
pub use request::{Request, Response};
