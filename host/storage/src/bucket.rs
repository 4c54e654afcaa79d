//! The buckets that an operator grants, by the names that definitions call them.

use std::{collections::BTreeMap, fmt, io, path::Path, sync::Arc};

use object_store::{ObjectStore, aws::AmazonS3, memory::InMemory};
use serde::{Deserialize, Serialize};

use crate::{directory::Directory, error::Error, store::Store};

/// What may be done with a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List it and read its objects.
    #[default]
    ReadOnly,
    /// Write objects as well.
    ReadWrite,
}

/// A place for objects, and what may be done with it.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) store: Store,
    pub(crate) access: Access,
}

impl Bucket {
    /// The files of a directory that exists. An object's key is a file's path below it, with
    /// slashes; the directory is never left, whatever the key, and whatever symbolic links there
    /// are in it. Names that are not Unicode are passed over.
    ///
    /// # Errors
    /// Where the directory cannot be opened.
    pub fn directory(path: &Path, access: Access) -> io::Result<Self> {
        Ok(Self { store: Store::Directory(Directory::open(path)?), access })
    }

    /// A bucket in memory: for tests, and for what need not last.
    pub fn memory(store: Arc<InMemory>, access: Access) -> Self {
        Self { store: Store::Memory(store as Arc<dyn ObjectStore>), access }
    }

    /// A bucket of an S3-style store, with this client.
    pub fn s3(client: AmazonS3, access: Access) -> Self {
        Self { store: Store::S3(Arc::new(client)), access }
    }

    /// What may be done with it.
    pub fn access(&self) -> Access {
        self.access
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("access", &self.access).finish_non_exhaustive()
    }
}

/// Granted buckets by name. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Buckets(Arc<BTreeMap<String, Bucket>>);

impl Buckets {
    /// The bucket of a name.
    pub fn get(&self, name: &str) -> Option<&Bucket> {
        self.0.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn granted(&self, name: &str, access: Access) -> Result<&Bucket, Error> {
        let bucket = self.get(name).ok_or_else(|| Error::NotGranted {
            bucket: name.to_owned(),
            nearest: self
                .names()
                .map(|other| (strsim::jaro_winkler(name, other), other))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|(a, _), (b, _)| a.total_cmp(b))
                .map(|(_, other)| other.to_owned()),
        })?;
        if bucket.access < access {
            return Err(Error::ReadOnly { bucket: name.to_owned() });
        }
        Ok(bucket)
    }
}

impl FromIterator<(String, Bucket)> for Buckets {
    fn from_iter<I: IntoIterator<Item = (String, Bucket)>>(buckets: I) -> Self {
        Self(Arc::new(buckets.into_iter().collect()))
    }
}
