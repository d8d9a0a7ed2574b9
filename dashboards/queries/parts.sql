SELECT table, parts, rows, bytes, last_written
FROM v_table_parts
ORDER BY bytes DESC, table
