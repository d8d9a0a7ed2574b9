SELECT file
FROM v_access_hours
WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime AND file != ''
GROUP BY file
ORDER BY file
LIMIT 1000
