-- Where a point is an hour or wider, sums by the hour are asked, and no row.
SELECT
    time,
    sum(all_of_them) AS accesses,
    sum(misused) AS misuse
FROM
(
    SELECT
        $__timeInterval(occurred_at) AS time,
        count() AS all_of_them,
        countIf(verdict = 'misuse') AS misused
    FROM v_access_events
    WHERE $__timeFilter(occurred_at) AND $__interval_s < 3600
    GROUP BY time
    UNION ALL
    SELECT $__timeInterval(hour) AS time, sum(times), sumIf(times, verdict = 'misuse')
    FROM
    (
        SELECT hour, verdict, count() AS times
        FROM v_access_hours
        WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime AND $__interval_s >= 3600
        GROUP BY hour, verdict
    )
    GROUP BY time
)
GROUP BY time
ORDER BY time
