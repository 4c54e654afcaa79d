//! The tables, and how an earlier version's become this one's.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::failure::Place;
use crate::Error;

/// What `PRAGMA application_id` says: "SWjl".
const APPLICATION: i64 = 0x5357_6a6c;

/// Each takes the schema one version further. What was released is never changed.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
];

/// The version that these lead to.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The version of a file's schema; 0 for one that is empty.
///
/// # Errors
/// Where it is none of Stepwell's, or of a later version.
pub(super) fn version(connection: &Connection, file: &Path, place: &Place) -> Result<i64, Error> {
    let failed = |error| place.failed("opened", error);
    let pragma = |name: &str| {
        let value = connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        value.map_err(failed)
    };
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if pragma("application_id")? != APPLICATION && tables > 0 {
        return Err(Error::NotAJournal { file: file.to_owned() });
    }
    let found = pragma("user_version")?;
    if found > KNOWN {
        return Err(Error::NewerSchema { file: file.to_owned(), found, known: KNOWN });
    }
    Ok(found)
}

/// Brings the schema to this version's, all in one transaction.
pub(super) fn migrate(
    connection: &mut Connection,
    file: &Path,
    place: &Place,
) -> Result<(), Error> {
    let failed = |error| place.failed("opened", error);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found = version(&transaction, file, place)?;
    let is_earlier = (1..KNOWN).contains(&found);
    if is_earlier {
        // Whoever waits for the host is to know for what.
        tracing::info!(
            "the journal's schema is brought from version {found} to {KNOWN}: with millions of \
             executions it takes minutes"
        );
    }
    let done = usize::try_from(found).unwrap_or(0);
    for migration in &MIGRATIONS[done..] {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    if found < KNOWN {
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        transaction.pragma_update(None, "user_version", KNOWN).map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    if is_earlier {
        tracing::info!("the journal's schema has version {KNOWN} now");
    }
    Ok(())
}
