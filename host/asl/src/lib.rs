//! The Amazon States Language: definition text in, typed and validated [`StateMachine`] out.
//!
//! The crate knows no I/O, no clock and no async runtime. What it holds:
//!
//! - [`definition`]: the types a definition is parsed into;
//! - [`diagnostic`]: what is wrong with a definition, and where;
//! - [`position`]: lines and columns;
//! - [`Json`]: state data, shared and not copied;
//! - [`path`], [`intrinsic`], [`jsonata`]: the query languages, and [`expression`], through which
//!   the interpreter evaluates all three alike;
//! - [`resource`]: what a Task's `Resource` names, and [`tasks`], which tells what of it there is.

mod cursor;
pub mod data;
pub mod definition;
pub mod diagnostic;
pub mod expression;
pub mod intrinsic;
mod java;
pub mod jsonata;
mod parse;
pub mod path;
pub mod position;
pub mod resource;
pub mod tasks;
mod validate;
mod weight;

pub use data::Json;
pub use definition::{State, StateMachine};
pub use diagnostic::Diagnostic;
pub use parse::Parsed;
