SELECT
    recipient,
    if(legal_basis = '', 'none · 없음', legal_basis) AS ground,
    file,
    purpose,
    sum(accesses) AS disclosures,
    sum(records_given) AS all_records,
    sumIf(accesses, verdict = 'misuse') AS misuse,
    max(hour) AS last_hour
FROM
(
    SELECT hour, recipient, legal_basis, file, purpose, verdict, count() AS accesses, sum(records) AS records_given
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND recipient != ''
    GROUP BY hour, recipient, legal_basis, file, purpose, verdict
)
GROUP BY recipient, ground, file, purpose
ORDER BY misuse DESC, disclosures DESC, recipient, ground, file, purpose
LIMIT 200
