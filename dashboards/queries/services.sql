SELECT
    source AS service,
    max(received_at) AS "last event",
    dateDiff('second', max(received_at), now()) AS silent,
    count() AS accesses,
    countIf(verdict = 'misuse') AS misuse
FROM v_access_events
WHERE received_at > now() - INTERVAL 30 DAY
GROUP BY service
ORDER BY silent DESC, service
LIMIT 100
