//! What a guest may use of the host, a module for each capability. Nothing by default: each module
//! has the grant that an operator writes down, and what a guest that has it finds.

pub(crate) mod address;
pub(crate) mod clock;
pub(crate) mod config;
pub(crate) mod directories;
pub(crate) mod endpoint;
pub(crate) mod files;
pub(crate) mod host;
pub(crate) mod http;
pub mod key_value;
pub(crate) mod log;
pub(crate) mod random;
pub(crate) mod refusals;
pub(crate) mod scratch;
pub(crate) mod secrets;
pub(crate) mod tcp;
pub(crate) mod watch;
