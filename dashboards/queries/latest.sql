-- Which are the latest is asked of every finding, what they say of those alone. A hole in a
-- producer's numbers rests on no event: what it names are the numbers.
SELECT
    last_occurred_at AS "last access",
    severity,
    status,
    clause,
    title,
    title_ko,
    actor,
    count AS accesses,
    if(detector = 'sequence_hole', '', toString(event_ids[-1])) AS event,
    runbook
FROM v_findings
WHERE finding_id IN
(
    SELECT finding_id
    FROM v_findings
    WHERE $__timeFilter(ingested_at)
    ORDER BY ingested_at DESC, last_occurred_at DESC, finding_id
    LIMIT 100
)
ORDER BY ingested_at DESC, last_occurred_at DESC, finding_id
