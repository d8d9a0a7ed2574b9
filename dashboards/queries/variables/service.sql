SELECT source
FROM v_access_hours
WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime AND source != ''
GROUP BY source
ORDER BY source
LIMIT 1000
