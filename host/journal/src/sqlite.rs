//! The store of one machine: SQLite in a directory.

mod catalog;
mod commit;
mod failure;
mod history;
mod inspection;
mod list;
mod lock;
mod read;
mod schema;
mod writer;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use stepwell_interpreter::{Event, Timestamp, event::Outline};

use crate::{
    Counts, Delta, Description, Direction, Error, ExecutionId, Filter, Lease, Listing,
    MapRunRecord, Message, MessageId, NoticeId, Page, Pending, Position, Seq, Shard, State, Store,
    Timer, Token,
    pack::{Packed, time},
};
use commit::int;
use failure::Place;
pub use inspection::{Holder, Inspection, holder};
use lock::Lock;
use read::Readers;
use writer::{Queue, Writer};

/// The name of the database within the data directory.
pub const FILE: &str = "journal.sqlite";

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// How a journal is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory. It is made where it is not there.
    pub directory: PathBuf,
    /// How large the database may grow, in bytes; none for as large as the disk allows.
    pub max_size: Option<u64>,
    /// How many connections read at once.
    pub readers: usize,
}

impl Options {
    /// Those of a directory; no limit, and four readers.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), max_size: None, readers: 4 }
    }
}

/// Executions in a SQLite database. One writer commits the deltas of all executions together;
/// readers have connections of their own. Its futures need tokio's runtime.
pub struct Sqlite {
    // Dropped in this order: the lock is given back last.
    writer: Queue,
    readers: Readers,
    place: Place,
    file: PathBuf,
    _lock: Lock,
}

impl Sqlite {
    /// Opens the journal of a data directory, makes it where there is none, and brings an earlier
    /// version's schema to this one's.
    ///
    /// # Errors
    /// Where another process uses the directory, a later version has written the journal, or the
    /// disk does not allow it.
    pub fn open(options: &Options) -> Result<Self, Error> {
        let place = Place(options.directory.clone());
        let failed = |error| place.failed("opened", error);
        fs::create_dir_all(&options.directory).map_err(|error| place.io("opened", &error))?;
        let lock = Lock::take(&place)?;
        let file = options.directory.join(FILE);
        private(&file).map_err(|error| place.io("opened", &error))?;
        let mut connection = Connection::open(&file).map_err(failed)?;
        configure(&connection, options).map_err(failed)?;
        schema::migrate(&mut connection, &file, &place)?;
        let reader = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&file, flags)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            connection.busy_timeout(Duration::from_secs(5))?;
            Ok(connection)
        };
        let readers: rusqlite::Result<Vec<_>> =
            (0..options.readers.max(1)).map(|_| reader()).collect();
        let readers = Readers::new(readers.map_err(failed)?, place.clone());
        let writer = Writer::new(connection, place.clone()).map_err(failed)?;
        let writer = Queue::start(writer).map_err(|error| place.io("opened", &error))?;
        Ok(Self { writer, readers, place, file, _lock: lock })
    }

    /// How many transactions have carried commits since it was opened. Each is one fsync of the
    /// log, for all the commits that were ready.
    pub fn transactions(&self) -> u64 {
        self.writer.transactions()
    }

    /// Writes a copy of all that is committed to a new file, while work goes on. A directory that
    /// has it as its [`FILE`] is a data directory.
    ///
    /// # Errors
    /// Where the file exists or cannot be written, or the journal cannot be read.
    pub async fn backup(&self, to: &Path) -> Result<(), Error> {
        let (from, to, place) = (self.file.clone(), to.to_owned(), self.place.clone());
        let work = move || backup(&from, &to, &place);
        tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
    }
}

fn configure(connection: &Connection, options: &Options) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is answered once it is on the disk, and not before.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // In pages and in KiB; the log is cut back to 64 MiB when it was longer.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if let Some(bytes) = options.max_size {
        let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = int(bytes.min(i64::MAX.cast_unsigned())) / page.max(1);
        connection.pragma_update(None, "max_page_count", pages.max(1))?;
    }
    Ok(())
}

#[async_trait]
impl Store for Sqlite {
    async fn claim(&self, owner: &str, want: &[Shard]) -> Result<Vec<Lease>, Error> {
        let (owner, want) = (owner.to_owned(), want.to_vec());
        self.writer.run(move |writer| claim(writer, &owner, &want)).await
    }

