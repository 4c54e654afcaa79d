//! Runs plugins: loads and admits them, grants them what they may touch, limits what they may use
//! up, and calls them.
//!
//! A [`Sandbox`] holds the one Wasmtime engine of the host. It [admits](Sandbox::admit) a file and
//! gives a [`Plugin`], whose tasks are [invoked](Plugin::invoke) as often as one likes: each call
//! runs in an instance of its own, which is gone when the call is over.
//!
//! ```no_run
//! use stepwell_sandbox::{CallInfo, CancellationToken, Grants, Invocation, Limits, Options, Sandbox};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new(&Options::default())?;
//! let plugin = sandbox.admit(std::fs::read("payments.wasm")?).await?;
//! let done = plugin
//!     .invoke(Invocation {
//!         task: "charge",
//!         input: r#"{"amount": 12}"#,
//!         call: CallInfo::default(),
//!         limits: &Limits::default(),
//!         grants: &Grants::none(),
//!         heartbeat: None,
//!         stop: CancellationToken::new(),
//!     })
//!     .await;
//! println!("{:?}, {} instructions", done.result, done.usage.fuel);
//! # Ok(())
//! # }
//! ```
//!
//! Everything runs on Tokio, with timers enabled. A guest gives way after a fraction of a
//! millisecond of computing, so one that spins holds up neither its neighbours nor its own time
//! limit.

pub mod admit;
mod cache;
mod call;
mod calls;
mod capability;
mod contract;
mod engine;
pub mod failure;
pub mod grants;
mod info;
mod invoke;
mod limits;
mod log;
mod options;
mod private;
mod sandbox;
mod state;
mod stdio;
mod wasi;

pub use admit::compile::{Compiler, main as compile_plugin};
pub use cache::Error as CacheError;
pub use call::{CallInfo, Heartbeat};
pub use calls::{Calls, HostCall};
pub use capability::{
    http::{Answers, Asked, Network, System as SystemNetwork},
    key_value,
    watch::{Use, Watch},
};
pub use failure::Failure;
pub use grants::Grants;
pub use info::{COMMAND_TASK, Digest, Effect, Info, Kind, Task, Wants};
pub use invoke::{Described, Done, Invocation, Program, Ran};
pub use limits::{Limits, Usage};
pub use log::Log;
pub use options::Options;
pub use sandbox::{Error, Plugin, Sandbox};
pub use tokio_util::sync::CancellationToken;
