-- Lists of all of an account's state machines. Children of Map Runs are on their Map Run's only.
-- With the name at its end a prefix is looked for in the index alone: of the other column SQLite has
-- to see there that it is null.
CREATE INDEX execution_of_tenant
    ON execution (tenant, status, started_at DESC, id DESC, name, map_run)
    WHERE map_run IS NULL;
DROP INDEX execution_of_machine;
CREATE INDEX execution_of_machine ON execution (tenant, machine, status, started_at DESC, id DESC, name);

-- Versions and aliases that few executions were started with are found among those of millions.
CREATE INDEX execution_of_version
    ON execution (tenant, machine, version, status, started_at DESC, id DESC, name)
    WHERE version IS NOT NULL;
CREATE INDEX execution_of_alias
    ON execution (tenant, machine, alias, status, started_at DESC, id DESC, name)
    WHERE alias IS NOT NULL;

-- How many executions there are, those of children of Map Runs left out. Kept by what follows, so
-- that it is true whatever changes an execution.
CREATE TABLE execution_count (
    tenant  TEXT    NOT NULL,
    machine TEXT    NOT NULL,
    status  TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (tenant, machine, status)
) STRICT, WITHOUT ROWID;

INSERT INTO execution_count
    SELECT tenant, machine, status, count(*) FROM execution
    WHERE map_run IS NULL GROUP BY tenant, machine, status;

CREATE TRIGGER execution_begins AFTER INSERT ON execution WHEN new.map_run IS NULL BEGIN
    INSERT INTO execution_count VALUES (new.tenant, new.machine, new.status, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER execution_changes AFTER UPDATE OF status ON execution
    WHEN new.map_run IS NULL AND new.status <> old.status BEGIN
    UPDATE execution_count SET count = count - 1
        WHERE tenant = old.tenant AND machine = old.machine AND status = old.status;
    DELETE FROM execution_count WHERE tenant = old.tenant AND machine = old.machine
        AND status = old.status AND count = 0;
    INSERT INTO execution_count VALUES (new.tenant, new.machine, new.status, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER execution_goes AFTER DELETE ON execution WHEN old.map_run IS NULL BEGIN
    UPDATE execution_count SET count = count - 1
        WHERE tenant = old.tenant AND machine = old.machine AND status = old.status;
    DELETE FROM execution_count WHERE tenant = old.tenant AND machine = old.machine
        AND status = old.status AND count = 0;
END;
