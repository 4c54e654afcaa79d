//! The tables, and how an earlier version's become this one's.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::failure::Place;
use crate::Error;

/// What `PRAGMA application_id` says: "SWjl".
const APPLICATION: i64 = 0x5357_6a6c;

/// Each takes the schema one version further. What was released is never changed.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema/1.sql"), include_str!("schema/2.sql"), include_str!("schema/3.sql")];

/// Brings the schema to this version's, all in one transaction.
pub(super) fn migrate(
    connection: &mut Connection,
    file: &Path,
    place: &Place,
) -> Result<(), Error> {
    let known = MIGRATIONS.len() as i64;
    let failed = |error| place.failed("opened", error);
    let pragma = |connection: &Connection, name: &str| {
        connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
    };
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let tables: i64 = transaction
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    let application = pragma(&transaction, "application_id").map_err(failed)?;
    if application != APPLICATION && tables > 0 {
        return Err(Error::NotAJournal { file: file.to_owned() });
    }
    let found = pragma(&transaction, "user_version").map_err(failed)?;
    if found > known {
        return Err(Error::NewerSchema { file: file.to_owned(), found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for migration in &MIGRATIONS[done..] {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    if found < known {
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        transaction.pragma_update(None, "user_version", known).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}
