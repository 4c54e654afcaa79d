//! Histories: with all there is to them, and without their data.

use std::collections::BTreeSet;

use rusqlite::params;
use serde_json::Value;
use stepwell_interpreter::{Event, event::Outline};

use super::{commit::int, read::Reader};
use crate::{
    Direction, Error, ExecutionId, Page, codec,
    read::{ENOUGH, Numbered, corrupt, page_of_events, within_enough},
};

impl Reader<'_> {
    pub(super) fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error> {
        let span = u64::try_from(limit).unwrap_or(u64::MAX);
        let wanted = match direction {
            Direction::Forward => from..=from.saturating_add(span),
            // Whoever begins at the end need not know which event that is.
            Direction::Backward => 0..=from,
        };
        let read = |bytes: &[u8]| self.wanted(execution, bytes, |id| wanted.contains(&id));
        self.page(execution, from, direction, limit, read)
    }

    /// Events by their ids: what a commit wrote is read once, however many of it are asked for.
    pub(super) fn events(
        &self,
        execution: ExecutionId,
        ids: &BTreeSet<u64>,
    ) -> Result<Page<Event, u64>, Error> {
        let sql = "SELECT last, events FROM history WHERE shard = ? AND execution = ? \
                   AND first <= ? ORDER BY first DESC LIMIT 1";
        let (mut items, mut data): (Vec<Event>, _) = (Vec::new(), 0);
        let mut next = ids.first().copied();
        while let Some(id) = next {
            if data >= ENOUGH {
                break;
            }
            let key = params![execution.shard().number(), execution.to_bytes(), int(id)];
            let found = self.rows(sql, key, |row| {
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, Vec<u8>>(1)?))
            })?;
            let Some((last, bytes)) = found.into_iter().next().filter(|(last, _)| *last >= id)
            else {
                next = ids.range(id + 1..).next().copied();
                continue;
            };
            let mut events = self.wanted(execution, &bytes, |id| ids.contains(&id))?;
            events.retain(|event| ids.contains(&event.id));
            data += events.iter().map(Event::data_len).sum::<usize>();
            items.extend(events);
            next = ids.range(last + 1..).next().copied();
        }
        let taken = within_enough(&items);
        let next = items.get(taken).map(|event| event.id).or(next);
        items.truncate(taken);
        Ok(Page { items, next })
    }

    /// Of a commit's events at least those that are wanted.
    fn wanted(
        &self,
        execution: ExecutionId,
        bytes: &[u8],
        wanted: impl Fn(u64) -> bool,
    ) -> Result<Vec<Event>, Error> {
        let is_wanted = |event: &Value| event["id"].as_u64().is_none_or(&wanted);
        self.with_payloads("history", execution, |payload| {
            codec::decode_items(bytes, is_wanted, payload)
        })
    }

    pub(super) fn outline(
        &self,
        execution: ExecutionId,
        from: u64,
        limit: usize,
    ) -> Result<Page<Outline, u64>, Error> {
        self.page(execution, from, Direction::Forward, limit, |bytes| {
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

    fn page<T: Numbered>(
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
