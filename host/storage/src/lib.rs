//! Buckets of objects, which an operator grants: a distributed Map reads its items from them and
//! writes its results to them.
//!
//! - [`Buckets`] are granted by name, each a directory, a bucket of an S3-style store, or memory;
//! - [`Buckets::read`] streams the items that an ItemReader describes.

mod bucket;
mod directory;
mod error;
pub mod read;
pub mod settings;
mod store;

pub use bucket::{Access, Bucket, Buckets};
pub use error::{Error, Place};
pub use read::{Item, Items};
