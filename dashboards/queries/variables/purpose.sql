SELECT purpose
FROM v_access_hours
WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime AND purpose != ''
GROUP BY purpose
ORDER BY purpose
LIMIT 1000
