SELECT
    concat(clause, ' · ', replaceAll(reason, '_', ' ')) AS broken,
    uniqExact(topic_id, partition, offset) AS accesses
FROM v_access_events
ARRAY JOIN clauses AS clause, reasons AS reason
WHERE $__timeFilter(received_at) AND verdict = 'misuse'
GROUP BY broken
ORDER BY accesses DESC, broken
