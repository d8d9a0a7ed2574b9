SELECT
    file,
    purpose,
    sum(accesses) AS all_accesses,
    sumIf(accesses, verdict = 'misuse') AS misuse,
    uniqExactIf(actor, actor != '') AS handlers,
    arrayStringConcat(arraySort(groupUniqArray(10)(role)), ', ') AS roles
FROM
(
    SELECT file, purpose, role, actor, verdict, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    GROUP BY file, purpose, role, actor, verdict
)
GROUP BY file, purpose
ORDER BY misuse DESC, all_accesses DESC, file, purpose
LIMIT 200
