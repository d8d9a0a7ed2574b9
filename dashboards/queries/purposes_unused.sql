SELECT
    purpose,
    if(max(said), 'yes · 예', 'no · 아니요') AS in_policy,
    sumIf(accesses, hour >= toStartOfHour($__fromTime)) AS in_range,
    sum(accesses) AS ever,
    max(hour) AS last_hour
FROM
(
    SELECT toDateTime(NULL) AS hour, purpose, 0 AS accesses, true AS said
    FROM v_policy_purposes
    WHERE in_force
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
    UNION ALL
    SELECT hour, purpose, count() AS accesses, false AS said
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
ORDER BY in_range, last_hour NULLS FIRST, purpose
LIMIT 100
