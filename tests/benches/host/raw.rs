//! What the disk and bare SQLite do with the same rows.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use rusqlite::{Connection, ToSql, params};
use stepwell_journal::{
    After, Delta, ExecutionId, Key,
    codec::{Hash, Payloads, encode},
};

use crate::figures::processor_time;

/// What one commit writes, as the journal writes it.
pub(crate) struct Rows {
    starts: bool,
    events: Option<Vec<u8>>,
    payloads: Vec<(Hash, Vec<u8>)>,
    /// None where the commit ends the execution.
    state: Option<Vec<u8>>,
    outcome: Option<Vec<u8>>,
    timers: Vec<i64>,
    /// Timers that are over.
    over: Vec<i64>,
}

impl Rows {
    pub(crate) fn of(delta: &Delta) -> Self {
        let mut payloads = Payloads::new();
        let state = delta.state.as_deref();
        let outcome = state.and_then(|state| state.outcome());
        let open = state.filter(|_| outcome.is_none());
        Self {
            starts: matches!(delta.after, After::Start(_)),
            events: (!delta.events.is_empty())
                .then(|| encode(&delta.events, &mut payloads).unwrap()),
            state: open.map(|state| encode(state, &mut payloads).unwrap()),
            outcome: outcome.map(|outcome| encode(outcome, &mut payloads).unwrap()),
            timers: delta.set.iter().map(|(timer, _)| timer.0.cast_signed()).collect(),
            over: delta.cancel.iter().map(|timer| timer.0.cast_signed()).collect(),
            payloads: payloads.into_iter().collect(),
        }
    }
}

/// Bare SQLite: a group of commits is one transaction. Nothing is compared and nothing encoded.
pub(crate) struct Bare {
    connection: Connection,
    /// Those of one execution.
    rows: Vec<Rows>,
    open: Vec<Open>,
    started: i64,
}

/// How fast commits are made.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) commits: u64,
    pub(crate) elapsed: Duration,
    /// The processor time that they took.
    pub(crate) processor: Duration,
}

impl Rate {
    pub(crate) fn per_second(self) -> f64 {
        self.commits as f64 / self.elapsed.as_secs_f64()
    }

    /// Microseconds of processor time for each commit.
    pub(crate) fn micros(self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.commits as f64
    }
}

/// An execution that goes on.
struct Open {
    key: Key,
    id: ExecutionId,
    /// How many commits it has had.
    at: usize,
}

/// As durable as the journal, and with the same keys.
const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA cache_size = -65536;
    CREATE TABLE listing (shard INTEGER, id BLOB, tenant TEXT, machine TEXT, name TEXT, status TEXT,
        started_at INTEGER, stopped_at INTEGER, outcome BLOB, PRIMARY KEY (shard, id))
        WITHOUT ROWID;
    CREATE INDEX listed ON listing (tenant, machine, status, started_at DESC, id DESC);
    CREATE TABLE history (shard INTEGER, id BLOB, first INTEGER, events BLOB,
        PRIMARY KEY (shard, id, first)) WITHOUT ROWID;
    CREATE TABLE payload (shard INTEGER, id BLOB, hash BLOB, body BLOB,
        PRIMARY KEY (shard, id, hash)) WITHOUT ROWID;
    CREATE TABLE state (shard INTEGER, id BLOB, seq INTEGER, state BLOB, PRIMARY KEY (shard, id))
        WITHOUT ROWID;
    CREATE TABLE timer (shard INTEGER, id BLOB, timer INTEGER, due INTEGER,
        PRIMARY KEY (shard, id, timer)) WITHOUT ROWID;
    CREATE INDEX due ON timer (shard, due);
";

impl Bare {
    pub(crate) fn open(directory: &Path, rows: Vec<Rows>, concurrent: usize) -> Result<Self> {
        let connection = Connection::open(directory.join("bare.sqlite"))?;
        connection.set_prepared_statement_cache_capacity(32);
        connection.execute_batch(SCHEMA)?;
        let mut bare = Self { connection, rows, open: Vec::new(), started: 0 };
        for at in 0..concurrent {
            // Executions are as far as they come: at any one time some start and some end.
            let (next, at) = (bare.next(), at % bare.rows.len());
            bare.open.push(Open { at, ..next });
        }
        Ok(bare)
    }

    fn next(&mut self) -> Open {
        self.started += 1;
        let key = crate::world::key(self.started.to_string());
        Open { id: key.id(), key, at: 0 }
    }

    /// Commits as many groups as it can.
    pub(crate) fn run(&mut self, duration: Duration) -> Result<Rate> {
        let (begun, used) = (Instant::now(), processor_time());
        let mut commits = 0;
        while begun.elapsed() < duration {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            for open in &self.open {
                self.write(open)?;
            }
            self.connection.execute_batch("COMMIT")?;
            commits += self.open.len() as u64;
            for at in 0..self.open.len() {
                self.open[at].at += 1;
                if self.open[at].at == self.rows.len() {
                    self.open[at] = self.next();
                }
            }
        }
        let (elapsed, processor) = (begun.elapsed(), processor_time().saturating_sub(used));
        Ok(Rate { commits, elapsed, processor })
    }

    fn write(&self, Open { key, id, at }: &Open) -> Result<()> {
        let (rows, time) = (&self.rows[*at], self.started);
        let at = *at as i64;
        let (shard, id) = (id.shard().number(), id.to_bytes());
        let run = |sql: &str, values: &[&dyn ToSql]| -> rusqlite::Result<()> {
            self.connection.prepare_cached(sql)?.execute(values).map(drop)
        };
        if rows.starts {
            run(
                "INSERT INTO listing VALUES (?, ?, ?, ?, ?, 'RUNNING', ?, NULL, NULL)",
                params![shard, id, key.tenant, key.machine, key.name, time],
            )?;
        }
        for (hash, body) in &rows.payloads {
            run(
                "INSERT OR IGNORE INTO payload VALUES (?, ?, ?, ?)",
                params![shard, id, hash, body],
            )?;
        }
        if let Some(events) = &rows.events {
            run("INSERT INTO history VALUES (?, ?, ?, ?)", params![shard, id, at, events])?;
        }
        for timer in &rows.over {
            let sql = "DELETE FROM timer WHERE shard = ? AND id = ? AND timer = ?";
            run(sql, params![shard, id, timer])?;
        }
        for timer in &rows.timers {
            run("INSERT INTO timer VALUES (?, ?, ?, ?)", params![shard, id, timer, time])?;
        }
        if let Some(state) = &rows.state {
            let sql = "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)";
            run(sql, params![shard, id, at, state])?;
        }
        if let Some(outcome) = &rows.outcome {
            run("DELETE FROM state WHERE shard = ? AND id = ?", params![shard, id])?;
            run(
                "UPDATE listing SET status = 'SUCCEEDED', stopped_at = ?, outcome = ? \
                 WHERE shard = ? AND id = ?",
                params![time, outcome, shard, id],
            )?;
        }
        Ok(())
    }
}

/// Writes of so many bytes per second, each with its own fsync.
pub(crate) fn fsyncs(directory: &Path, bytes: usize, duration: Duration) -> Result<f64> {
    let file = directory.join("fsync");
    let mut file: File = OpenOptions::new().create(true).append(true).open(file)?;
    let bytes = vec![7; bytes];
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < duration {
        file.write_all(&bytes)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}
