-- For a cluster named `gamsa`: replicated tables on every node, and one face over all shards. A
-- partition of the log lives on one shard, so that its ledger is counted in one place. Workers write
-- to the tables of the shard itself, on one replica: there a claim is seen as soon as it is made,
-- and the inserts that still run are seen, too.
CREATE TABLE IF NOT EXISTS default.writers_shard ON CLUSTER gamsa AS default.writers
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/gamsa/writers', '{replica}')
ORDER BY (topic_id, partition);

CREATE TABLE IF NOT EXISTS default.access_events_shard ON CLUSTER gamsa AS default.access_events
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gamsa/access_events', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);

ALTER TABLE default.access_events_shard ON CLUSTER gamsa
    DROP CONSTRAINT latest_writer,
    ADD CONSTRAINT latest_writer_of_shard
        CHECK writer IN (SELECT writer FROM default.writers_shard FINAL SETTINGS max_threads = 1);

CREATE TABLE IF NOT EXISTS default.access_events_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, access_events_shard, cityHash64(topic_id, partition));

CREATE TABLE IF NOT EXISTS default.rejected_events_shard ON CLUSTER gamsa AS default.rejected_events
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gamsa/rejected_events', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);

ALTER TABLE default.rejected_events_shard ON CLUSTER gamsa
    DROP CONSTRAINT latest_writer,
    ADD CONSTRAINT latest_writer_of_shard
        CHECK writer IN (SELECT writer FROM default.writers_shard FINAL SETTINGS max_threads = 1);

CREATE TABLE IF NOT EXISTS default.rejected_events_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, rejected_events_shard, cityHash64(topic_id, partition));

CREATE TABLE IF NOT EXISTS default.findings_shard ON CLUSTER gamsa AS default.findings
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gamsa/findings', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (finding_id, topic_id, partition, offset);

-- Findings lie by their id, on any shard; they are known by their key, so nothing is doubled.
ALTER TABLE default.findings_shard ON CLUSTER gamsa DROP CONSTRAINT latest_writer;

CREATE TABLE IF NOT EXISTS default.findings_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, findings_shard, cityHash64(finding_id));

-- The last heartbeat of an hour counts, so all of a producer's must lie on one shard.
CREATE TABLE IF NOT EXISTS default.producer_heartbeats_shard ON CLUSTER gamsa
AS default.producer_heartbeats
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/producer_heartbeats', '{replica}', beat)
ORDER BY (producer, epoch, hour);

CREATE TABLE IF NOT EXISTS default.producer_heartbeats_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, producer_heartbeats_shard, cityHash64(producer));

-- Written on each shard beside the rows that it counts. A producer's numbers lie on several: whoever
-- counts them merges them by producer, epoch and block, as the views do.
CREATE TABLE IF NOT EXISTS default.judged_numbers_shard ON CLUSTER gamsa AS default.judged_numbers
ENGINE = ReplicatedAggregatingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/judged_numbers', '{replica}')
ORDER BY (producer, epoch, block);

CREATE MATERIALIZED VIEW IF NOT EXISTS default.judged_numbers_of_events_shard ON CLUSTER gamsa
TO default.judged_numbers_shard AS
SELECT
    producer, assumeNotNull(epoch) AS epoch, intDiv(n, 65536) AS block,
    groupBitmapState(assumeNotNull(sequence) AS n) AS numbers, min(n) AS first, max(n) AS last,
    min(received_at) AS first_received, max(received_at) AS last_received,
    max(source) AS source
FROM default.access_events_shard AS events
WHERE producer != '' AND events.epoch IS NOT NULL AND sequence IS NOT NULL
GROUP BY producer, epoch, block;

CREATE MATERIALIZED VIEW IF NOT EXISTS default.judged_numbers_of_rejects_shard ON CLUSTER gamsa
TO default.judged_numbers_shard AS
SELECT
    producer, assumeNotNull(epoch) AS epoch, intDiv(n, 65536) AS block,
    groupBitmapState(assumeNotNull(sequence) AS n) AS numbers, min(n) AS first, max(n) AS last,
    min(received_at) AS first_received, max(received_at) AS last_received, '' AS source
FROM default.rejected_events_shard AS rejects
WHERE producer != '' AND rejects.epoch IS NOT NULL AND sequence IS NOT NULL
GROUP BY producer, epoch, block;

CREATE TABLE IF NOT EXISTS default.judged_numbers_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, judged_numbers_shard);