    async fn commit(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        let mut packed = Vec::with_capacity(batch.len());
        let checked: Vec<_> = batch
            .into_iter()
            .map(|delta| Packed::new(delta).map(|delta| packed.push(delta)))
            .collect();
        let mut answers = self.writer.commit(packed).await.unwrap_or_default().into_iter();
        checked
            .into_iter()
            .map(|delta| delta.and_then(|()| answers.next().unwrap_or(Err(Error::Stopped))))
            .collect()
    }

    async fn position(&self, execution: ExecutionId) -> Result<Option<Position>, Error> {
        self.readers.read(move |reader| reader.position(execution)).await
    }

    async fn state(&self, execution: ExecutionId) -> Result<Option<State>, Error> {
        self.readers.read(move |reader| reader.state(execution)).await
    }

    async fn load(
        &self,
        shard: Shard,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<State>, Error> {
        self.readers.read(move |reader| reader.load(shard, after, limit)).await
    }

    async fn due(
        &self,
        shards: &[Shard],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, Error> {
        let shards = shards.to_vec();
        self.readers.read(move |reader| reader.due(&shards, until, limit)).await
    }

    async fn inbox(&self, shards: &[Shard], limit: usize) -> Result<Vec<Message>, Error> {
        let shards = shards.to_vec();
        self.readers.read(move |reader| reader.inbox(&shards, limit)).await
    }

    async fn discard(&self, lease: Lease, messages: Vec<MessageId>) -> Result<(), Error> {
        self.writer.run(move |writer| discard(writer, lease, &messages)).await
    }

    async fn outbox(&self, destination: &str, limit: usize) -> Result<Vec<Pending>, Error> {
        let destination = destination.to_owned();
        self.readers.read(move |reader| reader.outbox(&destination, limit)).await
    }

    async fn destinations(&self) -> Result<Vec<String>, Error> {
        self.readers.read(|reader: &read::Reader<'_>| reader.destinations()).await
    }

    async fn delivered(&self, notices: Vec<NoticeId>) -> Result<(), Error> {
        self.writer.run(move |writer| delivered(writer, &notices)).await
    }

    async fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error> {
        self.readers.read(move |reader| reader.history(execution, from, direction, limit)).await
    }

    async fn events(
        &self,
        execution: ExecutionId,
        ids: BTreeSet<u64>,
    ) -> Result<Page<Event, u64>, Error> {
        self.readers.read(move |reader| reader.events(execution, &ids)).await
    }

    async fn outline(
        &self,
        execution: ExecutionId,
        from: u64,
        limit: usize,
    ) -> Result<Page<Outline, u64>, Error> {
        self.readers.read(move |reader| reader.outline(execution, from, limit)).await
    }

    async fn describe(&self, execution: ExecutionId) -> Result<Option<Description>, Error> {
        self.readers.read(move |reader| reader.describe(execution)).await
    }

    async fn list(
        &self,
        filter: Filter,
        limit: usize,
        token: Option<Token>,
    ) -> Result<Page<Listing, Token>, Error> {
        self.readers.read(move |reader| reader.list(&filter, limit, token.as_ref())).await
    }

    async fn counts(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error> {
        let (tenant, machine) = (tenant.to_owned(), machine.map(str::to_owned));
        self.readers.read(move |reader| reader.counts(&tenant, machine.as_deref())).await
    }

    async fn map_runs(&self, execution: ExecutionId) -> Result<Vec<MapRunRecord>, Error> {
        self.readers.read(move |reader| reader.map_runs(execution)).await
    }

    async fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRunRecord)>, Error> {
        let arn = arn.to_owned();
        self.readers.read(move |reader| reader.map_run(&arn)).await
    }

    async fn retain(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
        let mut deleted = 0;
        loop {
            let some = (limit - deleted).min(DELETED_AT_ONCE);
            let count = self.writer.run(move |writer| retain(writer, ended_before, some)).await?;
            deleted += count;
            if count < some || deleted == limit {
                return Ok(deleted);
            }
        }
    }
}

fn claim(writer: &mut Writer, owner: &str, want: &[Shard]) -> Result<Vec<Lease>, Error> {
    let transact = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut leases = Vec::new();
        for &shard in want {
            let epoch: i64 = transaction
                .prepare_cached(
                    "UPDATE shard SET epoch = epoch + (owner <> ?1), owner = ?1 WHERE shard = ?2 \
                     RETURNING epoch",
                )?
                .query_row(params![owner, shard.number()], |row| row.get(0))?;
            leases.push(Lease { shard, epoch: epoch.cast_unsigned() });
        }
        transaction.commit()?;
        Ok(leases)
    };
    let leases =
        transact(&mut writer.connection).map_err(|error| writer.place.failed("written", error))?;
    for lease in &leases {
        if let Some(epoch) = writer.epochs.get_mut(usize::from(lease.shard.number())) {
            *epoch = lease.epoch;
        }
    }
    Ok(leases)
}

fn discard(writer: &mut Writer, lease: Lease, messages: &[MessageId]) -> Result<(), Error> {
    let Lease { shard, epoch } = lease;
    if writer.epochs.get(usize::from(shard.number())) != Some(&epoch) {
        return Err(Error::Fenced { shard, epoch });
    }
    let transact = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for message in messages {
            transaction
                .prepare_cached("DELETE FROM message WHERE shard = ? AND id = ?")?
                .execute(params![shard.number(), int(message.0)])?;
        }
        transaction.commit()
    };
    transact(&mut writer.connection).map_err(|error| writer.place.failed("written", error))
}

fn delivered(writer: &mut Writer, notices: &[NoticeId]) -> Result<(), Error> {
    let transact = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for notice in notices {
            transaction
                .prepare_cached("DELETE FROM outbox WHERE id = ?")?
                .execute([int(notice.0)])?;
        }
        transaction.commit()
    };
    transact(&mut writer.connection).map_err(|error| writer.place.failed("written", error))
}

