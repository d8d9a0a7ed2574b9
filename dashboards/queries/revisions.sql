SELECT
    policy_revision AS revision,
    min(hour) AS first_hour,
    max(hour) AS last_hour,
    sum(accesses) AS judged,
    sumIf(accesses, verdict = 'misuse') AS misuse
FROM
(
    SELECT hour, policy_revision, verdict, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
    GROUP BY hour, policy_revision, verdict
)
GROUP BY revision
ORDER BY last_hour DESC, first_hour DESC, revision
LIMIT 20
