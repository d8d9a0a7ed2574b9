SELECT
    detector,
    severity,
    sum(is_shadow) AS shadow,
    count() - shadow AS findings,
    sum(count) AS accesses,
    max(ingested_at) AS last_found
FROM
(
    SELECT detector, severity, count, ingested_at, 0 AS is_shadow FROM v_findings
    UNION ALL
    SELECT detector, severity, count, ingested_at, 1 AS is_shadow FROM v_shadow_findings
)
WHERE $__timeFilter(ingested_at)
GROUP BY detector, severity
ORDER BY findings DESC, shadow DESC, detector, severity
LIMIT 100
