//! Where a bucket's objects are.

use std::{io, ops::Range, sync::Arc};

use bytes::Bytes;
use futures::StreamExt as _;
use object_store::{
    Error as StoreError, GetOptions, ObjectStore,
    aws::AmazonS3,
    buffered::BufWriter,
    list::{PaginatedListOptions, PaginatedListStore as _},
    path::Path as Key,
};
use tokio::{io::AsyncWriteExt as _, runtime::Handle};

use crate::{
    directory::{Directory, Draft},
    error::{Error, Place},
};

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Bytes.
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) modified: i64,
    /// What changes when the object does: its entity tag.
    pub(crate) tag: Option<String>,
}

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) known: Known,
}

#[derive(Debug, Clone)]
pub(crate) enum Store {
    Directory(Directory),
    Memory(Arc<dyn ObjectStore>),
    /// Apart from [`Self::Memory`] because it lists by any prefix, which the trait does not.
    S3(Arc<AmazonS3>),
}

/// A bucket as its readers see it: under its name, and with calls that wait. They run on threads
/// of their own.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) name: String,
    pub(crate) store: Store,
    pub(crate) runtime: Handle,
}

impl Reading {
    pub(crate) fn place(&self, key: &str) -> Place {
        Place::object(&self.name, key)
    }

    /// What is known of an object.
    pub(crate) fn head(&self, key: &str, version: Option<&str>) -> Result<Known, Error> {
        let failed = |error| self.failed(key, error);
        match self.store.remote() {
            Err(directory) => {
                Directory::check(key).map_err(|cause| self.invalid(key, cause.to_owned()))?;
                if version.is_some() {
                    return Err(Error::Store {
                        place: self.place(key),
                        action: "read",
                        cause: "a directory keeps no versions (VersionId)".to_owned(),
                    });
                }
                directory.head(key).map_err(|error| failed(error.into()))
            }
            Ok(store) => {
                let options = GetOptions {
                    head: true,
                    version: version.map(str::to_owned),
                    ..GetOptions::default()
                };
                let path = self.key(key)?;
                let meta = self.runtime.block_on(store.get_opts(&path, options));
                meta.map(|found| known(found.meta)).map_err(|error| failed(error.into()))
            }
        }
    }

    /// Bytes of an object that must still be the one that is known.
    pub(crate) fn range(
        &self,
        key: &str,
        version: Option<&str>,
        known: &Known,
        from: u64,
        size: usize,
    ) -> Result<Bytes, Error> {
        let to = from.saturating_add(size as u64).min(known.size);
        let size = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
        if size == 0 {
            return Ok(Bytes::new());
        }
        let changed = || Error::Changed { place: self.place(key) };
        let failed = |error| self.failed(key, error);
        let bytes = match self.store.remote() {
            Err(directory) => directory
                .range(key, known, from, size)
                .map_err(|error| failed(error.into()))?
                .ok_or_else(changed)?,
            Ok(store) => {
                let read =
                    self.runtime.block_on(remote(store, &self.key(key)?, version, known, from..to));
                read.map_err(|error| match error {
                    StoreError::Precondition { .. } => changed(),
                    error => failed(error.into()),
                })?
            }
        };
        if bytes.len() == size { Ok(bytes) } else { Err(changed()) }
    }

