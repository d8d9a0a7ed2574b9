SELECT
    $__timeInterval(hour) AS time,
    sumIf(accesses, has(reasons, 'retention_expired')) AS past_retention,
    sumIf(accesses, has(reasons, 'disposal_due')) AS disposal_overdue,
    sumIf(accesses, has(reasons, 'disposal_without_approval')) AS unapproved
FROM
(
    SELECT hour, reasons, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    GROUP BY hour, reasons
)
GROUP BY time
ORDER BY time
