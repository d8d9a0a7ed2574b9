SELECT
    actor,
    role,
    organization,
    handled,
    misuse,
    median(handled) OVER (PARTITION BY role) AS usual,
    handled / usual AS times_usual
FROM
(
    SELECT
        actor,
        role,
        organization,
        sum(accesses) AS handled,
        sumIf(accesses, verdict = 'misuse') AS misuse
    FROM
    (
        SELECT actor, role, organization, verdict, count() AS accesses
        FROM v_access_hours
        WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
            AND $__conditionalAll(source IN (${service:singlequote}), $service)
            AND $__conditionalAll(file IN (${file:singlequote}), $file)
            AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
            AND $__conditionalAll(role IN (${role:singlequote}), $role)
            AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
            AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
            AND actor_kind IN ('staff', 'third_party', 'consignee')
        GROUP BY actor, role, organization, verdict
    )
    GROUP BY actor, role, organization
)
ORDER BY times_usual DESC, handled DESC, actor
LIMIT 200
