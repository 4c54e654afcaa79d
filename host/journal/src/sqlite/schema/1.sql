-- Times are microseconds since 1970, those of timers nanoseconds. Ids of executions are 16 bytes, and begin with the shard.

-- Who has the lease, and how many messages the inbox has ever had.
CREATE TABLE shard (
    shard    INTEGER PRIMARY KEY,
    epoch    INTEGER NOT NULL,
    owner    TEXT    NOT NULL,
    messages INTEGER NOT NULL
) STRICT;

WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 1023)
INSERT INTO shard SELECT n, 0, '', 0 FROM number;

-- Every execution, open or not: written when it starts, ends and is redriven. seq, commit_id and
-- last_event are those of the last of these; while it is open, exec_state has the current ones.
CREATE TABLE execution (
    shard         INTEGER NOT NULL,
    id            BLOB    NOT NULL,
    tenant        TEXT    NOT NULL,
    machine       TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    version       TEXT,
    alias         TEXT,
    map_run       TEXT,
    item_count    INTEGER,
    status        TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    stopped_at    INTEGER,
    redrive_count INTEGER NOT NULL,
    redriven_at   INTEGER,
    seq           INTEGER NOT NULL,
    commit_id     BLOB    NOT NULL,
    last_event    INTEGER NOT NULL,
    attributes    TEXT    NOT NULL,
    outcome       BLOB,
    -- Where it can be redriven, the folded state to begin with.
    state         BLOB,
    PRIMARY KEY (shard, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX execution_of_machine ON execution (tenant, machine, status, started_at DESC, id DESC);
CREATE INDEX execution_of_map_run ON execution (map_run, status, started_at DESC, id DESC)
    WHERE map_run IS NOT NULL;
CREATE INDEX execution_stopped ON execution (stopped_at) WHERE stopped_at IS NOT NULL;

-- The hot row of an open execution.
CREATE TABLE exec_state (
    shard      INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    commit_id  BLOB    NOT NULL,
    last_event INTEGER NOT NULL,
    state      BLOB    NOT NULL,
    PRIMARY KEY (shard, id)
) STRICT, WITHOUT ROWID;

-- One row for each commit that has events, under the id of its first one.
CREATE TABLE history (
    shard     INTEGER NOT NULL,
    execution BLOB    NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    events    BLOB    NOT NULL,
    PRIMARY KEY (shard, execution, first)
) STRICT, WITHOUT ROWID;

-- What is too long for the rows above and below, once for each execution.
CREATE TABLE payload (
    shard     INTEGER NOT NULL,
    execution BLOB    NOT NULL,
    hash      BLOB    NOT NULL,
    body      BLOB    NOT NULL,
    PRIMARY KEY (shard, execution, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
    shard     INTEGER NOT NULL,
    execution BLOB    NOT NULL,
    id        INTEGER NOT NULL,
    due       INTEGER NOT NULL,
    PRIMARY KEY (shard, execution, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX timer_due ON timer (shard, due);

CREATE TABLE message (
    shard     INTEGER NOT NULL,
    id        INTEGER NOT NULL,
    execution BLOB    NOT NULL,
    body      BLOB    NOT NULL,
    PRIMARY KEY (shard, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE map_run (
    shard      INTEGER NOT NULL,
    execution  BLOB    NOT NULL,
    id         INTEGER NOT NULL,
    arn        TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    status     TEXT,
    state      BLOB    NOT NULL,
    PRIMARY KEY (shard, execution, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX map_run_arn ON map_run (arn);
