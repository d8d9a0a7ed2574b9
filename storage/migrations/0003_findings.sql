-- One row for each event that a finding rests on. A chunk that is repeated repeats its rows:
-- they collapse by their key, and the view counts each event once in any case.
CREATE TABLE findings
(
    finding_id      String CODEC(ZSTD(1)),
    detector        LowCardinality(String),
    severity        LowCardinality(String),
    clause          LowCardinality(String),
    actor           String CODEC(ZSTD(1)),
    window_start    DateTime64(0, 'UTC') CODEC(Delta, ZSTD(1)),
    title           LowCardinality(String),
    title_ko        LowCardinality(String),
    runbook         LowCardinality(String),
    event_id        String CODEC(ZSTD(1)),
    subject         String CODEC(ZSTD(1)),
    source          LowCardinality(String),
    detail          String CODEC(ZSTD(1)),
    occurred_at     DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    policy_revision LowCardinality(String),
    topic_id        LowCardinality(String),
    partition       UInt32,
    offset          UInt64,
    received_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (finding_id, topic_id, partition, offset);
