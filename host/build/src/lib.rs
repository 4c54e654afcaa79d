//! Builds plugins: finds the tools of each language, and makes a component of what they make.
//!
//! A plugin's sources are a [`Project`]: a folder with a `plugin.toml`. It does not depend on
//! Wasmtime, so that what builds plugins is built quickly.

pub mod component;
mod error;
pub mod language;
pub mod process;
mod project;
mod sdk;

mod tool;
pub mod toolchain;
pub mod wit;

pub use error::Error;
pub use language::Language;
pub use project::{Built, Kind, Name, Project};
pub use tool::Tools;
