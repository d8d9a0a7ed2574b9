SELECT
    concat(if(recipient = '', organization, recipient), ' · ', replaceAll(reason, '_', ' ')) AS broken,
    sum(accesses) AS misuse
FROM
(
    SELECT recipient, organization, reasons, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND verdict = 'misuse'
    GROUP BY recipient, organization, reasons
)
ARRAY JOIN reasons AS reason
WHERE reason IN
    ('recipient_not_listed', 'recipient_without_ground', 'consignee_outside_task', 're_consignment')
GROUP BY broken
ORDER BY misuse DESC, broken
LIMIT 30
