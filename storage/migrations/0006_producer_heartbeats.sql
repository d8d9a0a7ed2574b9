-- Completeness: how many events each producer says it has numbered, and which numbers were judged.
-- A heartbeat is cumulative, so the last one of a producer's hour says all; repeats collapse.
CREATE TABLE producer_heartbeats
(
    producer       LowCardinality(String),
    epoch          UInt64,
    hour           DateTime('UTC'),
    beat           UInt64,
    source         LowCardinality(String),
    first_sequence UInt64,
    next_sequence  UInt64,
    acknowledged   UInt64,
    settled        UInt64,
    closing        UInt8,
    sent_at        DateTime64(6, 'UTC'),
    received_at    DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(beat)
ORDER BY (producer, epoch, hour);

-- Written by ClickHouse itself with each insert into the trail. It says what was judged, whatever
-- becomes of the trail's rows later, and answers in milliseconds: 65,536 numbers are one row.
CREATE TABLE judged_numbers
(
    producer       LowCardinality(String),
    epoch          UInt64,
    block          UInt64,
    numbers        AggregateFunction(groupBitmap, UInt64),
    first          SimpleAggregateFunction(min, UInt64),
    last           SimpleAggregateFunction(max, UInt64),
    first_received SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_received  SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    source         SimpleAggregateFunction(max, String)
)
ENGINE = AggregatingMergeTree
ORDER BY (producer, epoch, block);

-- A rejected record is accounted for as well, if its attributes can be read.
ALTER TABLE rejected_events
    ADD COLUMN IF NOT EXISTS producer LowCardinality(String) MATERIALIZED
        coalesce(nullIf(JSONExtractString(raw, 'producer'), ''),
                 mapFromArrays(headers.name, headers.value)['ce_producer']),
    ADD COLUMN IF NOT EXISTS epoch Nullable(UInt64) MATERIALIZED
        coalesce(JSONExtract(raw, 'epoch', 'Nullable(UInt64)'),
                 toUInt64OrNull(mapFromArrays(headers.name, headers.value)['ce_epoch'])),
    ADD COLUMN IF NOT EXISTS sequence Nullable(UInt64) MATERIALIZED
        coalesce(JSONExtract(raw, 'sequence', 'Nullable(UInt64)'),
                 toUInt64OrNull(mapFromArrays(headers.name, headers.value)['ce_sequence']));

CREATE MATERIALIZED VIEW judged_numbers_of_events TO judged_numbers AS
SELECT
    producer, assumeNotNull(epoch) AS epoch, intDiv(n, 65536) AS block,
    groupBitmapState(assumeNotNull(sequence) AS n) AS numbers, min(n) AS first, max(n) AS last,
    min(received_at) AS first_received, max(received_at) AS last_received,
    max(source) AS source
FROM access_events
WHERE producer != '' AND access_events.epoch IS NOT NULL AND sequence IS NOT NULL
GROUP BY producer, epoch, block;

CREATE MATERIALIZED VIEW judged_numbers_of_rejects TO judged_numbers AS
SELECT
    producer, assumeNotNull(epoch) AS epoch, intDiv(n, 65536) AS block,
    groupBitmapState(assumeNotNull(sequence) AS n) AS numbers, min(n) AS first, max(n) AS last,
    min(received_at) AS first_received, max(received_at) AS last_received, '' AS source
FROM rejected_events
WHERE producer != '' AND rejected_events.epoch IS NOT NULL AND sequence IS NOT NULL
GROUP BY producer, epoch, block;

-- What a trail held before it was counted; counting a number again changes nothing.
INSERT INTO judged_numbers
SELECT
    producer, assumeNotNull(epoch) AS epoch, intDiv(n, 65536) AS block,
    groupBitmapState(assumeNotNull(sequence) AS n), min(n), max(n),
    min(received_at), max(received_at), max(source)
FROM
(
    SELECT producer, epoch, sequence, received_at, source FROM access_events
    UNION ALL
    SELECT producer, epoch, sequence, received_at, '' AS source FROM rejected_events
) AS stored
WHERE producer != '' AND stored.epoch IS NOT NULL AND sequence IS NOT NULL
GROUP BY producer, epoch, block;

-- Every number that stands in the trail.
CREATE VIEW v_numbered AS
SELECT producer, assumeNotNull(epoch) AS epoch, assumeNotNull(sequence) AS sequence, received_at
FROM access_events
WHERE producer != '' AND access_events.epoch IS NOT NULL AND access_events.sequence IS NOT NULL
UNION ALL
SELECT producer, assumeNotNull(epoch) AS epoch, assumeNotNull(sequence) AS sequence, received_at
FROM rejected_events
WHERE producer != '' AND rejected_events.epoch IS NOT NULL
    AND rejected_events.sequence IS NOT NULL;

-- Every epoch of a producer: what its last heartbeat said, and how far its numbers were judged.
CREATE VIEW v_producer_epochs AS
SELECT
    producer,
    epoch,
    max(source) AS source,
    max(next_sequence) AS next_sequence,
    max(settled) AS settled,
    max(closing) AS closing,
    max(heard_at) AS heard_at,
    max(judged_to) AS judged_to,
    max(last_received) AS last_received,
    max(epoch) OVER (PARTITION BY producer) > epoch AS is_followed
FROM
(
    SELECT
        producer, epoch, source, next_sequence, settled, closing, received_at AS heard_at,
        toUInt64(0) AS judged_to, toDateTime64(0, 3, 'UTC') AS last_received
    FROM producer_heartbeats
    UNION ALL
    SELECT producer, epoch, source, 0, 0, 0, toDateTime64(0, 3, 'UTC'), last + 1, last_received
    FROM judged_numbers
)
GROUP BY producer, epoch;

-- Each hour of an epoch, as its producer counted it: emitted, in Kafka, judged. The newest hour
-- goes on beyond the last heartbeat as far as numbers were judged. A producer without heartbeats
-- has one row, for the hour in which it was first heard of.
CREATE VIEW v_producer_hours AS
SELECT
    producer, epoch, hour, source, first_sequence,
    if(is_newest, greatest(next_sequence, judged_to), next_sequence) AS after_sequence,
    after_sequence - first_sequence AS emitted,
    greatest(acknowledged, judged) AS in_kafka,
    bitmapCardinality(bitmapSubsetInRange(numbers, first_sequence, after_sequence)) AS judged,
    has_heartbeat,
    arrayMin(block -> block.2, arrayFilter(block -> block.1 >= first_sequence, blocks))
        AS first_received
FROM
(
    SELECT *, hour = max(hour) OVER (PARTITION BY producer, epoch) AS is_newest
    FROM
    (
        SELECT
            producer, epoch, hour, max(source) AS source, any(first_sequence) AS first_sequence,
            max(next_sequence) AS next_sequence, max(acknowledged) AS acknowledged,
            1 AS has_heartbeat
        FROM producer_heartbeats GROUP BY producer, epoch, hour
        UNION ALL
        SELECT
            producer, epoch, toStartOfHour(min(first_received)), max(source), 0, 0, 0, 0
        FROM judged_numbers
        WHERE (producer, epoch) NOT IN (SELECT producer, epoch FROM producer_heartbeats)
        GROUP BY producer, epoch
    )
) AS told
LEFT JOIN
(
    SELECT
        producer, epoch, groupBitmapMergeState(numbers) AS numbers, max(last) + 1 AS judged_to,
        groupArray((last, received)) AS blocks
    FROM
    (
        SELECT
            producer, epoch, groupBitmapMergeState(numbers) AS numbers, max(last) AS last,
            min(first_received) AS received
        FROM judged_numbers GROUP BY producer, epoch, block
    )
    GROUP BY producer, epoch
) AS known USING (producer, epoch);
