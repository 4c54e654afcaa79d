//! What readers read, each on a connection of its own.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;
use stepwell_interpreter::{TimerId, Timestamp, map_run::MapRunId};
use tokio::sync::Semaphore;

use super::{
    commit,
    failure::Place,
    list::{LISTING, at, count, id, listing},
};
use crate::{
    CommitId, Description, Direction, Error, ExecutionId, Listing, MapRunRecord, MapRunStatus,
    Message, MessageId, NoticeId, Pending, Position, Seq, Shard, Start, State, Timer, codec,
    pack::{due, due_at, timestamp},
    read::{attributes_of, corrupt, input_of},
};

/// Connections that only read: none waits for the writer, and the writer for none of them.
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
    place: Place,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>, place: Place) -> Self {
        let free = Arc::new(Semaphore::new(connections.len()));
        Self { idle: Arc::new(Mutex::new(connections)), free, place }
    }

    /// Reads in one snapshot.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let free = self.free.clone().acquire_owned().await.map_err(|_| Error::Stopped)?;
        let idle = self.idle.clone();
        let place = self.place.clone();
        let take = move || {
            // Until the connection is given back, be it that nobody waits for the answer any more.
            let _free = free;
            let mut connection = Borrowed::from(idle).ok_or(Error::Stopped)?;
            let snapshot =
                connection.get()?.transaction().map_err(|error| place.failed("read", error))?;
            work(&Reader { connection: &snapshot, place: &place })
        };
        tokio::task::spawn_blocking(take).await.map_err(|_| Error::Stopped)?
    }
}

/// A connection that goes back to the idle ones.
struct Borrowed {
    idle: Arc<Mutex<Vec<Connection>>>,
    connection: Option<Connection>,
}

impl Borrowed {
    fn from(idle: Arc<Mutex<Vec<Connection>>>) -> Option<Self> {
        let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Self { idle, connection: Some(connection) })
    }

    fn get(&mut self) -> Result<&mut Connection, Error> {
        self.connection.as_mut().ok_or(Error::Stopped)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// One snapshot.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    pub(super) place: &'a Place,
}

type Raw = (Listing, Position, String, Vec<u8>);

