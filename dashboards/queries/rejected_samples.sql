SELECT reason, records, last_received, detail, sample
FROM
(
    SELECT
        'all reasons · 전체' AS reason,
        count() AS records,
        max(received_at) AS last_received,
        '' AS detail,
        '' AS sample
    FROM v_rejected_events
    WHERE $__timeFilter(received_at)
    UNION ALL
    SELECT
        reason,
        count() AS records,
        max(received_at) AS last_received,
        argMax(detail, received_at),
        argMax(toValidUTF8(substring(raw, 1, 200)), received_at)
    FROM v_rejected_events
    WHERE $__timeFilter(received_at)
    GROUP BY reason
)
ORDER BY records DESC, reason
LIMIT 50
