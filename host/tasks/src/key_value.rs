//! Plugins' key-value data in a SQLite database of its own, beside the journal.
//!
//! One thread writes: what several calls write at the same time is one transaction, and one fsync.

mod schema;
mod writer;

use std::{
    fs::{self, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use stepwell_sandbox::key_value::{Condition, Entry, Error, Scope, Store};
use tokio::sync::Mutex;
use writer::{Change, Queue, Written};

/// The name of the database within the data directory.
pub const FILE: &str = "key-value.sqlite";

/// Keeps key-value data in the data directory of a host. Its futures need tokio's runtime.
#[derive(Debug)]
pub struct KeyValue {
    writer: Queue,
    reader: Arc<Mutex<Connection>>,
}

impl KeyValue {
    /// Opens the data of a data directory, which is made where it is not there.
    ///
    /// # Errors
    /// Where it cannot be read or written, or was written by a later version.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let file = directory.join(FILE);
        let failed = |error: &dyn std::fmt::Display| {
            Error::Unavailable(format!("{} cannot be opened: {error}", file.display()))
        };
        fs::create_dir_all(directory).map_err(|error| failed(&error))?;
        private(&file).map_err(|error| failed(&error))?;
        let open = || {
            let mut writer = Connection::open(&file)?;
            schema::prepare(&mut writer)?;
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let reader = Connection::open_with_flags(&file, flags)?;
            reader.busy_timeout(Duration::from_secs(5))?;
            Ok::<_, schema::Error>((writer, reader))
        };
        let (writer, reader) = open().map_err(|error| failed(&error))?;
        let writer = Queue::start(writer).map_err(|error| failed(&error))?;
        Ok(Self { writer, reader: Arc::new(Mutex::new(reader)) })
    }

    /// Writes a copy of a data directory's key-value data to another directory, while a host uses
    /// it or not; nothing where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, or the copy cannot be written.
    pub fn backup(from: &Path, to: &Path) -> Result<(), Error> {
        let (file, copy): (PathBuf, PathBuf) = (from.join(FILE), to.join(FILE));
        if !file.exists() {
            return Ok(());
        }
        let write = || {
            let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])
        };
        let failed = |error: &dyn std::fmt::Display| {
            let (from, to) = (file.display(), copy.display());
            Error::Unavailable(format!("{from} cannot be copied to {to}: {error}"))
        };
        // A copy goes to what is not there or empty.
        private(&copy).map_err(|error| failed(&error))?;
        write().map(|_| ()).map_err(|error| failed(&error))
    }

    /// Reads on a thread for blocking work, of which those that wait for the reader take none.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let reader = Arc::clone(&self.reader).lock_owned().await;
        let done = tokio::task::spawn_blocking(move || read(&reader)).await;
        done.map_err(|error| Error::Unavailable(error.to_string()))?.map_err(|error| failed(&error))
    }
}

// One bound, so that SQLite looks it up instead of reading all keys before it.
const KEYS_FROM: &str = "SELECT key FROM entry JOIN scope ON scope.id = entry.scope
    WHERE tenant = ?1 AND plugin = ?2 AND store = ?3 AND key >= ?4 ORDER BY key LIMIT ?5";
const KEYS_AFTER: &str = "SELECT key FROM entry JOIN scope ON scope.id = entry.scope
    WHERE tenant = ?1 AND plugin = ?2 AND store = ?3 AND key > ?4 ORDER BY key LIMIT ?5";

/// Makes a file that only its owner may open, as then what SQLite puts beside it; of one that is
/// there already it takes from others what it can.
fn private(file: &Path) -> io::Result<()> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    if opened.metadata()?.permissions().mode() & 0o077 != 0 {
        // It may be another's.
        let _ = opened.set_permissions(Permissions::from_mode(0o600));
    }
    Ok(())
}

fn failed(error: &rusqlite::Error) -> Error {
    Error::Unavailable(error.to_string())
}

#[async_trait]
impl Store for KeyValue {
    async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Entry>, Error> {
        let (Scope { tenant, plugin, store }, key) = (scope.clone(), key.to_owned());
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT value, version FROM entry JOIN scope ON scope.id = entry.scope
                 WHERE tenant = ?1 AND plugin = ?2 AND store = ?3 AND key = ?4",
            )?;
            let entry = |row: &rusqlite::Row<'_>| {
                let version = row.get::<_, i64>(1)?.cast_unsigned();
                Ok(Entry { value: row.get(0)?, version })
            };
            statement.query_row(params![tenant, plugin, store, key], entry).optional()
        })
        .await
    }

    async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: &[u8],
        condition: Condition,
        size: u64,
    ) -> Result<Option<u64>, Error> {
        let change = Change {
            scope: scope.clone(),
            key: key.to_owned(),
            condition,
            value: Some((value.to_owned(), size)),
        };
        match self.writer.write(change).await? {
            Written::Set(version) => Ok(Some(version)),
            Written::Deleted | Written::Nothing => Ok(None),
        }
    }

    async fn delete(&self, scope: &Scope, key: &str, condition: Condition) -> Result<bool, Error> {
        let change = Change { scope: scope.clone(), key: key.to_owned(), condition, value: None };
        Ok(self.writer.write(change).await? == Written::Deleted)
    }

    async fn keys(
        &self,
        scope: &Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let Scope { tenant, plugin, store } = scope.clone();
        let (select, from) = match after {
            Some(after) if after >= prefix => (KEYS_AFTER, after.to_owned()),
            _ => (KEYS_FROM, prefix.to_owned()),
        };
        let prefix = prefix.to_owned();
        self.read(move |connection| {
            // Keys of one prefix lie together: the first without it ends the list.
            let mut statement = connection.prepare_cached(select)?;
            let mut rows = statement.query(params![tenant, plugin, store, from, limit])?;
            let mut keys = Vec::new();
            while let Some(row) = rows.next()? {
                let key: String = row.get(0)?;
                if !key.starts_with(&prefix) {
                    break;
                }
                keys.push(key);
            }
            Ok(keys)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_looked_up() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::prepare(&mut connection).unwrap();
        for select in [KEYS_FROM, KEYS_AFTER] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {select}")).unwrap();
            let steps = plan.query_map(params!["", "", "", "", 1], |row| row.get("detail"));
            let steps: Vec<String> = steps.unwrap().collect::<Result<_, _>>().unwrap();
            assert_eq!(
                steps.last().map(String::as_str),
                Some("SEARCH entry USING PRIMARY KEY (scope=? AND key>?)")
            );
        }
    }
}
