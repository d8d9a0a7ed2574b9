-- The tables of detectors (migrations 0008 and 0009) on the cluster of 0003_cluster.sql.
-- A partition of a log lies on one shard, as those of access events do.
CREATE TABLE IF NOT EXISTS default.business_events_shard ON CLUSTER gamsa AS default.business_events
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/business_events', '{replica}')
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);

CREATE TABLE IF NOT EXISTS default.business_events_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, business_events_shard, cityHash64(topic_id, partition));

CREATE TABLE IF NOT EXISTS default.roster_shard ON CLUSTER gamsa AS default.roster
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gamsa/roster', '{replica}')
ORDER BY (topic_id, partition, offset);

CREATE TABLE IF NOT EXISTS default.roster_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, roster_shard, cityHash64(topic_id, partition));

-- What is known of one finding lies on one shard, its events and its status with it.
CREATE TABLE IF NOT EXISTS default.detections_shard ON CLUSTER gamsa AS default.detections
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/detections', '{replica}', events)
ORDER BY finding_id;

CREATE TABLE IF NOT EXISTS default.detections_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, detections_shard, cityHash64(finding_id));

CREATE TABLE IF NOT EXISTS default.detection_events_shard ON CLUSTER gamsa AS default.detection_events
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/detection_events', '{replica}')
ORDER BY (finding_id, topic_id, partition, offset);

CREATE TABLE IF NOT EXISTS default.detection_events_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, detection_events_shard, cityHash64(finding_id));

CREATE TABLE IF NOT EXISTS default.finding_statuses_shard ON CLUSTER gamsa AS default.finding_statuses
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/finding_statuses', '{replica}', changed_at)
ORDER BY finding_id;

CREATE TABLE IF NOT EXISTS default.finding_statuses_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, finding_statuses_shard, cityHash64(finding_id));

-- Detectors ask over all shards, so where one has come to is one row, too.
CREATE TABLE IF NOT EXISTS default.detector_cursors_shard ON CLUSTER gamsa AS default.detector_cursors
ENGINE = ReplicatedAggregatingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/detector_cursors', '{replica}')
ORDER BY detector;

CREATE TABLE IF NOT EXISTS default.detector_cursors_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, detector_cursors_shard, cityHash64(detector));

-- Summed up over all shards; made anew, a sum takes the place of the one before.
CREATE TABLE IF NOT EXISTS default.account_days_shard ON CLUSTER gamsa AS default.account_days
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/gamsa/account_days', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (actor, day);

CREATE TABLE IF NOT EXISTS default.account_days_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, account_days_shard, cityHash64(actor));

CREATE TABLE IF NOT EXISTS default.service_hours_shard ON CLUSTER gamsa AS default.service_hours
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/service_hours', '{replica}')
ORDER BY (source, hour);

CREATE TABLE IF NOT EXISTS default.service_hours_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, service_hours_shard, cityHash64(source));
