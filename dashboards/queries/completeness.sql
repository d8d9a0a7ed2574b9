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
    WHERE $__timeFilter(received_at)
    GROUP BY producer, epoch
) AS held USING (producer, epoch)
WHERE $__timeFilter(hour)
ORDER BY missing DESC, hour DESC, producer
LIMIT 100
