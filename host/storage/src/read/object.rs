//! The bytes of one object.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;

use crate::{
    error::Error,
    store::{Known, Reading},
};

/// How many bytes are read at once.
pub(super) const CHUNK: usize = 4 << 20;

/// An object, read from its start to its end.
#[derive(Debug, Clone)]
pub(super) struct Object {
    bucket: Reading,
    key: String,
    version: Option<String>,
    known: Known,
    /// Where the next chunk starts.
    at: u64,
    /// What is left of the last one.
    chunk: Bytes,
}

impl Object {
    pub(super) fn open(bucket: &Reading, key: &str, version: Option<&str>) -> Result<Self, Error> {
        Ok(Self {
            bucket: bucket.clone(),
            key: key.to_owned(),
            version: version.map(str::to_owned),
            known: bucket.head(key, version)?,
            at: 0,
            chunk: Bytes::new(),
        })
    }

    /// Bytes.
    pub(super) fn size(&self) -> u64 {
        self.known.size
    }

    /// Bytes from anywhere in the object, fewer where it ends.
    pub(super) fn range(&self, from: u64, size: usize) -> Result<Bytes, Error> {
        self.bucket.range(&self.key, self.version.as_deref(), &self.known, from, size)
    }

    /// The object as text: decompressed if it is compressed with gzip, as the objects are that S3
    /// Inventory and Athena write, and without a byte order mark.
    pub(super) fn text(mut self) -> Result<Box<dyn BufRead>, Error> {
        let place = self.bucket.place(&self.key);
        let start = self.fill_buf().map_err(|error| Error::parsing(&place, "text", error))?;
        if !start.starts_with(&GZIP) {
            return unmarked(self).map_err(|error| Error::parsing(&place, "text", error));
        }
        let text = unmarked(BufReader::new(MultiGzDecoder::new(self)));
        text.map_err(|error| Error::parsing(&place, "gzip", error))
    }
}

const GZIP: [u8; 2] = [0x1f, 0x8b];

const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

fn unmarked(mut text: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut start = Vec::new();
    text.by_ref().take(MARK.len() as u64).read_to_end(&mut start)?;
    if start == MARK {
        start.clear();
    }
    Ok(Box::new(Read::chain(Cursor::new(start), text)))
}

impl BufRead for Object {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.chunk.is_empty() {
            self.chunk = self.range(self.at, CHUNK)?;
            self.at += self.chunk.len() as u64;
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        Buf::advance(&mut self.chunk, amount);
    }
}

impl Read for Object {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
