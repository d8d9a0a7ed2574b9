SELECT
    file,
    source AS service,
    max(period) AS months,
    count() AS accesses,
    quantile(0.5)(age) AS usual_age,
    max(age) AS oldest,
    if(months = 0, NULL, countIf(left_days BETWEEN 0 AND 30)) AS last_month,
    if(months = 0, NULL, countIf(left_days < 0)) AS over
FROM
(
    SELECT
        file,
        source,
        period,
        dateDiff('day', collected_at, occurred_at) AS age,
        dateDiff('day', occurred_at, addMonths(collected_at, period)) AS left_days
    FROM v_access_events
    LEFT JOIN
    (
        SELECT file, max(months) AS period
        FROM v_policy_purposes
        WHERE in_force
        GROUP BY file
    ) AS said USING (file)
    WHERE occurred_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND occurred_at <= $__toTime
        AND $__conditionalAll(source IN (${service:singlequote}), $service)
        AND $__conditionalAll(file IN (${file:singlequote}), $file)
        AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
        AND $__conditionalAll(role IN (${role:singlequote}), $role)
        AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
        AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
        AND isNotNull(collected_at)
)
GROUP BY file, service
ORDER BY over DESC, last_month DESC, file, service
LIMIT 100
