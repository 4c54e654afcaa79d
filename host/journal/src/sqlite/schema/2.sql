-- What is kept beside executions. Bodies are JSON; a revision is the number of the write that made it.
CREATE TABLE document (
    tenant   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (tenant, kind, name)
) STRICT;

-- One row: how many writes to documents there have ever been.
CREATE TABLE catalog (
    writes INTEGER NOT NULL
) STRICT;

INSERT INTO catalog VALUES (0);
