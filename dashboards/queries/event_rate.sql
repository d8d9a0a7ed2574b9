SELECT
    $__timeInterval(received_at) AS time,
    source AS service,
    count() / $__interval_s AS events
FROM v_access_events
WHERE received_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND received_at <= $__toTime
GROUP BY time, service
ORDER BY time, service
