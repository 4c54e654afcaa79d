//! Histories: with all there is to them, and without their data.

use rusqlite::params;
use stepwell_interpreter::{Event, event::Outline};

use super::{commit::int, read::Reader};
use crate::{
    Direction, Error, ExecutionId, Page, codec,
    read::{Numbered, corrupt, page_of_events},
};

/// With how many bytes of data a page has enough: events may have 256 KiB each. What a commit wrote is
/// read as a whole, so that it is not read again for each few of its events.
const ENOUGH: usize = 4 << 20;

impl Reader<'_> {
    pub(super) fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error> {
        let read = |bytes: &[u8]| self.decode("history", execution, bytes);
        self.events(execution, from, direction, limit, read)
    }

    pub(super) fn outline(
        &self,
        execution: ExecutionId,
        from: u64,
        limit: usize,
    ) -> Result<Page<Outline, u64>, Error> {
        self.events(execution, from, Direction::Forward, limit, |bytes| {
            let read = codec::decode_without_payloads::<Vec<Outline>>(bytes);
            let outlines = read.map_err(|error| corrupt("history", execution, error))?;
            // A name that is so long is a payload itself.
            let taken_out = |text: &Option<String>| {
                text.as_ref().is_some_and(|text| text.contains(codec::MARK))
            };
            if outlines.iter().any(|it| taken_out(&it.name) || taken_out(&it.error)) {
                let events: Vec<Event> = self.decode("history", execution, bytes)?;
                return Ok(events.iter().map(Event::outline).collect());
            }
            Ok(outlines)
        })
    }

    fn events<T: Numbered>(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
        read: impl Fn(&[u8]) -> Result<Vec<T>, Error>,
    ) -> Result<Page<T, u64>, Error> {
        let sql = match direction {
            Direction::Forward => {
                "SELECT first, events FROM history WHERE shard = ? AND execution = ? \
                 AND last >= ? AND first >= coalesce((SELECT max(first) FROM history \
                 WHERE shard = ?1 AND execution = ?2 AND first <= ?3), 0) ORDER BY first"
            }
            Direction::Backward => {
                "SELECT first, events FROM history WHERE shard = ? AND execution = ? \
                 AND first <= ? ORDER BY first DESC"
            }
        };
        let from = from.min(i64::MAX.cast_unsigned());
        let key = params![execution.shard().number(), execution.to_bytes(), int(from)];
        let failed = |error| self.place.failed("read", error);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(key).map_err(failed)?;
        let mut items: Vec<T> = Vec::new();
        let (mut data, mut next) = (0, None);
        while items.len() <= limit
            && let Some(row) = rows.next().map_err(failed)?
        {
            if data >= ENOUGH {
                next = items.last().map(|last| match direction {
                    Direction::Forward => last.number() + 1,
                    Direction::Backward => last.number() - 1,
                });
                break;
            }
            let bytes = row.get_ref(1).map_err(failed)?;
            let bytes = bytes.as_blob().map_err(|error| failed(error.into()))?;
            let mut events = read(bytes)?;
            match direction {
                Direction::Forward => events.retain(|event| event.number() >= from),
                Direction::Backward => {
                    events.retain(|event| event.number() <= from);
                    events.reverse();
                }
            }
            data += events.iter().map(T::data_len).sum::<usize>();
            items.extend(events);
        }
        let page = page_of_events(execution, items, limit)?;
        Ok(Page { next: page.next.or(next), ..page })
    }
}
