SELECT
    file,
    clause,
    replaceAll(reason, '_', ' ') AS broken,
    source AS service,
    sum(accesses) AS misuse,
    max(hour) AS last_hour
FROM
(
    SELECT hour, file, source, clauses, reasons, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND verdict = 'misuse'
    GROUP BY hour, file, source, clauses, reasons
)
ARRAY JOIN clauses AS clause, reasons AS reason
WHERE reason IN ('retention_expired', 'disposal_due', 'disposal_without_approval')
GROUP BY file, clause, broken, service
ORDER BY misuse DESC, file, clause, broken, service
LIMIT 100
