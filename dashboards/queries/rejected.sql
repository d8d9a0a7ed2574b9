SELECT reason, records
FROM
(
    SELECT 'all reasons · 전체' AS reason, count() AS records
    FROM v_rejected_events
    WHERE $__timeFilter(received_at)
    UNION ALL
    SELECT reason, count() AS records
    FROM v_rejected_events
    WHERE $__timeFilter(received_at)
    GROUP BY reason
)
ORDER BY records DESC
LIMIT 12
