SELECT
    occurred_at,
    actor,
    role,
    subject,
    action,
    file,
    arrayStringConcat(items, ', ') AS items_read,
    purpose,
    recipient,
    ip,
    verdict,
    arrayStringConcat(clauses, ', ') AS broken,
    toString(event_id) AS event
FROM v_access_events
WHERE $__timeFilter(occurred_at)
    AND $__conditionalAll(source IN (${service:singlequote}), $service)
    AND $__conditionalAll(file IN (${file:singlequote}), $file)
    AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
    AND $__conditionalAll(role IN (${role:singlequote}), $role)
    AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
    AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    AND $__conditionalAll(subject IN (${subject:singlequote}), $subject)
ORDER BY occurred_at DESC
LIMIT 100
