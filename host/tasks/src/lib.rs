//! Tasks that are plugins: what an engine's tasks run in.
//!
//! [`Plugins`] says which plugin a `Resource` names, checks a definition against the plugins there
//! are, and runs an attempt in the sandbox; [`TenantPlugins`] does so for many tenants, each with
//! plugins of its own. The engine knows nothing of Wasm: it asks a
//! [`TaskRunner`](stepwell_engine::TaskRunner).

mod key_value;
mod plugins;
mod tenants;
mod versions;

pub use key_value::{FILE as KEY_VALUE_FILE, KeyValue};
pub use plugins::{Installed, Plugins, Unresolved};
pub use tenants::{TenantPlugins, Tenants};
pub use versions::{Current, Since, Version, Versions};
