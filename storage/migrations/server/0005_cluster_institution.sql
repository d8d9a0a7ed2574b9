-- What workers tell of the institution's files (migration 0030) on the cluster of 0003_cluster.sql.
-- All of it lies on one shard, for the version in force is looked for among all.
CREATE TABLE IF NOT EXISTS default.policy_purposes_shard ON CLUSTER gamsa AS default.policy_purposes
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/policy_purposes', '{replica}', told_at)
ORDER BY (revision, file, purpose);

CREATE TABLE IF NOT EXISTS default.policy_purposes_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, policy_purposes_shard, cityHash64('institution'));

CREATE TABLE IF NOT EXISTS default.institution_shard ON CLUSTER gamsa AS default.institution
ENGINE = ReplicatedReplacingMergeTree(
    '/clickhouse/tables/{shard}/gamsa/institution', '{replica}', told_at)
ORDER BY tuple();

CREATE TABLE IF NOT EXISTS default.institution_everywhere ON CLUSTER gamsa
ENGINE = Distributed(gamsa, default, institution_shard, cityHash64('institution'));
