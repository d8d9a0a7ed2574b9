SELECT
    concat(clause, ' · ', replaceAll(reason, '_', ' ')) AS broken,
    sum(times) AS accesses
FROM
(
    SELECT clauses, reasons, count() AS times
    FROM v_access_hours
    WHERE received_hour >= toStartOfHour($__fromTime) AND received_hour <= $__toTime
        AND verdict = 'misuse'
    GROUP BY clauses, reasons
)
ARRAY JOIN clauses AS clause, reasons AS reason
GROUP BY broken
ORDER BY accesses DESC, broken
