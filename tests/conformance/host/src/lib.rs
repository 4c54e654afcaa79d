//! Checks whether a host keeps the contract between hosts and plugins, `stepwell:task@0.1`.
//!
//! The suite knows nothing of any host. It asks one to admit files and to run their tasks, through
//! a [`Host`](host::Host): mostly an [adapter](adapter::Adapter), a program that speaks the
//! [protocol] line by line. What is asked, and what the contract says to it, are [cases](case) in
//! TOML; around them are servers and directories that see what a plugin really did.
//!
//! `README.md` beside this crate says how to run it against a host of one's own.

pub mod protocol;

#[cfg(feature = "suite")]
pub mod adapter;
#[cfg(feature = "suite")]
pub mod case;
#[cfg(feature = "suite")]
pub mod contract;
#[cfg(feature = "suite")]
mod expect;
#[cfg(feature = "suite")]
pub mod host;
#[cfg(feature = "suite")]
mod pattern;
#[cfg(feature = "suite")]
pub mod probes;
#[cfg(feature = "suite")]
pub mod report;
#[cfg(feature = "suite")]
mod run;
#[cfg(feature = "suite")]
mod variables;
#[cfg(feature = "suite")]
pub mod wire;
#[cfg(feature = "suite")]
mod world;

#[cfg(feature = "suite")]
pub use run::{Suite, Verdict};
