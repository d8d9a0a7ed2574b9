-- What everyone reads. Tables may change; these names and columns may not.
CREATE VIEW v_access_events AS
SELECT
    event_id, occurred_at, received_at, ingested_at, topic_id, partition, offset, source, subject,
    producer, epoch, sequence, actor, actor_kind, role, organization, ip, cookie, mac, user_agent,
    request_id, method, path, session, referrer, action, file, items, records, purpose, legal_basis,
    recipient, outcome, justification, collected_at, verdict, clauses, reasons, details,
    policy_revision, headers, raw
FROM access_events;

CREATE VIEW v_rejected_events AS
SELECT topic_id, partition, offset, received_at, ingested_at, reason, detail, key, headers, raw
FROM rejected_events;

CREATE VIEW v_findings AS
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

-- Every offset between a partition's first and last must be there once, judged or rejected.
CREATE VIEW v_ledger AS
SELECT
    topic_id,
    partition,
    min(offset) AS first_offset,
    max(offset) AS last_offset,
    count() AS rows,
    last_offset - first_offset + 1 - groupBitmap(offset) AS missing,
    rows - groupBitmap(offset) AS duplicates
FROM
(
    SELECT topic_id, partition, offset FROM access_events
    UNION ALL
    SELECT topic_id, partition, offset FROM rejected_events
)
GROUP BY topic_id, partition;
