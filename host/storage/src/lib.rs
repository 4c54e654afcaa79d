//! Buckets of objects, which an operator grants: a distributed Map reads its items from them and
//! writes its results to them.
//!
//! - [`Buckets`] are granted by name, each a directory, a bucket of an S3-style store, or memory;
//! - [`config`] is how `stepwell.toml` grants them;
//! - [`Buckets::read`] streams the items that an ItemReader describes;
//! - [`Buckets::writer`] streams results into the files that a ResultWriter describes.

mod bucket;
pub mod config;
mod directory;
mod error;
pub mod read;
mod store;
pub mod write;

pub use bucket::{Access, Bucket, Buckets};
pub use config::Config;
pub use error::{Error, Place};
pub use read::{Item, Items};
pub use write::Writer;
