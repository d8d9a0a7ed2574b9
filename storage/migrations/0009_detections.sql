-- What detectors found: a finding and the events it rests on, apart, because a finding's words
-- change while its window is open and its events do not. All rows are derived from the trail:
-- whoever looks again writes the same rows, and those with the most events stay.
CREATE TABLE detections
(
    finding_id   String CODEC(ZSTD(1)),
    detector     LowCardinality(String),
    severity     LowCardinality(String),
    clause       LowCardinality(String),
    actor        String CODEC(ZSTD(1)),
    key          String CODEC(ZSTD(1)),
    window_start DateTime64(0, 'UTC'),
    window_end   DateTime64(0, 'UTC'),
    title        LowCardinality(String),
    title_ko     LowCardinality(String),
    sentence     String CODEC(ZSTD(1)),
    sentence_ko  String CODEC(ZSTD(1)),
    runbook      LowCardinality(String),
    shadow       Bool,
    events       UInt64,
    found_at     DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(events)
ORDER BY finding_id;

-- An event is one of the access events or of the business events, as its topic says.
CREATE TABLE detection_events
(
    finding_id  String CODEC(ZSTD(1)),
    topic_id    LowCardinality(String),
    partition   UInt32,
    offset      UInt64,
    event_id    String CODEC(ZSTD(1)),
    occurred_at DateTime64(6, 'UTC'),
    subject     String CODEC(ZSTD(1)),
    source      LowCardinality(String),
    found_at    DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (finding_id, topic_id, partition, offset);

-- Up to where a detector's windows are closed and looked at for the last time.
CREATE TABLE detector_cursors
(
    detector  String,
    closed_to SimpleAggregateFunction(max, DateTime64(0, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY detector;

-- Each account's closed days, made from the trail: what is usual for it is read from here.
CREATE TABLE account_days
(
    day        DateTime64(0, 'UTC'),
    actor      String CODEC(ZSTD(1)),
    actor_kind LowCardinality(String),
    role       LowCardinality(String),
    accesses   UInt64,
    subjects   UInt64,
    networks   Array(String) CODEC(ZSTD(1)),
    agents     Array(String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (actor, day);

-- Each service's closed hours.
CREATE TABLE service_hours
(
    hour     DateTime64(0, 'UTC'),
    source   LowCardinality(String),
    accesses UInt64,
    items    UInt64,
    records  UInt64,
    purposes Map(String, UInt64)
)
ENGINE = ReplacingMergeTree
ORDER BY (source, hour);

-- The last word on a finding is an investigator's; nothing of the stream writes here.
CREATE TABLE finding_statuses
(
    finding_id String,
    status     LowCardinality(String),
    changed_by String,
    changed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY finding_id;

CREATE VIEW v_detections AS
SELECT
    finding_id, detector, severity, clause, actor, key, window_start, window_end, title, title_ko,
    sentence, sentence_ko, runbook, shadow, count, first_occurred_at, last_occurred_at,
    found.found_at AS ingested_at, event_ids, subjects, sources
FROM (SELECT * FROM detections FINAL) AS found
INNER JOIN
(
    SELECT
        finding_id,
        uniqExact(topic_id, partition, offset) AS count,
        min(occurred_at) AS first_occurred_at,
        max(occurred_at) AS last_occurred_at,
        arraySort(groupUniqArray(1000)(event_id)) AS event_ids,
        arraySort(groupUniqArray(1000)(subject)) AS subjects,
        arraySort(groupUniqArray(source)) AS sources
    FROM detection_events
    GROUP BY finding_id
) AS events USING (finding_id);

-- Findings of checks, as `v_findings` had them before there were detectors.
CREATE VIEW v_check_findings AS
SELECT
    finding_id,
    any(detector) AS detector,
    argMax(severity, at) AS severity,
    any(clause) AS clause,
    any(actor) AS actor,
    any(window_start) AS window_start,
    argMax(title, at) AS title,
    argMax(title_ko, at) AS title_ko,
    argMax(runbook, at) AS runbook,
    uniqExact(topic_id, partition, offset) AS count,
    min(occurred_at) AS first_occurred_at,
    max(occurred_at) AS last_occurred_at,
    max(ingested_at) AS ingested_at,
    argMax(detail, at) AS detail,
    arraySort(groupUniqArray(1000)(event_id)) AS event_ids,
    arraySort(groupUniqArray(1000)(subject)) AS subjects,
    arraySort(groupUniqArray(source)) AS sources,
    argMax(policy_revision, at) AS policy_revision
FROM (SELECT *, (occurred_at, topic_id, partition, offset) AS at FROM findings)
GROUP BY finding_id;

CREATE OR REPLACE VIEW v_findings AS
SELECT found.*, if(said.status = '', 'new', said.status) AS status
FROM
(
    SELECT *, detail AS sentence, detail AS sentence_ko FROM v_check_findings
    UNION ALL
    SELECT
        finding_id, detector, severity, clause, actor, window_start, title, title_ko, runbook,
        count, first_occurred_at, last_occurred_at, ingested_at, sentence AS detail, event_ids,
        subjects, sources, '' AS policy_revision, sentence, sentence_ko
    FROM v_detections WHERE NOT shadow
) AS found
LEFT JOIN (SELECT finding_id, status FROM finding_statuses FINAL) AS said USING (finding_id);

-- What detectors found that are only tried out.
CREATE VIEW v_shadow_findings AS SELECT * FROM v_detections WHERE shadow;
