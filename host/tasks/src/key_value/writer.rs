//! The one thread that writes.

use std::{
    io,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use stepwell_sandbox::key_value::{Condition, Error, OVERHEAD, Scope};
use tokio::sync::oneshot;

use super::failed;

/// Most changes of one transaction.
const MOST: usize = 256;

/// One change of an entry.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) scope: Scope,
    pub(super) key: String,
    pub(super) condition: Condition,
    /// The new value, and how large the store may be; none to delete the entry.
    pub(super) value: Option<(Vec<u8>, u64)>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// The entry has this version now.
    Set(u64),
    Deleted,
    /// The condition did not hold.
    Nothing,
}

struct Job {
    change: Change,
    answer: oneshot::Sender<Result<Written, Error>>,
}

/// The way to the writer. It ends when this is dropped, and what was handed in is written.
#[derive(Debug)]
pub(super) struct Queue(Sender<Job>);

impl Queue {
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (jobs, incoming) = channel();
        let write = move || run(connection, &incoming);
        thread::Builder::new().name("stepwell-key-value".to_owned()).spawn(write)?;
        Ok(Self(jobs))
    }

    /// Makes a change, durably.
    pub(super) async fn write(&self, change: Change) -> Result<Written, Error> {
        let gone = || Error::Unavailable("its writer has ended".to_owned());
        let (answer, answered) = oneshot::channel();
        self.0.send(Job { change, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn run(mut connection: Connection, incoming: &Receiver<Job>) {
    while let Ok(first) = incoming.recv() {
        let mut jobs = vec![first];
        jobs.extend(incoming.try_iter().take(MOST - 1));
        let answers = commit(&mut connection, &jobs);
        for (job, answer) in jobs.into_iter().zip(answers) {
            // Who no longer waits finds the change made all the same.
            let _ = job.answer.send(answer);
        }
    }
}

/// Makes all changes in one transaction. One that is refused does not stop the others.
fn commit(connection: &mut Connection, jobs: &[Job]) -> Vec<Result<Written, Error>> {
    let mut write = || {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answers = jobs.iter().map(|job| write(&transaction, &job.change));
        let answers = answers.collect::<rusqlite::Result<Vec<_>>>()?;
        transaction.commit()?;
        Ok::<_, rusqlite::Error>(answers)
    };
    write().unwrap_or_else(|error| jobs.iter().map(|_| Err(failed(&error))).collect())
}

fn write(
    transaction: &Transaction<'_>,
    change: &Change,
) -> rusqlite::Result<Result<Written, Error>> {
    let Change { scope: Scope { tenant, plugin, store }, key, condition, value } = change;
    let mut find = transaction.prepare_cached(
        "SELECT id, bytes FROM scope WHERE tenant = ?1 AND plugin = ?2 AND store = ?3",
    )?;
    let found = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let scope = find.query_row([tenant, plugin, store], found).optional()?;
    let entry = match scope {
        None => None,
        Some((id, _)) => transaction
            .prepare_cached(
                "SELECT version, octet_length(value) FROM entry WHERE scope = ?1 AND key = ?2",
            )?
            .query_row(params![id, key], found)
            .optional()?,
    };
    let holds = match (condition, entry) {
        (Condition::Always, _) | (Condition::Absent, None) => true,
        (Condition::Version(wanted), Some((version, _))) => version.cast_unsigned() == *wanted,
        (Condition::Absent, Some(_)) | (Condition::Version(_), None) => false,
    };
    if !holds {
        return Ok(Ok(Written::Nothing));
    }
    let taken = |value: i64| {
        let besides = key.len() as u64 + OVERHEAD;
        value.saturating_add_unsigned(besides)
    };
    let before = entry.map_or(0, |(_, value)| taken(value));
    let Some((value, size)) = value else {
        let (Some((id, bytes)), Some(_)) = (scope, entry) else {
            return Ok(Ok(Written::Nothing));
        };
        transaction
            .prepare_cached("DELETE FROM entry WHERE scope = ?1 AND key = ?2")?
            .execute(params![id, key])?;
        resize(transaction, id, bytes - before)?;
        return Ok(Ok(Written::Deleted));
    };
    let held = scope.map_or(0, |(_, bytes)| bytes - before);
    let after = taken(i64::try_from(value.len()).unwrap_or(i64::MAX));
    let needed = held.saturating_add(after).cast_unsigned();
    if needed > *size {
        return Ok(Err(Error::Full { size: *size, needed }));
    }
    let id = match scope {
        Some((id, _)) => id,
        None => transaction
            .prepare_cached(
                "INSERT INTO scope (tenant, plugin, store, bytes) VALUES (?1, ?2, ?3, 0)",
            )?
            .insert([tenant, plugin, store])?,
    };
    let version: i64 = transaction
        .prepare_cached("UPDATE last SET version = version + 1 RETURNING version")?
        .query_row([], |row| row.get(0))?;
    transaction
        .prepare_cached("REPLACE INTO entry (scope, key, value, version) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, key, value, version])?;
    resize(transaction, id, held + after)?;
    Ok(Ok(Written::Set(version.cast_unsigned())))
}

fn resize(transaction: &Transaction<'_>, scope: i64, bytes: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE scope SET bytes = ?2 WHERE id = ?1")?
        .execute([scope, bytes])
        .map(|_| ())
}
