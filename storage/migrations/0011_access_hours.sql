-- How often, by hour: what dashboards would otherwise count row by row. A projection is a part of
-- the part whose rows it sums up: both are there in the same moment, and go in the same moment, so
-- it says what the rows say after any repeat, kill and merge. A table that a materialized view
-- fills would be written in a step of its own. Parts of before are summed up in the background,
-- and read row by row until then.
ALTER TABLE access_events ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT
        toStartOfHour(greatest(least(
            occurred_at, toDateTime64('2105-12-31 23:00:00', 6, 'UTC')),
            toDateTime64('1970-01-01 00:00:00', 6, 'UTC'))),
        toStartOfHour(received_at),
        source, file, purpose, if(actor_kind = 'member', '', actor), actor_kind, role,
        organization, action, legal_basis, recipient, outcome, verdict, clauses, reasons,
        policy_revision,
        count(), sum(records)
    GROUP BY
        toStartOfHour(greatest(least(
            occurred_at, toDateTime64('2105-12-31 23:00:00', 6, 'UTC')),
            toDateTime64('1970-01-01 00:00:00', 6, 'UTC'))),
        toStartOfHour(received_at),
        source, file, purpose, if(actor_kind = 'member', '', actor), actor_kind, role,
        organization, action, legal_basis, recipient, outcome, verdict, clauses, reasons,
        policy_revision
);

ALTER TABLE access_events MATERIALIZE PROJECTION by_hour SETTINGS mutations_sync = 0;

-- Each access in the words of the projection, which answers whoever groups by them and asks for
-- `count()` or `sum(records)` and nothing else. Members are not told apart: their `actor` is empty.
-- An hour that DateTime does not know is the nearest that it knows.
CREATE VIEW v_access_hours DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    toStartOfHour(greatest(least(
        occurred_at, toDateTime64('2105-12-31 23:00:00', 6, 'UTC')),
        toDateTime64('1970-01-01 00:00:00', 6, 'UTC'))) AS hour,
    toStartOfHour(received_at) AS received_hour,
    source, file, purpose, if(actor_kind = 'member', '', access_events.actor) AS actor, actor_kind,
    role, organization, action, legal_basis, recipient, outcome, verdict, clauses, reasons,
    policy_revision, records
FROM access_events;

-- What each table takes up, and how many parts it is in.
CREATE VIEW v_table_parts DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    table, count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
    max(modification_time) AS last_written
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY table;
