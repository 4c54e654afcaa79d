//! Checks whether a plugin keeps the contract, point by point.
//!
//! A plugin is admitted and called as a host does it, in a [`Sandbox`]: a [`Plan`] says how far to
//! go and with which examples, and [`conform`] gives a [`Report`] of [`Finding`]s, one for each
//! [`Check`]. A check quotes the sentence of the contract that it rests on, says what was tried and
//! what was seen, and passes only where something was tried.
//!
//! ```no_run
//! use stepwell_conformance::{Plan, conform, report};
//! use stepwell_sandbox::{Options, Sandbox};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new(&Options::default())?;
//! let report = conform(&sandbox, "payments.wasm".as_ref(), &Plan::default()).await?;
//! println!("{}", report::text(&report));
//! assert!(report.conforms());
//! # Ok(())
//! # }
//! ```

mod answers;
mod bench;
mod check;
mod checks;
mod circumstances;
mod error;
mod example;
mod level;
mod odd;
mod plan;
pub mod report;
pub mod sample;
mod secrets;
mod store;
mod trial;
mod world;

pub use answers::Answers;
pub use check::{Check, Duty, Place};
pub use checks::CHECKS;
pub use error::Error;
pub use example::{Example, Expected};
pub use level::Level;
pub use plan::{Plan, conform};
pub use report::Report;
pub use secrets::Secrets;
pub use stepwell_sandbox::Sandbox;
pub use trial::{Finding, Outcome};
pub use world::copied;
