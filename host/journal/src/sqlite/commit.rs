//! One delta into the tables, within the writer's transaction.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    CommitId, Error, ExecutionId, Seq, Status,
    judge::{Current, Verdict, judge},
    pack::{After, Fold, Packed},
};

/// SQLite's integers are signed; what is counted here never comes near the sign.
pub(super) fn int(number: u64) -> i64 {
    number.cast_signed()
}

/// How far an execution is.
pub(super) fn current(
    connection: &Connection,
    execution: ExecutionId,
) -> rusqlite::Result<Option<Current>> {
    let key = params![execution.shard().number(), execution.to_bytes()];
    let read = |row: &rusqlite::Row<'_>, status| {
        Ok(Current {
            seq: Seq(row.get::<_, i64>(0)?.cast_unsigned()),
            commit: CommitId(u128::from_be_bytes(row.get(1)?)),
            last_event: row.get::<_, i64>(2)?.cast_unsigned(),
            status,
        })
    };
    let open = connection
        .prepare_cached(
            "SELECT seq, commit_id, last_event FROM exec_state WHERE shard = ? AND id = ?",
        )?
        .query_row(key, |row| read(row, Status::Running))
        .optional()?;
    if open.is_some() {
        return Ok(open);
    }
    connection
        .prepare_cached(
            "SELECT seq, commit_id, last_event, status FROM execution WHERE shard = ? AND id = ?",
        )?
        .query_row(key, |row| read(row, status(row, 3)?))
        .optional()
}

/// A column that holds a status.
pub(super) fn status(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Status> {
    let text = row.get_ref(column)?.as_str()?;
    Status::ALL
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, 0))
}

/// Writes a delta, where it is not refused. An error of SQLite's is one of the whole transaction.
pub(super) fn apply(
    connection: &Connection,
    epoch: u64,
    delta: &Packed,
) -> rusqlite::Result<Result<Seq, Error>> {
    let current = current(connection, delta.execution)?;
    let seq = match judge(delta, epoch, current.as_ref()) {
        Ok(Verdict::Write(seq)) => seq,
        Ok(Verdict::Written(seq)) => return Ok(Ok(seq)),
        Err(error) => return Ok(Err(error)),
    };
    let last_event = delta
        .events
        .as_ref()
        .map_or_else(|| current.map_or(0, |current| current.last_event), |events| events.last);
    Rows {
        connection,
        delta,
        shard: delta.execution.shard().number(),
        id: delta.execution.to_bytes(),
    }
    .write(seq, last_event)?;
    Ok(Ok(seq))
}

struct Rows<'a> {
    connection: &'a Connection,
    delta: &'a Packed,
    shard: u16,
    id: [u8; 16],
}

