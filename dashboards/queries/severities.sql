SELECT
    countIf(severity = 'critical') AS critical,
    countIf(severity = 'high') AS high,
    countIf(severity = 'medium') AS medium,
    countIf(severity = 'low') AS low
FROM v_findings
WHERE $__timeFilter(ingested_at)
