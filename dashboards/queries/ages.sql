SELECT
    multiIf(
        age < 30, '1 · under a month · 1개월 미만',
        age < 91, '2 · 1 to 3 months · 1~3개월',
        age < 182, '3 · 3 to 6 months · 3~6개월',
        age < 365, '4 · 6 to 12 months · 6~12개월',
        age < 1826, '5 · 1 to 5 years · 1~5년',
        '6 · over 5 years · 5년 초과') AS data_age,
    count() AS accesses
FROM
(
    SELECT dateDiff('day', collected_at, occurred_at) AS age
    FROM v_access_events
    WHERE occurred_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND occurred_at <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND isNotNull(collected_at)
)
GROUP BY data_age
ORDER BY data_age
