SELECT
    file,
    purpose,
    role,
    arrayStringConcat(items, ', ') AS items_read,
    count() AS misuse,
    any(details[indexOf(reasons, reason)]) AS example
FROM v_access_events
ARRAY JOIN reasons AS reason
WHERE occurred_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND occurred_at <= $__toTime
    AND $__conditionalAll(source IN (${service:singlequote}), $service)
    AND $__conditionalAll(file IN (${file:singlequote}), $file)
    AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
    AND $__conditionalAll(role IN (${role:singlequote}), $role)
    AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
    AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    AND verdict = 'misuse'
    AND reason IN ('item_outside_file', 'unknown_item')
GROUP BY file, purpose, role, items_read
ORDER BY misuse DESC, file, purpose, role, items_read
LIMIT 100
