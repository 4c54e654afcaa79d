//! JSON: the elements of an array, or what an ItemsPointer leads to, one by one.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, Read},
    rc::Rc,
};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{MAX_SOURCE, Sink, Stop};
use crate::error::Error;

/// Reads items. An array's elements are items; so are an object's members, if a pointer leads to
/// it. A whole document that is an object is refused, as it was on AWS when that was recorded.
pub(super) fn read(
    text: Box<dyn BufRead>,
    pointer: Option<&str>,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let parts = pointer.map(parts).transpose()?;
    let place = sink.place.clone();
    let left = Rc::new(Cell::new(MAX_SOURCE));
    let mut parser = serde_json::Deserializer::from_reader(Metered { text, left: left.clone() });
    let mut search = Search {
        members: parts.is_some(),
        allowance: Allowance(left),
        sink,
        ended: None,
        found: false,
    };
    let read = Node { search: &mut search, path: parts.as_deref().unwrap_or_default() }
        .deserialize(&mut parser)
        .and_then(|()| {
            search.allowance.everything();
            parser.end()
        });
    if let Some(ended) = search.ended {
        return Err(ended);
    }
    if let Err(error) = read {
        if error.is_io() && search.allowance.used_up() {
            return Err(search.sink.too_large().into());
        }
        return Err(Error::parsing(&place, "JSON", error.into()).into());
    }
    if search.found {
        return Ok(());
    }
    let pointer = pointer.unwrap_or_default().to_owned();
    Err(Error::NothingAtPointer { pointer, place }.into())
}

/// The reference tokens of a JSON Pointer (RFC 6901).
fn parts(pointer: &str) -> Result<Vec<String>, Error> {
    let invalid = |problem| Error::Pointer { pointer: pointer.to_owned(), problem };
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(parts) = pointer.strip_prefix('/') else {
        return Err(invalid("it must start with a slash"));
    };
    let unescape = |part: &str| {
        let mut escapes = part.split('~').skip(1);
        if escapes.any(|after| !after.starts_with(['0', '1'])) {
            return Err(invalid("after `~` there must be 0 or 1"));
        }
        Ok(part.replace("~1", "/").replace("~0", "~"))
    };
    parts.split('/').map(unescape).collect()
}

/// How many more bytes may be read before something is complete: what the parser holds in memory
/// is less than that, whatever the document.
struct Allowance(Rc<Cell<u64>>);

impl Allowance {
    /// For something that is kept: an item, a name, or a value that turns out to be no list.
    fn one(&self) {
        self.0.set(MAX_SOURCE);
    }

    /// For something that is passed over, of which the parser keeps nothing.
    fn everything(&self) {
        self.0.set(u64::MAX);
    }

    fn used_up(&self) -> bool {
        self.0.get() == 0
    }
}

struct Metered {
    text: Box<dyn BufRead>,
    left: Rc<Cell<u64>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left.get()).unwrap_or(usize::MAX);
        let mut start = self.text.fill_buf()?;
        if left == 0 && !start.is_empty() && !buffer.is_empty() {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let room = buffer.len().min(left);
        let read = start.read(&mut buffer[..room])?;
        self.text.consume(read);
        self.left.set(self.left.get() - read as u64);
        Ok(read)
    }
}

struct Search<'a> {
    /// Whether an object's members are items.
    members: bool,
    allowance: Allowance,
    sink: &'a mut Sink,
    /// Why it ended, where it is not the text that ended it.
    ended: Option<Stop>,
    found: bool,
}

impl Search<'_> {
    fn push<E: serde::de::Error>(&mut self, value: Value, key: Option<String>) -> Result<(), E> {
        self.allowance.one();
        self.sink.push(value, key).map_err(|stop| self.end(stop))
    }

    fn end<E: serde::de::Error>(&mut self, stop: Stop) -> E {
        self.ended = Some(stop);
        E::custom("ended")
    }
}

/// A value on the pointer's way, and what is left of the way.
struct Node<'a, 'b> {
    search: &'a mut Search<'b>,
    path: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.search.allowance.one();
        deserializer.deserialize_any(self)
    }
}

impl Node<'_, '_> {
    /// A value that holds no others.
    fn leaf<E: serde::de::Error>(self) -> Result<(), E> {
        if !self.path.is_empty() {
            return Ok(());
        }
        Err(self.search.end(Error::NotIterable.into()))
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { search, path } = self;
        let Some((first, path)) = path.split_first() else {
            search.found = true;
            search.allowance.one();
            while let Some(value) = elements.next_element()? {
                search.push(value, None)?;
            }
            return Ok(());
        };
        // RFC 6901: digits without leading zeros.
        let wanted = first.parse::<u64>().ok().filter(|index| index.to_string() == *first);
        let mut index = 0;
        loop {
            let more = if Some(index) == wanted {
                elements.next_element_seed(Node { search, path })?.is_some()
            } else {
                search.allowance.everything();
                elements.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { search, path } = self;
        search.allowance.one();
        let Some((first, path)) = path.split_first() else {
            if !search.members {
                return Err(search.end(Error::NotIterable.into()));
            }
            search.found = true;
            while let Some((key, value)) = members.next_entry()? {
                search.push(value, Some(key))?;
            }
            return Ok(());
        };
        while let Some(name) = members.next_key::<String>()? {
            if name == *first && !search.found {
                members.next_value_seed(Node { search, path })?;
            } else {
                search.allowance.everything();
                members.next_value::<IgnoredAny>()?;
            }
            search.allowance.one();
        }
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.leaf()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.leaf()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.leaf()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.leaf()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.leaf()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.leaf()
    }
}
