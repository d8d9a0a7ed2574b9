-- What a worker has read in the institution's files, for whoever reads nothing but the trail.
CREATE TABLE policy_purposes
(
    revision       LowCardinality(String),
    effective_from Int64,
    file           LowCardinality(String),
    purpose        LowCardinality(String),
    months         UInt16,
    told_at        DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY (revision, file, purpose);

CREATE TABLE institution
(
    zone      String,
    free_days Array(Date32),
    told_at   DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY tuple();

-- What each file may be used for, and how many months it may be kept; 0 where no period is laid
-- down. Of the versions in force by now the last is `in_force`; of two texts of one version, the
-- one that was read last.
CREATE VIEW v_policy_purposes DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    revision, file, purpose, months,
    revision = (
        SELECT argMax(revision, (effective_from, told_at)) FROM policy_purposes
        WHERE effective_from <= toUnixTimestamp64Micro(now64(6))) AS in_force
FROM policy_purposes FINAL;

-- Whose clock and whose free days count: always one row.
CREATE VIEW v_institution DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    if(count() = 0, 'UTC', argMax(zone, told_at)) AS zone,
    argMax(free_days, told_at) AS free_days
FROM institution;