    /// Shows `each` the objects whose keys start with `prefix`, in the order of their keys.
    pub(crate) fn list<E: From<Error>>(
        &self,
        prefix: &str,
        each: &mut dyn FnMut(Listed) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error: Failure| Error::Store {
            place: Place::object(&self.name, prefix),
            action: "listed",
            cause: error.cause(),
        };
        match &self.store {
            Store::Directory(directory) => {
                directory.list(prefix, each).map_err(|error| failed(error.into()))?
            }
            Store::Memory(store) => {
                // The trait takes whole parts of a path for a prefix.
                let parent = prefix.rsplit_once('/').map_or("", |(parent, _)| parent);
                let mut objects = store.list(Some(&self.key(parent)?));
                while let Some(object) = self.runtime.block_on(objects.next()) {
                    let object = object.map_err(|error| failed(error.into()))?;
                    if object.location.as_ref().starts_with(prefix) {
                        each(object.into())?;
                    }
                }
                Ok(())
            }
            Store::S3(store) => {
                let mut page_token = None;
                loop {
                    let options = PaginatedListOptions { page_token, ..Default::default() };
                    let prefix = (!prefix.is_empty()).then_some(prefix);
                    let page = self.runtime.block_on(store.list_paginated(prefix, options));
                    let page = page.map_err(|error| failed(error.into()))?;
                    for object in page.result.objects {
                        each(object.into())?;
                    }
                    page_token = page.page_token;
                    if page_token.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn key(&self, key: &str) -> Result<Key, Error> {
        parse(key).map_err(|cause| self.invalid(key, cause))
    }

    fn invalid(&self, key: &str, cause: String) -> Error {
        Error::Key { bucket: self.name.clone(), key: key.to_owned(), cause }
    }

    fn failed(&self, key: &str, failure: Failure) -> Error {
        if failure.absent() {
            return Error::NoSuchKey { bucket: self.name.clone(), key: key.to_owned() };
        }
        Error::Store { place: self.place(key), action: "read", cause: failure.cause() }
    }
}

/// The client's form of a key. It knows no key with an empty part, and would take `/a` for `a`.
fn parse(key: &str) -> Result<Key, String> {
    let parsed = Key::parse(key).map_err(|error| error.to_string())?;
    if parsed.as_ref() == key {
        return Ok(parsed);
    }
    Err("it starts or ends with a slash, and the store's client cannot ask for it".to_owned())
}

async fn remote(
    store: &dyn ObjectStore,
    key: &Key,
    version: Option<&str>,
    known: &Known,
    range: Range<u64>,
) -> object_store::Result<Bytes> {
    let options = GetOptions {
        if_match: known.tag.clone(),
        version: version.map(str::to_owned),
        range: Some(range.into()),
        ..GetOptions::default()
    };
    store.get_opts(key, options).await?.bytes().await
}

fn known(meta: object_store::ObjectMeta) -> Known {
    Known { size: meta.size, modified: meta.last_modified.timestamp(), tag: meta.e_tag }
}

impl From<object_store::ObjectMeta> for Listed {
    fn from(meta: object_store::ObjectMeta) -> Self {
        Self { key: meta.location.to_string(), known: known(meta) }
    }
}

/// What a store of either kind failed with.
enum Failure {
    File(io::Error),
    Store(StoreError),
}

impl Failure {
    fn absent(&self) -> bool {
        match self {
            Self::File(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
            Self::Store(error) => matches!(error, StoreError::NotFound { .. }),
        }
    }

    /// The message with those of its sources: the outer ones of the store's say little.
    fn cause(&self) -> String {
        let error: &dyn std::error::Error = match self {
            Self::File(error) => error,
            Self::Store(error) => error,
        };
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let more = error.to_string();
            if !text.contains(&more) {
                text = format!("{text}: {more}");
            }
            source = error.source();
        }
        text
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Store {
    /// The store, or the directory that it is instead.
    fn remote(&self) -> Result<&dyn ObjectStore, &Directory> {
        match self {
            Self::Directory(directory) => Err(directory),
            Self::Memory(store) => Ok(store.as_ref()),
            Self::S3(store) => Ok(store.as_ref()),
        }
    }

    /// Starts to write an object. It is there once it is finished, and not before.
    pub(crate) async fn upload(&self, bucket: &str, key: &str) -> Result<Upload, Error> {
        let place = Place::object(bucket, key);
        let invalid =
            |cause: String| Error::Key { bucket: bucket.to_owned(), key: key.to_owned(), cause };
        let to = match self {
            Self::Directory(directory) => {
                Directory::check(key).map_err(|cause| invalid(cause.to_owned()))?;
                let (directory, key) = (directory.clone(), key.to_owned());
                let draft = blocking(move || directory.create(&key)).await;
                let draft = draft.map_err(|error| unwritten(&place, error.into()))?;
                To::Directory(Some(draft))
            }
            Self::Memory(store) => To::store(store.clone(), key).map_err(invalid)?,
            Self::S3(store) => To::store(store.clone(), key).map_err(invalid)?,
        };
        Ok(Upload { place, to })
    }
}

/// An object that is being written.
#[derive(Debug)]
pub(crate) struct Upload {
    place: Place,
    to: To,
}

#[derive(Debug)]
enum To {
    /// None after it failed.
    Directory(Option<Draft>),
    /// Small ones in one request, large ones in parts.
    Store(BufWriter),
}

impl To {
    fn store(store: Arc<dyn ObjectStore>, key: &str) -> Result<Self, String> {
        let key = parse(key)?;
        Ok(Self::Store(BufWriter::with_capacity(store, key, PART).with_max_concurrency(PARTS)))
    }
}

/// Bytes in one part of an upload. S3 takes 10,000 parts of 5 MiB or more.
const PART: usize = 8 << 20;

/// Parts on their way at once.
const PARTS: usize = 2;

impl Upload {
    pub(crate) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        let written: Result<(), Failure> = match &mut self.to {
            To::Directory(slot) => match slot.take() {
                None => Err(broken().into()),
                Some(mut draft) => blocking(move || draft.write(&bytes).map(|()| draft))
                    .await
                    .map(|draft| *slot = Some(draft))
                    .map_err(Into::into),
            },
            To::Store(writer) => writer.put(bytes.into()).await.map_err(Into::into),
        };
        written.map_err(|failure| unwritten(&self.place, failure))
    }

    /// The object is there after this.
    pub(crate) async fn finish(self) -> Result<(), Error> {
        let finished: Result<(), Failure> = match self.to {
            To::Directory(None) => Err(broken().into()),
            To::Directory(Some(draft)) => {
                blocking(move || draft.finish()).await.map_err(Into::into)
            }
            To::Store(mut writer) => match writer.shutdown().await {
                Ok(()) => Ok(()),
                Err(error) => Err(error.into()),
            },
        };
        finished.map_err(|failure| unwritten(&self.place, failure))
    }

    /// Leaves nothing behind, as far as the store lets it.
    pub(crate) async fn abort(self) {
        if let To::Store(mut writer) = self.to {
            // Parts that stay behind were never an object, and are the store's to expire.
            let _ = writer.abort().await;
        }
    }
}

/// What a file is after a write to it failed.
fn broken() -> io::Error {
    io::Error::other("an earlier write failed")
}

fn unwritten(place: &Place, failure: Failure) -> Error {
    Error::Store { place: place.clone(), action: "written", cause: failure.cause() }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
