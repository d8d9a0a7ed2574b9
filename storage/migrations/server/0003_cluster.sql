-- For a cluster named `gamsa`: replicated tables on every node, and one face over all shards. A
-- partition of the log lives on one shard, so that its ledger is counted in one place.
CREATE TABLE IF NOT EXISTS default.access_events_shard ON CLUSTER gamsa AS default.access_events
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gamsa/access_events', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);

CREATE TABLE IF NOT EXISTS default.access_events_everywhere ON CLUSTER gamsa
AS default.access_events_shard
ENGINE = Distributed(gamsa, default, access_events_shard, cityHash64(topic_id, partition));

CREATE TABLE IF NOT EXISTS default.rejected_events_shard ON CLUSTER gamsa AS default.rejected_events
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/gamsa/rejected_events', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);

CREATE TABLE IF NOT EXISTS default.rejected_events_everywhere ON CLUSTER gamsa
AS default.rejected_events_shard
ENGINE = Distributed(gamsa, default, rejected_events_shard, cityHash64(topic_id, partition));

CREATE TABLE IF NOT EXISTS default.findings_shard ON CLUSTER gamsa AS default.findings
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gamsa/findings', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (finding_id, topic_id, partition, offset);

CREATE TABLE IF NOT EXISTS default.findings_everywhere ON CLUSTER gamsa AS default.findings_shard
ENGINE = Distributed(gamsa, default, findings_shard, cityHash64(finding_id));
