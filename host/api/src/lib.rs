//! The API of AWS Step Functions over HTTP.
//!
//! A [`Server`] speaks the protocol: it authenticates a request, parses it into the type of its
//! [`Action`], has a [`Service`] carry it out, and writes the answer or AWS's error.
//!
//! - [`action`]: the requests and the answers of all actions, as types;
//! - [`arn`] and [`Name`]: what the members of requests name;
//! - [`authentication`]: Signature Version 4, and the accounts of development;
//! - [`Tenants`]: who may sign requests, and the [`HostKey`] that their secrets are kept with;
//! - [`admin`]: how an operator manages them while a host runs;
//! - [`Throttle`]: how many requests an account may make;
//! - [`console`]: Stepwell's own actions;
//! - [`Service`]: what a host implements; [`Host`] is the one that keeps what it is given, and
//!   [`Stateless`] needs no store.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use std::sync::Arc;
//! use stepwell_api::{Authentication, Clock, Limits, Server, Stateless};
//!
//! let server = Server::new(
//!     Arc::new(Stateless::new(Clock::system())),
//!     Authentication::Development { region: "us-east-1".into() },
//!     Limits::default(),
//! );
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! let stop = async { drop(tokio::signal::ctrl_c().await) };
//! server.run(listener, stop, tokio::time::sleep(std::time::Duration::from_secs(60))).await
//! # }
//! ```

pub mod action;
pub mod admin;
pub mod arn;
pub mod authentication;
mod clock;
pub mod console;
mod constraint;
pub mod error;
mod host;
pub mod host_key;
mod name;
mod server;
mod service;
pub mod stateless;
mod target;
pub mod tenants;
mod throttle;
mod time;

pub use authentication::Authentication;
pub use clock::Clock;
pub use error::Error;
pub use host::Host;
pub use host_key::HostKey;
pub use name::Name;
pub use server::{Limits, Server};
pub use service::{Action, Caller, Service, check};
pub use stateless::Stateless;
pub use target::Target;
pub use tenants::Tenants;
pub use throttle::{Quota, Throttle};
pub use time::Time;
