//! The tables of key-value data.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

/// The version of the tables.
const VERSION: i64 = 2;

const TABLES: &str = "
    -- Whose data it is; `bytes` is what its entries take together.
    CREATE TABLE scope (
        id INTEGER PRIMARY KEY,
        tenant TEXT NOT NULL,
        plugin TEXT NOT NULL,
        store TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        UNIQUE (tenant, plugin, store)
    ) STRICT;
    CREATE TABLE entry (
        scope INTEGER NOT NULL REFERENCES scope,
        key TEXT NOT NULL,
        value BLOB NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (scope, key)
    ) STRICT, WITHOUT ROWID;
    -- The version of the last write: no two have the same, even of a key that was deleted.
    CREATE TABLE last (version INTEGER NOT NULL) STRICT;
    INSERT INTO last VALUES (0);
";

/// What an entry takes besides its key and value was not counted in version 1.
const FROM_1: &str = "
    UPDATE scope SET bytes = bytes
        + 32 * (SELECT count(*) FROM entry WHERE entry.scope = scope.id);
";

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("a later version of Stepwell has written it (its tables have version {0})")]
    Later(i64),
}

/// Makes the tables where there are none.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Error> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match transaction.pragma_query_value(None, "user_version", |row| row.get(0))? {
        0 => transaction.execute_batch(TABLES)?,
        1 => transaction.execute_batch(FROM_1)?,
        VERSION => return Ok(()),
        later => return Err(Error::Later(later)),
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}
