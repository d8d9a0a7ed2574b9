SELECT
    $__timeInterval(occurred_at) AS time,
    count() AS accesses,
    countIf(verdict = 'misuse') AS misuse
FROM v_access_events
WHERE $__timeFilter(occurred_at)
GROUP BY time
ORDER BY time
