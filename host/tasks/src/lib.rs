//! Tasks that are plugins: what an engine's tasks run in.
//!
//! [`Plugins`] says which plugin a `Resource` names, checks a definition against the plugins there
//! are, and runs an attempt in the sandbox. The engine knows nothing of Wasm: it asks a
//! [`TaskRunner`](stepwell_engine::TaskRunner).

mod plugins;

pub use plugins::{Installed, Plugins, Unresolved};
