//! Lists of executions, and how many there are.

use std::collections::BTreeMap;

use rusqlite::{Row, params};
use stepwell_interpreter::Timestamp;

use super::{
    commit::status,
    read::{Reader, limit_of},
};
use crate::{
    Counts, Error, ExecutionId, Filter, Key, Listing, Of, Page, Status, Token, catalog::successor,
    pack::timestamp, read::page_of_listings,
};

pub(super) const LISTING: &str = "id, tenant, machine, name, version, alias, map_run, item_count, status, started_at, \
     stopped_at, redrive_count, redriven_at, last_event";

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<ExecutionId> {
    Ok(ExecutionId::from_bytes(row.get(column)?))
}

pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}

pub(super) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(timestamp))
}

pub(super) fn listing(row: &Row<'_>) -> rusqlite::Result<Listing> {
    let stopped_at = at(row, 10)?;
    let last_event_id = count(row, 13)?;
    Ok(Listing {
        id: id(row, 0)?,
        key: Key { tenant: row.get(1)?, machine: row.get(2)?, name: row.get(3)? },
        version: row.get(4)?,
        alias: row.get(5)?,
        map_run: row.get(6)?,
        item_count: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
        status: status(row, 8)?,
        started_at: timestamp(row.get(9)?),
        stopped_at,
        redrive_count: count(row, 11)?,
        redriven_at: at(row, 12)?,
        last_event_id: stopped_at.map(|_| last_event_id),
    })
}

/// What is asked of the store, for one status. Of the two steps the first stays within the index,
/// unless the filter asks for what it does not have: it may pass by many names.
fn query(filter: &Filter) -> String {
    let of = match filter.of {
        Of::Account => "map_run IS NULL AND ?2 = ''",
        Of::Machine(_) | Of::Version(..) | Of::Alias(..) => "machine = ?2",
        Of::MapRun(_) => "map_run = ?2",
    };
    let narrow = match filter.of {
        Of::Version(..) => "AND version = ?7",
        Of::Alias(..) => "AND alias = ?7",
        _ => "AND ?7 = ''",
    };
    let redriven = match filter.redriven {
        None => "",
        Some(true) => "AND redrive_count > 0",
        Some(false) => "AND redrive_count = 0",
    };
    let (first, last) = match filter.name_prefix.is_empty() {
        true => ("?8 = ''", "?9 IS NULL"),
        false => ("name >= ?8", "(?9 IS NULL OR name < ?9)"),
    };
    format!(
        "WITH found AS MATERIALIZED (SELECT shard, id FROM execution WHERE tenant = ?1 AND {of} \
         AND status = ?3 AND started_at >= ?4 AND (started_at, id) < (?5, ?6) {narrow} {redriven} \
         AND {first} AND {last} ORDER BY started_at DESC, id DESC LIMIT ?10) \
         SELECT {LISTING} FROM found CROSS JOIN execution USING (shard, id)"
    )
}

impl Reader<'_> {
    pub(super) fn list(
        &self,
        filter: &Filter,
        limit: usize,
        token: Option<&Token>,
    ) -> Result<Page<Listing, Token>, Error> {
        let (before, execution) = filter.after(token)?;
        let (of, narrow) = match &filter.of {
            Of::Account => ("", ""),
            Of::Machine(machine) => (&**machine, ""),
            Of::Version(machine, version) => (&**machine, &**version),
            Of::Alias(machine, alias) => (&**machine, &**alias),
            Of::MapRun(arn) => (&**arn, ""),
        };
        let sql = query(filter);
        // The index has the status before the time: one walk for each status, and they are merged.
        let mut items = Vec::new();
        for status in Status::ALL.into_iter().filter(|status| filter.is_in(*status)) {
            items.extend(self.rows(
                &sql,
                params![
                    filter.tenant,
                    of,
                    status.as_str(),
                    filter.from(),
                    before,
                    execution.to_bytes(),
                    narrow,
                    filter.name_prefix,
                    successor(&filter.name_prefix),
                    limit_of(limit.saturating_add(1)),
                ],
                listing,
            )?);
        }
        Ok(page_of_listings(filter, items, limit))
    }

    pub(super) fn counts(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error> {
        let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
        let of = if machine.is_some() { "machine = ?2" } else { "?2 IS NULL" };
        let sql = format!(
            "SELECT machine, status, count FROM execution_count WHERE tenant = ?1 AND {of}"
        );
        let read = |row: &Row<'_>| Ok((row.get(0)?, status(row, 1)?, count(row, 2)?));
        for (machine, status, count) in self.rows(&sql, params![tenant, machine], read)? {
            counts.entry(machine).or_default().insert(status, count);
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::sqlite::{failure::Place, schema};

    /// A list of millions is as fast as one of a few, and a search by name reads the index alone.
    #[test]
    fn lists_are_found_in_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection, "file".as_ref(), &Place("data".into())).unwrap();
        for (of, index) in [
            (Of::Account, "execution_of_tenant (tenant=? AND status=?"),
            (Of::Machine("m".into()), "execution_of_machine (tenant=? AND machine=? AND status=?"),
            (
                Of::Version("m".into(), "1".into()),
                "execution_of_version (tenant=? AND machine=? AND version=? AND status=?",
            ),
            (
                Of::Alias("m".into(), "a".into()),
                "execution_of_alias (tenant=? AND machine=? AND alias=? AND status=?",
            ),
        ] {
            for name_prefix in ["", "p"] {
                let name_prefix = name_prefix.to_owned();
                let filter = Filter { name_prefix, ..Filter::all("1", of.clone()) };
                let mut plan =
                    connection.prepare(&format!("EXPLAIN QUERY PLAN {}", query(&filter))).unwrap();
                // What is asked for makes no difference to the plan.
                let nothing: [Option<i64>; 10] = [None; 10];
                let lines: Vec<String> = plan
                    .query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"))
                    .unwrap()
                    .collect::<rusqlite::Result<_>>()
                    .unwrap();
                let covering = format!("SEARCH execution USING COVERING INDEX {index}");
                assert!(lines.iter().any(|line| line.starts_with(&covering)), "{lines:#?}");
                assert!(lines.iter().all(|line| !line.contains("TEMP B-TREE")), "{lines:#?}");
            }
        }
    }
}
