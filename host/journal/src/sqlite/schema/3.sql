-- What is to be told outside, once for each destination. Ids grow with every commit, and are not used again.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    shard       INTEGER NOT NULL,
    execution   BLOB    NOT NULL,
    destination TEXT    NOT NULL,
    body        BLOB    NOT NULL
) STRICT;

CREATE INDEX outbox_of_destination ON outbox (destination, id);
CREATE INDEX outbox_of_execution ON outbox (shard, execution);
