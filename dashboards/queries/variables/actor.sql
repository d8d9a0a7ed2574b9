SELECT actor
FROM v_access_hours
WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime AND actor != ''
GROUP BY actor
ORDER BY actor
LIMIT 1000
