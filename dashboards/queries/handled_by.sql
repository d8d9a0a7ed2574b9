SELECT
    organization,
    file,
    purpose,
    uniqExact(actor) AS operators,
    sum(accesses) AS handled,
    sum(records_seen) AS all_records,
    sumIf(accesses, verdict = 'misuse') AS misuse
FROM
(
    SELECT organization, file, purpose, actor, verdict, count() AS accesses, sum(records) AS records_seen
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND actor_kind = '{actor_kind}'
    GROUP BY organization, file, purpose, actor, verdict
)
GROUP BY organization, file, purpose
ORDER BY misuse DESC, handled DESC, organization, file, purpose
LIMIT 200
