//! The items of a distributed Map, out of the objects that its ItemReader names.
//!
//! A reader runs on a thread of its own and hands its items over through a bounded channel: the
//! parsers read as they go, whatever the format, and wait where the Map does. It is a thread and
//! not one of the runtime's blocking ones, because it lives as long as its Map Run: enough of them
//! would leave the runtime none to do short work on.
//!
//! An object is read by ranges of [`object::CHUNK`] bytes, so that a Map that takes hours keeps no
//! connection open, and a store never has to send a large object in one piece.

mod csv;
mod json;
mod lines;
mod listing;
mod manifest;
mod object;
mod parquet;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
    thread,
};

use futures::Stream;
use serde_json::Value;
use stepwell_asl::{
    Json,
    definition::{Format, Reads},
};
use tokio::{runtime::Handle, sync::mpsc};

use crate::{
    Access, Buckets,
    error::{Error, Place},
    store::Reading,
};

/// What a Map fails with whose items cannot be read.
pub const FAILED: &str = "States.ItemReaderFailed";

/// The most bytes an item may have as compact JSON: those of an execution's input.
pub const MAX_ITEM: usize = 256 << 10;

/// The most bytes of an object that are read for one item: JSON may be spread out.
const MAX_SOURCE: u64 = 4 * MAX_ITEM as u64;

/// How many items are read ahead of the Map at most.
pub const AHEAD: usize = 64;

/// An item of a distributed Map.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The item.
    pub value: Json,
    /// Its name, where the items are the members of an object: `Map.Item.Key`.
    pub key: Option<String>,
    /// Where it is from: `Map.Item.Source`.
    pub source: Place,
}

/// The items of a reader, in order. After an error there are none.
#[derive(Debug)]
pub struct Items(mpsc::Receiver<Result<Item, Error>>);

impl Stream for Items {
    type Item = Result<Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

impl Buckets {
    /// Reads items, as far as the stream is read and a little ahead ([`AHEAD`]). Dropping the
    /// stream ends it.
    ///
    /// `arguments` are those of the ItemReader: `Bucket` and, for an object, `Key` and perhaps
    /// `VersionId`; for a listing perhaps `Prefix`. `ExpectedBucketOwner` is taken and not looked
    /// at, because a granted bucket has the owner that the operator chose. No more than
    /// `max_items` are read; 0 is all, as AWS has it.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn read(&self, reads: &Reads, arguments: &Value, max_items: Option<u64>) -> Items {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let reader = Reader {
            buckets: self.clone(),
            runtime: Handle::current(),
            sink: Sink {
                items: sender.clone(),
                left: max_items.filter(|max| *max > 0).unwrap_or(u64::MAX),
                place: Place::bucket(""),
                index: 0,
            },
        };
        let (reads, arguments) = (reads.clone(), arguments.clone());
        let started = thread::Builder::new()
            .name("item-reader".to_owned())
            .spawn(move || reader.run(&reads, &arguments));
        if let Err(error) = started {
            let place = Place::bucket("");
            let error = Error::Store { place, action: "read", cause: error.to_string() };
            // The channel is new, so there is room; and whoever could have dropped it waits here.
            let _ = sender.try_send(Err(error));
        }
        Items(receiver)
    }
}

/// Why a reader ends before its objects do.
enum Stop {
    /// No more items are wanted.
    Enough,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Where the parsers put what they found.
struct Sink {
    items: mpsc::Sender<Result<Item, Error>>,
    /// How many more are wanted.
    left: u64,
    /// Where the next one is from.
    place: Place,
    /// Its index there.
    index: u64,
}

impl Sink {
    /// The items after this are from another place.
    fn at(&mut self, place: Place) {
        self.place = place;
        self.index = 0;
    }

    fn push(&mut self, value: Value, key: Option<String>) -> Result<(), Stop> {
        let value = Json::from(value);
        if value.text().len() > MAX_ITEM {
            return Err(self.too_large().into());
        }
        let item = Item { value, key, source: self.place.clone() };
        self.items.blocking_send(Ok(item)).map_err(|_| Stop::Enough)?;
        self.index += 1;
        self.left -= 1;
        if self.left == 0 { Err(Stop::Enough) } else { Ok(()) }
    }

