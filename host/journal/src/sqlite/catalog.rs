//! The documents of the catalog.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::{Sqlite, commit::int, read::Reader, writer::Writer};
use crate::{
    Error, Page,
    catalog::{Catalog, Document, Key, Kind, Write, successor},
    read::page_of_documents,
};

#[async_trait]
impl Catalog for Sqlite {
    async fn get(&self, key: &Key) -> Result<Option<Document>, Error> {
        let key = key.clone();
        self.readers.read(move |reader| get(reader, key)).await
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<(), Error> {
        self.writer.run(move |writer| apply(writer, &writes)).await
    }

    async fn scan(
        &self,
        tenant: &str,
        kind: Kind,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Document, String>, Error> {
        let (tenant, prefix) = (tenant.to_owned(), prefix.to_owned());
        let after = after.map(str::to_owned);
        self.readers.read(move |reader| scan(reader, &tenant, kind, &prefix, after, limit)).await
    }

    async fn count(&self, tenant: &str, kind: Kind) -> Result<usize, Error> {
        let tenant = tenant.to_owned();
        self.readers.read(move |reader| count(reader, &tenant, kind)).await
    }
}

/// A document of a row, of which nothing but the key need be sound: a text is bytes, which need be
/// neither JSON nor UTF-8.
pub(super) fn document(key: Key, revision: i64, body: &[u8]) -> Document {
    let body = serde_json::from_slice(body).map_err(|error| error.to_string());
    Document { key, revision: revision.cast_unsigned(), body }
}

fn get(reader: &Reader<'_>, key: Key) -> Result<Option<Document>, Error> {
    let rows = reader.rows(
        "SELECT revision, body FROM document WHERE tenant = ? AND kind = ? AND name = ?",
        params![key.tenant, key.kind.as_str(), key.name],
        |row| Ok((row.get(0)?, row.get_ref(1)?.as_bytes()?.to_vec())),
    )?;
    Ok(rows.first().map(|(revision, body)| document(key, *revision, body)))
}

fn scan(
    reader: &Reader<'_>,
    tenant: &str,
    kind: Kind,
    prefix: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Page<Document, String>, Error> {
    let rows = reader.rows(
        "SELECT name, revision, body FROM document WHERE tenant = ?1 AND kind = ?2 \
         AND name >= ?3 AND (?4 IS NULL OR name < ?4) AND (?5 IS NULL OR name > ?5) \
         ORDER BY name LIMIT ?6",
        params![
            tenant,
            kind.as_str(),
            prefix,
            successor(prefix),
            after,
            int((limit as u64).saturating_add(1))
        ],
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get_ref(2)?.as_bytes()?.to_vec())),
    )?;
    let items = rows
        .into_iter()
        .map(|(name, revision, body)| document(Key::new(tenant, kind, name), revision, &body))
        .collect();
    Ok(page_of_documents(items, limit))
}

fn count(reader: &Reader<'_>, tenant: &str, kind: Kind) -> Result<usize, Error> {
    let counts = reader.rows(
        "SELECT count(*) FROM document WHERE tenant = ? AND kind = ?",
        params![tenant, kind.as_str()],
        |row| row.get::<_, i64>(0),
    )?;
    Ok(counts.first().and_then(|count| usize::try_from(*count).ok()).unwrap_or(0))
}

fn apply(writer: &mut Writer, writes: &[Write]) -> Result<(), Error> {
    let Writer { connection, place, .. } = writer;
    match transact(connection, writes) {
        Ok(None) => Ok(()),
        Ok(Some(conflict)) => Err(conflict.conflict()),
        Err(error) => Err(place.failed("written", error)),
    }
}

/// Answers with the write that cannot be made, where there is one.
fn transact<'a>(
    connection: &mut Connection,
    writes: &'a [Write],
) -> rusqlite::Result<Option<&'a Write>> {
    // Dropped without a commit, it is rolled back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number: i64 = transaction
        .prepare_cached("UPDATE catalog SET writes = writes + 1 RETURNING writes")?
        .query_row([], |row| row.get(0))?;
    for write in writes {
        let Key { tenant, kind, name } = write.key();
        let key = params![tenant, kind.as_str(), name];
        let found: Option<i64> = transaction
            .prepare_cached(
                "SELECT revision FROM document WHERE tenant = ? AND kind = ? AND name = ?",
            )?
            .query_row(key, |row| row.get(0))
            .optional()?;
        if found.map(i64::cast_unsigned) != write.expects() {
            return Ok(Some(write));
        }
        match write {
            Write::Put { body, .. } => {
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO document (tenant, kind, name, revision, body) \
                         VALUES (?, ?, ?, ?, ?)",
                    )?
                    .execute(params![tenant, kind.as_str(), name, number, body.to_string()])?;
            }
            Write::Delete { .. } => {
                transaction
                    .prepare_cached(
                        "DELETE FROM document WHERE tenant = ? AND kind = ? AND name = ?",
                    )?
                    .execute(key)?;
            }
            Write::Check { .. } => {}
        }
    }
    transaction.commit()?;
    Ok(None)
}
