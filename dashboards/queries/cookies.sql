SELECT
    cookie,
    uniqExact(actor) AS owners,
    uniqExact(ip) AS addresses,
    count() AS accesses,
    arrayStringConcat(arraySort(groupUniqArray(5)(actor)), ', ') AS who
FROM v_access_events
WHERE occurred_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND occurred_at <= $__toTime
    AND $__conditionalAll(source IN (${service:singlequote}), $service)
    AND $__conditionalAll(file IN (${file:singlequote}), $file)
    AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
    AND $__conditionalAll(role IN (${role:singlequote}), $role)
    AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
    AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    AND $__conditionalAll(subject IN (${subject:singlequote}), $subject)
    AND cookie != ''
    AND actor_kind = 'member'
GROUP BY cookie
ORDER BY owners DESC, addresses DESC, accesses DESC, cookie
LIMIT 50
