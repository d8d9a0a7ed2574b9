SELECT role
FROM v_access_hours
WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime AND role != ''
GROUP BY role
ORDER BY role
LIMIT 1000