    fn too_large(&self) -> Error {
        Error::ItemTooLarge { index: self.index, place: self.place.clone(), limit: MAX_ITEM }
    }
}

struct Reader {
    buckets: Buckets,
    runtime: Handle,
    sink: Sink,
}

impl Reader {
    fn run(mut self, reads: &Reads, arguments: &Value) {
        // A decoder that panics must fail the Map: a channel that just closes would be a list that
        // ends early.
        let ended = catch_unwind(AssertUnwindSafe(|| self.read(reads, arguments)));
        let error = match ended {
            Ok(Ok(()) | Err(Stop::Enough)) => return,
            Ok(Err(Stop::Failed(error))) => error,
            Err(panic) => {
                Error::Panicked { place: self.sink.place.clone(), cause: message(&*panic) }
            }
        };
        // Nobody is there to be told where this fails.
        let _ = self.sink.items.blocking_send(Err(error));
    }

    fn read(&mut self, reads: &Reads, arguments: &Value) -> Result<(), Stop> {
        match reads {
            Reads::Object(format) => {
                let arguments = Arguments::new(arguments, &["Key", "VersionId"])?;
                let bucket = self.bucket(arguments.required("Bucket")?)?;
                self.object(
                    &bucket,
                    arguments.required("Key")?,
                    arguments.get("VersionId")?,
                    format,
                )
            }
            Reads::AthenaManifest(format) => {
                let arguments = Arguments::new(arguments, &["Key", "VersionId"])?;
                let bucket = self.bucket(arguments.required("Bucket")?)?;
                let (key, version) = (arguments.required("Key")?, arguments.get("VersionId")?);
                self.athena(&bucket, key, version, format)
            }
            Reads::Inventory => {
                let arguments = Arguments::new(arguments, &["Key", "VersionId"])?;
                let bucket = self.bucket(arguments.required("Bucket")?)?;
                self.inventory(&bucket, arguments.required("Key")?, arguments.get("VersionId")?)
            }
            Reads::Listing => {
                let arguments = Arguments::new(arguments, &["Prefix"])?;
                let bucket = self.bucket(arguments.required("Bucket")?)?;
                self.listing(&bucket, arguments.get("Prefix")?.unwrap_or_default())
            }
            Reads::ListedObjects(format) => {
                let arguments = Arguments::new(arguments, &["Prefix"])?;
                let bucket = self.bucket(arguments.required("Bucket")?)?;
                self.listed(&bucket, arguments.get("Prefix")?.unwrap_or_default(), format)
            }
        }
    }

    fn bucket(&mut self, name: &str) -> Result<Reading, Error> {
        self.sink.at(Place::bucket(name));
        let bucket = self.buckets.granted(name, Access::ReadOnly)?;
        let runtime = self.runtime.clone();
        Ok(Reading { name: name.to_owned(), store: bucket.store.clone(), runtime })
    }

    /// The items in one object.
    fn object(
        &mut self,
        bucket: &Reading,
        key: &str,
        version: Option<&str>,
        format: &Format,
    ) -> Result<(), Stop> {
        self.sink.at(bucket.place(key));
        let object = object::Object::open(bucket, key, version)?;
        match format {
            Format::Json { pointer } => {
                json::read(object.text()?, pointer.as_deref(), &mut self.sink)
            }
            Format::JsonLines => lines::read(object.text()?, &mut self.sink),
            Format::Csv(settings) => csv::read(object.text()?, settings, &mut self.sink),
            Format::Parquet => parquet::read(object, &mut self.sink),
        }
    }
}

/// The arguments of an ItemReader, evaluated.
struct Arguments<'a>(&'a serde_json::Map<String, Value>);

impl<'a> Arguments<'a> {
    /// # Errors
    /// Where one is named that is neither of these nor one that each reader has: one that is
    /// passed over would read other items than were meant.
    fn new(arguments: &'a Value, known: &[&str]) -> Result<Self, Error> {
        let Some(arguments) = arguments.as_object() else {
            return Err(Self::invalid("Bucket", "is missing"));
        };
        let known = |name: &str| known.contains(&name) || COMMON.contains(&name);
        match arguments.keys().find(|name| !known(name)) {
            Some(name) => Err(Self::invalid(name, "is not one that is read")),
            None => Ok(Self(arguments)),
        }
    }

    fn required(&self, name: &str) -> Result<&'a str, Error> {
        self.get(name)?.ok_or_else(|| Self::invalid(name, "is missing"))
    }

    fn get(&self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Self::invalid(name, "is no string")),
        }
    }

    fn invalid(name: &str, problem: &'static str) -> Error {
        Error::Argument { what: "ItemReader", name: name.to_owned(), problem }
    }
}

/// Arguments that each reader has.
const COMMON: [&str; 2] = ["Bucket", "ExpectedBucketOwner"];

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
