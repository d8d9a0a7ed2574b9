-- The view of 0009, in which all that a finding's id is made of is a key: what is asked of it then is
-- asked of the rows, before they are gathered into findings.
CREATE OR REPLACE VIEW v_check_findings DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    finding_id,
    detector,
    argMax(severity, at) AS severity,
    clause,
    actor,
    window_start,
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
GROUP BY finding_id, detector, clause, actor, window_start;
