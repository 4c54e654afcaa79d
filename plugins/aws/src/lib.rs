#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod failure;
#[doc(hidden)]
pub mod fuzz;
mod input;
mod json;
mod model;
mod plugin;
mod query;
mod request;
mod schema;
pub mod services;
mod settings;
mod sign;
mod time;
mod url;
mod xml;

pub use client::{Answer, Client};
pub use failure::Naming;
pub use plugin::{WANTS, all_tasks, plugin, task};
pub use services::Service;
pub use settings::{CONFIG, HTTP, SECRETS};
