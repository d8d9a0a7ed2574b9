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