/// How many executions are deleted in one transaction: commits wait for no longer than that takes.
const DELETED_AT_ONCE: usize = 64;

fn retain(writer: &mut Writer, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
    let transact = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ended: Vec<(u16, [u8; 16])> = transaction
            .prepare_cached(
                "SELECT shard, id FROM execution WHERE stopped_at < ?1 AND NOT EXISTS (SELECT 1 \
                 FROM map_run WHERE arn = execution.map_run AND coalesce(map_run.stopped_at >= \
                 ?1, TRUE)) ORDER BY stopped_at LIMIT ?2",
            )?
            .query_map(params![time(ended_before), int(limit as u64)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for key in &ended {
            for sql in [
                "DELETE FROM history WHERE shard = ? AND execution = ?",
                "DELETE FROM payload WHERE shard = ? AND execution = ?",
                "DELETE FROM map_run WHERE shard = ? AND execution = ?",
                "DELETE FROM outbox WHERE shard = ? AND execution = ?",
                "DELETE FROM execution WHERE shard = ? AND id = ?",
            ] {
                transaction.prepare_cached(sql)?.execute(params![key.0, key.1])?;
            }
        }
        transaction.commit()?;
        Ok(ended.len())
    };
    transact(&mut writer.connection).map_err(|error| writer.place.failed("written", error))
}

/// Makes a file that only its owner may open, as then what SQLite puts beside it.
fn private(file: &Path) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(drop)
}

fn backup(from: &Path, to: &Path, place: &Place) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::Io {
        directory: place.0.clone(),
        action: "backed up",
        cause: format!("{}: {error}", to.display()),
    };
    if to.try_exists().map_err(failed)? {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    // What has the name of a backup is whole: SQLite does not see to that by itself.
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    private(&partial).map_err(failed)?;
    let copy = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(from, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute("VACUUM INTO ?", [partial.to_string_lossy()])
    };
    copy().map_err(|error| place.failed("backed up", error))?;
    let synced = OpenOptions::new().write(true).open(&partial).and_then(|file| file.sync_all());
    synced.map_err(failed)?;
    fs::rename(&partial, to).map_err(failed)?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent),
        _ => File::open("."),
    }
    .and_then(|parent| parent.sync_all())
    .map_err(failed)
}
