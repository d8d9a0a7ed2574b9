-- The trail: one row for each event of the log, in the log's own order. What a row is (topic, partition,
-- offset) is also where it lies, so the ledger, catch-up and proofs read neighbouring rows.
-- Partitioned by the broker's clock, never by the event's: a wrong clock in an event must not
-- decide where it is stored, nor how many parts an insert makes.
CREATE TABLE access_events
(
    topic_id        LowCardinality(String),
    partition       UInt32 CODEC(Delta, ZSTD(1)),
    offset          UInt64 CODEC(DoubleDelta, ZSTD(1)),
    received_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1)),

    event_id        String CODEC(ZSTD(1)),
    occurred_at     DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    source          LowCardinality(String),
    subject         String CODEC(ZSTD(1)),
    producer        LowCardinality(String),
    epoch           Nullable(UInt64) CODEC(ZSTD(1)),
    sequence        Nullable(UInt64) CODEC(Delta, ZSTD(1)),

    actor           String CODEC(ZSTD(1)),
    actor_kind      LowCardinality(String),
    role            LowCardinality(String),
    organization    LowCardinality(String),

    ip              String CODEC(ZSTD(1)),
    cookie          String CODEC(ZSTD(1)),
    mac             String CODEC(ZSTD(1)),
    user_agent      String CODEC(ZSTD(1)),
    request_id      String CODEC(ZSTD(1)),
    method          LowCardinality(String),
    path            String CODEC(ZSTD(1)),
    session         String CODEC(ZSTD(1)),
    referrer        String CODEC(ZSTD(1)),

    action          LowCardinality(String),
    file            LowCardinality(String),
    items           Array(LowCardinality(String)),
    records         UInt64 CODEC(ZSTD(1)),
    purpose         LowCardinality(String),
    legal_basis     LowCardinality(String),
    recipient       LowCardinality(String),
    outcome         LowCardinality(String),
    justification   String CODEC(ZSTD(1)),
    collected_at    Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD(1)),

    verdict         Enum8('allowed' = 0, 'misuse' = 1),
    reasons         Array(LowCardinality(String)),
    clauses         Array(LowCardinality(String)),
    details         Array(String) CODEC(ZSTD(1)),
    policy_revision LowCardinality(String),

    headers         Array(Tuple(name String, value String)) CODEC(ZSTD(1)),
    raw             String CODEC(ZSTD(1)),

    INDEX by_time occurred_at TYPE minmax GRANULARITY 1,
    INDEX by_event event_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_subject subject TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_actor actor TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_ip ip TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_cookie cookie TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_mac mac TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_file file TYPE set(64) GRANULARITY 1,
    INDEX by_verdict verdict TYPE set(2) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);
