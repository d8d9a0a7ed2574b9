SELECT
    purpose,
    sumIf(accesses, hour >= toStartOfHour($__fromTime)) AS in_range,
    sum(accesses) AS ever,
    max(hour) AS last_hour
FROM
(
    SELECT hour, purpose, count() AS accesses
    FROM v_access_hours
    WHERE hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    GROUP BY hour, purpose
)
GROUP BY purpose
ORDER BY in_range, last_hour, purpose
LIMIT 100
