//! Parquet: an object for each row. No more of a file is in memory than a page of each column and
//! [`KEPT`] blocks.

use std::{
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use parquet::{
    errors::{ParquetError, Result},
    file::{
        reader::{ChunkReader, FileReader as _, Length},
        serialized_reader::SerializedFileReader,
    },
};

use super::{Sink, Stop, object::Object};
use crate::error::Error;

/// What it is called in errors.
const FORMAT: &str = "Parquet";

/// Bytes that are read at once: pages have about as many.
const BLOCK: u64 = 1 << 20;

/// How many blocks are kept: rows are put together from pages all over the file, one for each
/// column.
const KEPT: usize = 32;

pub(super) fn read(object: Object, sink: &mut Sink) -> std::result::Result<(), Stop> {
    let place = sink.place.clone();
    let failed = |error: ParquetError| match error {
        // The store's error, as it came out of `get_bytes` or went through `From`.
        ParquetError::External(error) => match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => match error.downcast::<io::Error>() {
                Ok(error) => Error::parsing(&place, FORMAT, *error),
                Err(error) => malformed(&place, error.to_string()),
            },
        },
        error => malformed(&place, error.to_string()),
    };
    let file = SerializedFileReader::new(Blocks::new(object)).map_err(failed)?;
    for row in file.get_row_iter(None).map_err(failed)? {
        sink.push(row.map_err(failed)?.to_json_value(), None)?;
    }
    Ok(())
}

fn malformed(place: &crate::Place, cause: String) -> Error {
    Error::Malformed { place: place.clone(), format: FORMAT, cause }
}

/// An object, read by blocks of which the latest are kept.
#[derive(Clone)]
struct Blocks {
    object: Object,
    /// Each with its number; the one that was used last is the last.
    kept: Arc<Mutex<Vec<(u64, Bytes)>>>,
}

impl Blocks {
    fn new(object: Object) -> Self {
        Self { object, kept: Arc::default() }
    }

    /// Bytes from there to the end of a block, or of the object.
    fn from(&self, start: u64) -> std::result::Result<Bytes, Error> {
        let number = start / BLOCK;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let block = match kept.iter().position(|(kept, _)| *kept == number) {
            Some(at) => kept.remove(at).1,
            None => self.object.range(number * BLOCK, BLOCK as usize)?,
        };
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((number, block.clone()));
        let offset = (start % BLOCK) as usize;
        Ok(if offset < block.len() { block.slice(offset..) } else { Bytes::new() })
    }
}

impl Length for Blocks {
    fn len(&self) -> u64 {
        self.object.size()
    }
}

impl ChunkReader for Blocks {
    type T = From;

    fn get_read(&self, start: u64) -> Result<From> {
        Ok(From { blocks: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        if end.is_none() {
            return Err(ParquetError::EOF("it ends too early".to_owned()));
        }
        let failed = |error: Error| ParquetError::External(Box::new(error));
        let first = self.from(start).map_err(failed)?;
        if first.len() >= length {
            return Ok(first.slice(..length));
        }
        let mut bytes = BytesMut::with_capacity(length);
        bytes.extend_from_slice(&first);
        while bytes.len() < length {
            let more = self.from(start + bytes.len() as u64).map_err(failed)?;
            bytes.extend_from_slice(&more[..more.len().min(length - bytes.len())]);
        }
        Ok(bytes.freeze())
    }
}

/// The bytes of an object from somewhere on.
struct From {
    blocks: Blocks,
    at: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.blocks.from(self.at)?.as_ref().read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}
