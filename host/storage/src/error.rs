//! What can go wrong between a Map and its buckets.

use std::{fmt, io, sync::Arc};

/// Why a bucket did not do what was asked of it. The texts end up as the cause of an execution's
/// failure.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operator granted no bucket of this name.
    #[error(
        "The bucket `{bucket}` is not granted{} Grant it in stepwell.toml: a table \
         [buckets.{}] with `directory`, or with the `bucket` of an S3-style store.",
        nearest.as_ref().map_or(".".to_owned(), |name| format!("; did you mean `{name}`?")),
        toml_key(bucket),
    )]
    NotGranted {
        /// The name that was asked for.
        bucket: String,
        /// The granted name that is most like it.
        nearest: Option<String>,
    },
    /// The bucket may only be read.
    #[error(
        "The bucket `{bucket}` is granted for reading only. To let results be written to it, set \
         access = \"read-write\" in the table [buckets.{}] of stepwell.toml.",
        toml_key(bucket)
    )]
    ReadOnly {
        /// The bucket.
        bucket: String,
    },
    /// There is no such object.
    #[error("The bucket `{bucket}` has no object `{key}`.")]
    NoSuchKey {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// The text cannot be an object's key in this bucket.
    #[error("`{key}` cannot be a key in the bucket `{bucket}`: {cause}.")]
    Key {
        /// The bucket.
        bucket: String,
        /// The text.
        key: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The object was replaced between two reads of it.
    #[error("{place} was changed while it was read.")]
    Changed {
        /// The object.
        place: Place,
    },
    /// The store failed.
    #[error("{place} cannot be {action}: {cause}")]
    Store {
        /// The bucket or object.
        place: Place,
        /// `read`, `listed`, `written`.
        action: &'static str,
        /// What the store said.
        cause: String,
    },
    /// An argument is missing, or is not what it must be.
    #[error("The argument `{name}` of the {what} {problem}.")]
    Argument {
        /// `ItemReader` or `ResultWriter`.
        what: &'static str,
        /// The argument's name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The ItemsPointer is no JSON Pointer (RFC 6901).
    #[error("The ItemsPointer `{pointer}` is no JSON Pointer: {problem}.")]
    Pointer {
        /// The text.
        pointer: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The ItemsPointer names nothing in the document.
    #[error("The ItemsPointer `{pointer}` leads to nothing in {place}.")]
    NothingAtPointer {
        /// The pointer.
        pointer: String,
        /// The object.
        place: Place,
    },
    /// What should be items is neither array nor object. In AWS's words.
    #[error("Attempting to map over non-iterable node.")]
    NotIterable,
    /// An object is not in the format that it is read as.
    #[error("{place} cannot be read as {format}: {cause}")]
    Malformed {
        /// The object.
        place: Place,
        /// The format.
        format: &'static str,
        /// What is wrong, and where.
        cause: String,
    },
    /// An item is larger than a child's input may be.
    #[error("Item {index} of {place} is larger than {limit} bytes, the most an item may have.")]
    ItemTooLarge {
        /// The item, counted from 0 within its object.
        index: u64,
        /// The object.
        place: Place,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The decoder broke down: a defect of it that a file brought out.
    #[error("{place} made its decoder panic: {cause}")]
    Panicked {
        /// The object, or the bucket.
        place: Place,
        /// The panic's message.
        cause: String,
    },
}

/// A bucket, or an object in it, as AWS writes it for `Map.Item.Source`: `S3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Arc<str>);

impl Place {
    pub(crate) fn bucket(bucket: &str) -> Self {
        Self(format!("S3://{bucket}").into())
    }

    pub(crate) fn object(bucket: &str, key: &str) -> Self {
        Self(format!("S3://{bucket}/{key}").into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error {
    /// What broke a parser: a store's error that came to it through [`io::Read`], or the text.
    pub(crate) fn parsing(place: &Place, format: &'static str, error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|error| Self::Malformed {
            place: place.clone(),
            format,
            cause: error.to_string(),
        })
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// A name as the key of a TOML table.
fn toml_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { format!("{name:?}") }
}
