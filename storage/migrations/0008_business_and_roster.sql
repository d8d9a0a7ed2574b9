-- What happened to people's affairs, and who has which account: what accesses are held against.
-- Rows are known by their place in the log, so that a chunk stored twice changes nothing.
CREATE TABLE business_events
(
    topic_id    LowCardinality(String),
    partition   UInt32 CODEC(Delta, ZSTD(1)),
    offset      UInt64 CODEC(DoubleDelta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1)),
    event_id    String CODEC(ZSTD(1)),
    occurred_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    source      LowCardinality(String),
    subject     String CODEC(ZSTD(1)),
    kind        LowCardinality(String),
    reference   String CODEC(ZSTD(1)),
    file        LowCardinality(String),
    items       Array(LowCardinality(String)),
    records     Nullable(UInt64) CODEC(ZSTD(1)),
    party       LowCardinality(String),
    right       LowCardinality(String),
    raw         String CODEC(ZSTD(1)),

    INDEX by_time occurred_at TYPE minmax GRANULARITY 1,
    INDEX by_subject subject TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);

-- Every entry that was ever made, not only the last: what held at a time is asked later.
-- Times that an entry leaves out are 1970.
CREATE TABLE roster
(
    topic_id     LowCardinality(String),
    partition    UInt32 CODEC(Delta, ZSTD(1)),
    offset       UInt64 CODEC(DoubleDelta, ZSTD(1)),
    received_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1)),
    event_id     String CODEC(ZSTD(1)),
    occurred_at  DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    source       LowCardinality(String),
    subject      String CODEC(ZSTD(1)),
    kind         LowCardinality(String),
    role         LowCardinality(String),
    organization LowCardinality(String),
    team         LowCardinality(String),
    person       String CODEC(ZSTD(1)),
    since        DateTime64(6, 'UTC'),
    until        DateTime64(6, 'UTC'),
    leave        Array(Tuple(first DateTime64(6, 'UTC'), until DateTime64(6, 'UTC'))),
    raw          String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (topic_id, partition, offset);

CREATE VIEW v_business_events AS
SELECT
    event_id, occurred_at, received_at, ingested_at, topic_id, partition, offset, source, subject,
    kind, reference, file, items, records, party, right, raw
FROM business_events FINAL;

CREATE VIEW v_roster_history AS
SELECT
    event_id, occurred_at, received_at, ingested_at, topic_id, partition, offset, source, subject,
    kind, role, organization, team, person, since, until, leave, raw
FROM roster FINAL;

-- What holds now: the last entry of each key.
CREATE VIEW v_roster AS
SELECT * FROM v_roster_history
ORDER BY subject, occurred_at DESC, received_at DESC, offset DESC
LIMIT 1 BY subject;
