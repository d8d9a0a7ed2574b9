-- What each table takes up, in how many parts it is, and what is being merged at this moment.
-- A merge that runs for long holds many parts back.
CREATE OR REPLACE VIEW v_table_parts DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT table, parts, rows, bytes, last_written, merges, merging_seconds
FROM
(
    SELECT
        table, count() AS parts, sum(system.parts.rows) AS rows, sum(bytes_on_disk) AS bytes,
        max(modification_time) AS last_written
    FROM system.parts
    WHERE active AND database = currentDatabase()
    GROUP BY table
) AS held
LEFT JOIN
(
    SELECT table, count() AS merges, max(elapsed) AS merging_seconds
    FROM system.merges
    WHERE database = currentDatabase()
    GROUP BY table
) AS running USING (table);