impl Reader<'_> {
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let rows = || -> rusqlite::Result<Vec<T>> {
            self.connection.prepare_cached(sql)?.query_map(values, read)?.collect()
        };
        rows().map_err(|error| self.place.failed("read", error))
    }

    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        what: &'static str,
        execution: ExecutionId,
        bytes: &[u8],
    ) -> Result<T, Error> {
        self.with_payloads(what, execution, |payload| codec::decode(bytes, payload))
    }

    /// Decodes what payloads of an execution may have been taken out of.
    pub(super) fn with_payloads<T>(
        &self,
        what: &'static str,
        execution: ExecutionId,
        decode: impl FnOnce(&mut dyn FnMut(&codec::Hash) -> Option<Vec<u8>>) -> Result<T, codec::Error>,
    ) -> Result<T, Error> {
        let mut failed = None;
        let value = decode(&mut |hash| {
            let read = || {
                self.connection
                    .prepare_cached(
                        "SELECT body FROM payload WHERE shard = ? AND execution = ? AND hash = ?",
                    )?
                    .query_row(
                        params![execution.shard().number(), execution.to_bytes(), hash],
                        |row| row.get(0),
                    )
                    .optional()
            };
            read().unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        if let Some(error) = failed {
            return Err(self.place.failed("read", error));
        }
        value.map_err(|cause| corrupt(what, execution, cause))
    }

    pub(super) fn position(&self, execution: ExecutionId) -> Result<Option<Position>, Error> {
        let current = commit::current(self.connection, execution);
        let current = current.map_err(|error| self.place.failed("read", error))?;
        Ok(current.map(|current| Position { seq: current.seq, commit: current.commit }))
    }

    fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
        let position = Position {
            seq: Seq(count(row, 14)?),
            commit: CommitId(u128::from_be_bytes(row.get(15)?)),
        };
        Ok((listing(row)?, position, row.get(16)?, row.get(17)?))
    }

    fn state_of(&self, (listing, position, attributes, bytes): Raw) -> Result<State, Error> {
        let id = listing.id;
        Ok(State {
            id,
            position,
            execution: self.decode("state", id, &bytes)?,
            start: Start {
                key: listing.key,
                version: listing.version,
                alias: listing.alias,
                map_run: listing.map_run,
                item_count: listing.item_count,
                attributes: attributes_of(id, attributes)?,
            },
        })
    }

    pub(super) fn state(&self, execution: ExecutionId) -> Result<Option<State>, Error> {
        let sql = "SELECT e.id, tenant, machine, name, version, alias, map_run, item_count, \
                   status, started_at, stopped_at, redrive_count, redriven_at, e.last_event, \
                   coalesce(s.seq, e.seq), coalesce(s.commit_id, e.commit_id), attributes, \
                   coalesce(s.state, e.state) \
                   FROM execution e LEFT JOIN exec_state s ON s.shard = e.shard AND s.id = e.id \
                   WHERE e.shard = ? AND e.id = ? AND coalesce(s.state, e.state) IS NOT NULL";
        let key = params![execution.shard().number(), execution.to_bytes()];
        let raw = self.rows(sql, key, Self::raw)?.pop();
        raw.map(|raw| self.state_of(raw)).transpose()
    }

    pub(super) fn load(
        &self,
        shard: Shard,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<State>, Error> {
        let sql = "SELECT s.id, tenant, machine, name, version, alias, map_run, item_count, \
                   status, started_at, stopped_at, redrive_count, redriven_at, e.last_event, \
                   s.seq, s.commit_id, attributes, s.state \
                   FROM exec_state s CROSS JOIN execution e ON e.shard = s.shard AND e.id = s.id \
                   WHERE s.shard = ? AND s.id > ? ORDER BY s.id LIMIT ?";
        let after = after.map_or(Vec::new(), |after| after.to_bytes().to_vec());
        let raw = self.rows(sql, params![shard.number(), after, limit_of(limit)], Self::raw)?;
        raw.into_iter().map(|raw| self.state_of(raw)).collect()
    }

    pub(super) fn due(
        &self,
        shards: &[Shard],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, Error> {
        let mut timers = Vec::new();
        for shard in shards {
            timers.extend(self.rows(
                "SELECT execution, id, due FROM timer WHERE shard = ? AND due <= ? \
                 ORDER BY due LIMIT ?",
                params![shard.number(), due(until), limit_of(limit)],
                |row| {
                    Ok(Timer {
                        execution: id(row, 0)?,
                        id: TimerId(count(row, 1)?),
                        due: due_at(row.get(2)?),
                    })
                },
            )?);
        }
        timers.sort_by_key(|timer| (timer.due, timer.execution, timer.id));
        Ok(timers)
    }

    pub(super) fn inbox(&self, shards: &[Shard], limit: usize) -> Result<Vec<Message>, Error> {
        let mut messages = Vec::new();
        for shard in shards {
            let rows = self.rows(
                "SELECT id, execution, body FROM message WHERE shard = ? ORDER BY id LIMIT ?",
                params![shard.number(), limit_of(limit)],
                |row| Ok((MessageId(count(row, 0)?), id(row, 1)?, row.get::<_, Vec<u8>>(2)?)),
            )?;
            for (id, to, body) in rows {
                let body = codec::decode(&body, |_| None)
                    .map_err(|cause| corrupt("message", to, cause))?;
                messages.push(Message { id, to, body });
            }
        }
        Ok(messages)
    }

    pub(super) fn outbox(&self, destination: &str, limit: usize) -> Result<Vec<Pending>, Error> {
        let rows = self.rows(
            "SELECT id, execution, body FROM outbox WHERE destination = ? ORDER BY id LIMIT ?",
            params![destination, limit_of(limit)],
            |row| Ok((NoticeId(count(row, 0)?), id(row, 1)?, row.get::<_, Vec<u8>>(2)?)),
        )?;
        let pending = |(id, execution, body): (_, _, Vec<u8>)| {
            let body = codec::decode(&body, |_| None)
                .map_err(|cause| corrupt("notice", execution, cause))?;
            Ok(Pending { id, execution, body })
        };
        rows.into_iter().map(pending).collect()
    }

    pub(super) fn destinations(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT DISTINCT destination FROM outbox ORDER BY destination";
        self.rows(sql, [], |row| row.get(0))
    }

    pub(super) fn describe(&self, execution: ExecutionId) -> Result<Option<Description>, Error> {
        let sql = format!(
            "SELECT {LISTING}, seq, commit_id, attributes, coalesce(outcome, x'') FROM execution \
             WHERE shard = ? AND id = ?"
        );
        let key = params![execution.shard().number(), execution.to_bytes()];
        let Some((listing, kept, attributes, outcome)) = self.rows(&sql, key, Self::raw)?.pop()
        else {
            return Ok(None);
        };
        let outcome = (!outcome.is_empty()).then(|| self.decode("outcome", execution, &outcome));
        let first = self.history(execution, 1, Direction::Forward, 1)?.items.pop();
        Ok(Some(Description {
            position: self.position(execution)?.unwrap_or(kept),
            input: input_of(execution, first)?,
            outcome: outcome.transpose()?,
            attributes: attributes_of(execution, attributes)?,
            listing,
        }))
    }

    fn map_run_rows(
        &self,
        condition: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<(ExecutionId, MapRunRecord)>, Error> {
        let sql = format!(
            "SELECT execution, id, arn, started_at, stopped_at, status, state FROM map_run \
             WHERE {condition} ORDER BY id"
        );
        let rows = self.rows(&sql, values, |row| {
            let stopped_at = at(row, 4)?;
            let status = row.get::<_, Option<String>>(5)?.and_then(|text| {
                MapRunStatus::ALL.into_iter().find(|status| status.as_str() == text)
            });
            let started_at = timestamp(row.get(3)?);
            let head = (id(row, 0)?, MapRunId(count(row, 1)?), row.get(2)?, started_at);
            Ok((head, stopped_at.zip(status), row.get::<_, Vec<u8>>(6)?))
        })?;
        rows.into_iter()
            .map(|((execution, id, arn, started_at), ended, state)| {
                let state = self.decode("Map Run", execution, &state)?;
                Ok((execution, MapRunRecord { id, arn, started_at, ended, state }))
            })
            .collect()
    }

    pub(super) fn map_runs(&self, execution: ExecutionId) -> Result<Vec<MapRunRecord>, Error> {
        let key = params![execution.shard().number(), execution.to_bytes()];
        let rows = self.map_run_rows("shard = ? AND execution = ?", key)?;
        Ok(rows.into_iter().map(|(_, record)| record).collect())
    }

    pub(super) fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRunRecord)>, Error> {
        Ok(self.map_run_rows("arn = ?", [arn])?.pop())
    }
}

pub(super) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        task::{Context, Waker},
    };

    use super::*;

    #[tokio::test]
    async fn a_connection_is_free_once_its_read_has_ended_whoever_waits_for_it() {
        let connection = Connection::open_in_memory().unwrap();
        let readers = Readers::new(vec![connection], Place("data".into()));
        let (go, wait) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let mut gone = Box::pin(readers.read(move |_| {
            let _ = begin.send(());
            let _ = wait.recv();
            Ok(())
        }));
        assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        begun.recv().unwrap();
        drop(gone);
        assert_eq!(readers.free.available_permits(), 0);
        drop(go);
        assert_eq!(readers.read(|_| Ok(1)).await, Ok(1));
    }
}
