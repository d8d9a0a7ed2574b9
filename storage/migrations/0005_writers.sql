-- Who may write a partition of the log: whoever claimed it last, and nobody else.
-- A writer's name begins with the number of its claim, in twenty digits, so the greatest name is
-- the latest, and the same for everybody in whatever order the claims arrive.
CREATE TABLE writers
(
    topic_id   LowCardinality(String),
    partition  UInt32,
    writer     SimpleAggregateFunction(max, String),
    claimed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT now64(3)
)
ENGINE = AggregatingMergeTree
ORDER BY (topic_id, partition);

-- Each row says who wrote it. The server refuses whoever is not the latest: a worker that stood
-- still while its partition went to another, a request that comes late. It looks once for each
-- insert, after the insert has appeared among its processes.
ALTER TABLE access_events
    ADD COLUMN IF NOT EXISTS writer LowCardinality(String),
    ADD CONSTRAINT IF NOT EXISTS latest_writer
        CHECK writer IN (SELECT writer FROM writers FINAL SETTINGS max_threads = 1);

ALTER TABLE rejected_events
    ADD COLUMN IF NOT EXISTS writer LowCardinality(String),
    ADD CONSTRAINT IF NOT EXISTS latest_writer
        CHECK writer IN (SELECT writer FROM writers FINAL SETTINGS max_threads = 1);

ALTER TABLE findings
    ADD COLUMN IF NOT EXISTS writer LowCardinality(String),
    ADD CONSTRAINT IF NOT EXISTS latest_writer
        CHECK writer IN (SELECT writer FROM writers FINAL SETTINGS max_threads = 1);
