SELECT
    $__timeInterval(received_at) AS time,
    quantile(0.5)(dateDiff('millisecond', received_at, ingested_at)) / 1000 AS p50,
    quantile(0.99)(dateDiff('millisecond', received_at, ingested_at)) / 1000 AS p99,
    quantile(0.5)(dateDiff('millisecond', occurred_at, ingested_at)) / 1000 AS recorded
FROM v_access_events
WHERE $__timeFilter(received_at)
    AND received_at >
    (
        SELECT max(received_at) - INTERVAL 2 DAY
        FROM v_access_events
        WHERE $__timeFilter(received_at)
    )
GROUP BY time
ORDER BY time
