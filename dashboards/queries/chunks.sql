SELECT
    $__timeInterval(stored_at) AS time,
    quantile(0.5)(events) AS usual,
    max(events) AS largest
FROM
(
    SELECT topic_id, partition, ingested_at AS stored_at, count() AS events
    FROM v_access_events
    WHERE received_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY)
        AND received_at <= $__toTime
    GROUP BY topic_id, partition, ingested_at
)
GROUP BY time
ORDER BY time
