SELECT
    $__timeInterval(hour) AS time,
    sumIf(accesses, outcome = 'success') AS succeeded,
    sumIf(accesses, outcome != 'success') AS failed
FROM
(
    SELECT hour, outcome, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND action = 'login'
    GROUP BY hour, outcome
)
GROUP BY time
ORDER BY time
