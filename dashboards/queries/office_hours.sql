SELECT
    multiIf(
        toDate(toTimeZone(hour, assumeNotNull((SELECT zone FROM v_institution))) AS local)
            IN (SELECT arrayJoin(free_days) FROM v_institution), 'public holiday · 공휴일',
        toDayOfWeek(local) > 5, 'weekend · 주말',
        toHour(local) >= 7 AND toHour(local) < 21, 'office day, 7 to 21 · 근무시간',
        'night · 야간') AS moment,
    sum(accesses) AS handled
FROM
(
    SELECT hour, count() AS accesses
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND actor_kind IN ('staff', 'third_party', 'consignee')
    GROUP BY hour
)
GROUP BY moment
ORDER BY handled DESC
