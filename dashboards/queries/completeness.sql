SELECT
    hour,
    producer,
    epoch,
    emitted,
    in_kafka,
    judged,
    bitmapCardinality(bitmapSubsetInRange(numbers, first_sequence, after_sequence)) AS stored,
    emitted - stored AS missing
FROM v_producer_hours
LEFT JOIN
(
    SELECT producer, epoch, groupBitmapState(sequence) AS numbers
    FROM v_numbered
    WHERE received_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY)
        AND received_at <= $__toTime
    GROUP BY producer, epoch
) AS held USING (producer, epoch)
WHERE hour >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND hour <= $__toTime
ORDER BY missing DESC, hour DESC, producer
LIMIT 100
