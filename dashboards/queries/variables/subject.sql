SELECT arrayJoin(subjects) AS subject
FROM v_findings
WHERE $__timeFilter(ingested_at) AND subject != ''
GROUP BY subject
ORDER BY count() DESC, subject
LIMIT 500
