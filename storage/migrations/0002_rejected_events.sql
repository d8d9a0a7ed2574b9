-- What could not be read as an access event, with its exact bytes. It has an offset like any
-- other record, so the ledger counts it.
CREATE TABLE rejected_events
(
    topic_id    LowCardinality(String),
    partition   UInt32 CODEC(Delta, ZSTD(1)),
    offset      UInt64 CODEC(DoubleDelta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1)),
    reason      LowCardinality(String),
    detail      String CODEC(ZSTD(1)),
    key         String CODEC(ZSTD(1)),
    headers     Array(Tuple(name String, value String)) CODEC(ZSTD(1)),
    raw         String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic_id, partition, offset);