impl Rows<'_> {
    fn run(&self, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(values).map(drop)
    }

    fn write(&self, seq: Seq, last_event: u64) -> rusqlite::Result<()> {
        let (seq, last_event) = (int(seq.0), int(last_event));
        let commit = self.delta.commit.0.to_be_bytes();
        match &self.delta.after {
            After::Start(start, at) => self.run(
                "INSERT INTO execution (shard, id, tenant, machine, name, version, alias, map_run, \
                 item_count, status, started_at, redrive_count, seq, commit_id, last_event, \
                 attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, 0, ?, ?, ?, ?)",
                params![
                    self.shard,
                    self.id,
                    start.key.tenant,
                    start.key.machine,
                    start.key.name,
                    start.version,
                    start.alias,
                    start.map_run,
                    start.item_count.map(int),
                    at,
                    seq,
                    commit,
                    last_event,
                    start.attributes.text(),
                ],
            )?,
            After::Redrive(_, at) => self.run(
                "UPDATE execution SET status = 'RUNNING', stopped_at = NULL, outcome = NULL, \
                 state = NULL, redrive_count = redrive_count + 1, redriven_at = ? \
                 WHERE shard = ? AND id = ?",
                params![at, self.shard, self.id],
            )?,
            After::Commit(_) => {}
        }
        self.payloads()?;
        if let Some(events) = &self.delta.events {
            self.run(
                "INSERT INTO history (shard, execution, first, last, events) \
                 VALUES (?, ?, ?, ?, ?)",
                params![self.shard, self.id, int(events.first), int(events.last), events.bytes],
            )?;
        }
        self.timers()?;
        match &self.delta.fold {
            Fold::Same => self.run(
                "UPDATE exec_state SET seq = ?, commit_id = ?, last_event = ? \
                 WHERE shard = ? AND id = ?",
                params![seq, commit, last_event, self.shard, self.id],
            )?,
            Fold::Open(state) => self.run(
                "INSERT OR REPLACE INTO exec_state (shard, id, seq, commit_id, last_event, state) \
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![self.shard, self.id, seq, commit, last_event, state],
            )?,
            Fold::Closed { status, at, outcome, state } => {
                let key = params![self.shard, self.id];
                self.run("DELETE FROM exec_state WHERE shard = ? AND id = ?", key)?;
                self.run("DELETE FROM timer WHERE shard = ? AND execution = ?", key)?;
                self.run(
                    "UPDATE execution SET status = ?, stopped_at = ?, seq = ?, commit_id = ?, \
                     last_event = ?, outcome = ?, state = ? WHERE shard = ? AND id = ?",
                    params![
                        status.as_str(),
                        at,
                        seq,
                        commit,
                        last_event,
                        outcome,
                        state,
                        self.shard,
                        self.id
                    ],
                )?;
            }
        }
        self.map_runs()?;
        self.messages()?;
        self.notices()
    }

    fn payloads(&self) -> rusqlite::Result<()> {
        for (hash, body) in &self.delta.payloads {
            self.run(
                "INSERT OR IGNORE INTO payload (shard, execution, hash, body) VALUES (?, ?, ?, ?)",
                params![self.shard, self.id, hash, body],
            )?;
        }
        Ok(())
    }

    fn timers(&self) -> rusqlite::Result<()> {
        if let Some(fired) = self.delta.fired {
            self.run(
                "DELETE FROM timer WHERE shard = ? AND execution = ? AND due <= ?",
                params![self.shard, self.id, fired],
            )?;
        }
        for timer in &self.delta.cancel {
            self.run(
                "DELETE FROM timer WHERE shard = ? AND execution = ? AND id = ?",
                params![self.shard, self.id, int(*timer)],
            )?;
        }
        for (timer, due) in &self.delta.set {
            self.run(
                "INSERT OR REPLACE INTO timer (shard, execution, id, due) VALUES (?, ?, ?, ?)",
                params![self.shard, self.id, int(*timer), due],
            )?;
        }
        Ok(())
    }

    fn map_runs(&self) -> rusqlite::Result<()> {
        for map_run in &self.delta.map_runs {
            self.run(
                "INSERT INTO map_run (shard, execution, id, arn, started_at, stopped_at, status, \
                 state) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (shard, execution, id) \
                 DO UPDATE SET stopped_at = excluded.stopped_at, status = excluded.status, \
                 state = excluded.state",
                params![
                    self.shard,
                    self.id,
                    int(map_run.id.0),
                    map_run.arn,
                    map_run.started_at,
                    map_run.ended.map(|(at, _)| at),
                    map_run.ended.map(|(_, status)| status.as_str()),
                    map_run.state,
                ],
            )?;
        }
        Ok(())
    }

    fn messages(&self) -> rusqlite::Result<()> {
        for message in &self.delta.applied {
            self.run(
                "DELETE FROM message WHERE shard = ? AND id = ?",
                params![self.shard, int(message.0)],
            )?;
        }
        for (to, body) in &self.delta.send {
            let shard = to.shard().number();
            let id: i64 = self
                .connection
                .prepare_cached(
                    "UPDATE shard SET messages = messages + 1 WHERE shard = ? RETURNING messages",
                )?
                .query_row([shard], |row| row.get(0))?;
            self.run(
                "INSERT INTO message (shard, id, execution, body) VALUES (?, ?, ?, ?)",
                params![shard, id, to.to_bytes(), body],
            )?;
        }
        Ok(())
    }

    fn notices(&self) -> rusqlite::Result<()> {
        for (destination, body) in &self.delta.notices {
            self.run(
                "INSERT INTO outbox (shard, execution, destination, body) VALUES (?, ?, ?, ?)",
                params![self.shard, self.id, destination, body],
            )?;
        }
        Ok(())
    }
}
