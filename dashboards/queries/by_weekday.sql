SELECT
    ['1 Mon · 월', '2 Tue · 화', '3 Wed · 수', '4 Thu · 목', '5 Fri · 금', '6 Sat · 토', '7 Sun · 일']
        [toDayOfWeek(toTimeZone(hour, assumeNotNull((SELECT zone FROM v_institution))) AS local)] AS weekday,
    sumIf(accesses, toHour(local) = 0) AS "00",
    sumIf(accesses, toHour(local) = 1) AS "01",
    sumIf(accesses, toHour(local) = 2) AS "02",
    sumIf(accesses, toHour(local) = 3) AS "03",
    sumIf(accesses, toHour(local) = 4) AS "04",
    sumIf(accesses, toHour(local) = 5) AS "05",
    sumIf(accesses, toHour(local) = 6) AS "06",
    sumIf(accesses, toHour(local) = 7) AS "07",
    sumIf(accesses, toHour(local) = 8) AS "08",
    sumIf(accesses, toHour(local) = 9) AS "09",
    sumIf(accesses, toHour(local) = 10) AS "10",
    sumIf(accesses, toHour(local) = 11) AS "11",
    sumIf(accesses, toHour(local) = 12) AS "12",
    sumIf(accesses, toHour(local) = 13) AS "13",
    sumIf(accesses, toHour(local) = 14) AS "14",
    sumIf(accesses, toHour(local) = 15) AS "15",
    sumIf(accesses, toHour(local) = 16) AS "16",
    sumIf(accesses, toHour(local) = 17) AS "17",
    sumIf(accesses, toHour(local) = 18) AS "18",
    sumIf(accesses, toHour(local) = 19) AS "19",
    sumIf(accesses, toHour(local) = 20) AS "20",
    sumIf(accesses, toHour(local) = 21) AS "21",
    sumIf(accesses, toHour(local) = 22) AS "22",
    sumIf(accesses, toHour(local) = 23) AS "23"
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
GROUP BY weekday
ORDER BY weekday
