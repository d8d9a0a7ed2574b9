SELECT DISTINCT arrayJoin([organization, recipient]) AS district
FROM
(
    SELECT organization, recipient
    FROM v_access_hours
    WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
    GROUP BY organization, recipient
)
WHERE startsWith(district, 'district:')
ORDER BY district
LIMIT 1000
