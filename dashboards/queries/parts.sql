SELECT table, parts, rows, bytes, last_written, merges, merging_seconds
FROM v_table_parts
ORDER BY bytes DESC, table
