//! A look into a journal that another process may have open: nothing is written, and the lock on the
//! directory is not needed.

use std::{
    fs::{File, TryLockError},
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use serde_json::Value;
use stepwell_interpreter::Timestamp;

use super::{FILE, catalog::document, failure::Place, schema};
use crate::{
    Error,
    catalog::{Document, Key, Kind},
    pack::timestamp,
};

/// A journal that is only read. Its functions block, some for as long as it takes to read all of it.
pub struct Inspection {
    connection: Connection,
    file: PathBuf,
    place: Place,
}

/// Who has a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    None,
    /// A process, whose id is known if it has written it down.
    Process(Option<u32>),
}

impl Inspection {
    /// Opens the journal of a data directory.
    ///
    /// # Errors
    /// Where there is none, it cannot be read, or is none of this version or an earlier one.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let place = Place(directory.to_owned());
        let file = directory.join(FILE);
        let connect = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&file, flags)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            Ok(connection)
        };
        let connection = connect().map_err(|error| place.failed("opened", error))?;
        schema::version(&connection, &file, &place)?;
        Ok(Self { connection, file, place })
    }

    /// The version of its schema, and that which this version of Stepwell writes.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn schema(&self) -> Result<(i64, i64), Error> {
        let found = schema::version(&self.connection, &self.file, &self.place)?;
        Ok((found, schema::KNOWN))
    }

    /// What SQLite finds damaged; nothing where all is well.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn damage(&self) -> Result<Vec<String>, Error> {
        let check = || {
            let mut statement = self.connection.prepare("PRAGMA integrity_check(10)")?;
            let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
            lines.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut lines = check().map_err(|error| self.place.failed("read", error))?;
        lines.retain(|line| line != "ok");
        Ok(lines)
    }

    /// The latest time at which an execution was started or ended; none where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn latest(&self) -> Result<Option<Timestamp>, Error> {
        let latest = self.connection.query_row(
            "SELECT max(started_at, coalesce(stopped_at, 0)) FROM \
             (SELECT max(started_at) AS started_at, max(stopped_at) AS stopped_at FROM execution)",
            [],
            |row| row.get::<_, Option<i64>>(0),
        );
        Ok(latest.map_err(|error| self.place.failed("read", error))?.map(timestamp))
    }

    /// A document of the catalog.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn document(&self, key: &Key) -> Result<Option<Value>, Error> {
        // The first version had none.
        if self.schema()?.0 < 2 {
            return Ok(None);
        }
        let body: Option<String> = self
            .connection
            .query_row(
                "SELECT body FROM document WHERE tenant = ? AND kind = ? AND name = ?",
                params![key.tenant, key.kind.as_str(), key.name],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| self.place.failed("read", error))?;
        body.map(|body| document(key.clone(), 0, body.as_bytes()).read()).transpose()
    }

    /// What is wrong with documents of the catalog, as `check` finds it, of so many at most.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn damaged_documents(
        &self,
        check: impl Fn(Document) -> Result<(), Error>,
        most: usize,
    ) -> Result<Vec<Error>, Error> {
        if self.schema()?.0 < 2 {
            return Ok(Vec::new());
        }
        let look = || {
            let mut found = Vec::new();
            for kind in Kind::ALL {
                let mut statement = self
                    .connection
                    .prepare("SELECT tenant, name, revision, body FROM document WHERE kind = ?")?;
                let mut rows = statement.query([kind.as_str()])?;
                while found.len() < most
                    && let Some(row) = rows.next()?
                {
                    let key = Key::new(row.get::<_, String>(0)?, kind, row.get::<_, String>(1)?);
                    let document = document(key, row.get(2)?, row.get_ref(3)?.as_bytes()?);
                    found.extend(check(document).err());
                }
            }
            Ok(found)
        };
        look().map_err(|error: rusqlite::Error| self.place.failed("read", error))
    }

    /// Writes a copy of all that is committed to a new file, as [`Sqlite::backup`] does.
    ///
    /// # Errors
    /// Where the file exists or cannot be written, or the journal cannot be read.
    ///
    /// [`Sqlite::backup`]: super::Sqlite::backup
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        super::backup(&self.file, to, &self.place)
    }
}

/// Who has a data directory.
///
/// # Errors
/// Where its lock cannot be read.
pub fn holder(directory: &Path) -> Result<Holder, Error> {
    let failed = |error: std::io::Error| Place(directory.to_owned()).io("opened", &error);
    let mut file = match File::open(directory.join("lock")) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Holder::None),
        Err(error) => return Err(failed(error)),
    };
    // Shared, and given back at once: whoever opens the directory meanwhile waits for nobody, and
    // would only be refused in the moment in between.
    match file.try_lock_shared() {
        Ok(()) => Ok(Holder::None),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Who it is helps, and is not needed.
            let _ = file.read_to_string(&mut text);
            Ok(Holder::Process(text.trim().parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
