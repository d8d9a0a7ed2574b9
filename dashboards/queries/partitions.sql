SELECT topic_id, partition, first_offset, last_offset, rows, missing, duplicates
FROM v_ledger
ORDER BY missing DESC, duplicates DESC, topic_id, partition
LIMIT 100
