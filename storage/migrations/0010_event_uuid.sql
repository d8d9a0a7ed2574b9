-- An id that is a UUID, as our SDK gives it, is stored as one; `event_id` then is empty. The index
-- and the view must say the id in the same words, or the question for one event reads everything.
ALTER TABLE access_events
    ADD COLUMN IF NOT EXISTS event_uuid UUID CODEC(ZSTD(3)),
    DROP INDEX IF EXISTS by_event
SETTINGS alter_sync = 0;

ALTER TABLE access_events
    ADD INDEX IF NOT EXISTS by_event if(empty(event_id), toString(event_uuid), event_id)
        TYPE bloom_filter(0.005) GRANULARITY 1;

ALTER TABLE access_events MATERIALIZE INDEX by_event SETTINGS mutations_sync = 0;

ALTER TABLE access_events
    MODIFY COLUMN path LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN records CODEC(ZSTD(3)),
    MODIFY COLUMN epoch CODEC(ZSTD(3)),
    MODIFY COLUMN sequence CODEC(Delta, ZSTD(6)),
    MODIFY COLUMN occurred_at CODEC(Delta, T64, ZSTD(1))
SETTINGS alter_sync = 0;

-- The view of 0007, with the id as it now stands.
CREATE OR REPLACE VIEW v_access_events DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
    if(empty(access_events.event_id), toString(event_uuid), access_events.event_id) AS id,
    (name, value) -> if(value = '', '', concat(',"', name, '":"', value, '"')) AS said,
    (name, fields) -> if(fields = '', '', concat(',"', name, '":{', substring(fields, 2), '}'))
        AS object,
    zone -> if(startsWith(zone, '-'), -1, 1)
        * (60 * toUInt16OrZero(substring(zone, 2, 2)) + toUInt16OrZero(substring(zone, 5, 2)))
        AS minutes,
    local -> concat(
        substring(local, 1, 10), 'T', substring(local, 12, if(endsWith(local, '.000000'), 8, 15)))
        AS rfc3339,
    (at, zone) -> concat(rfc3339(toString(addMinutes(at, minutes(zone)))), zone) AS told
SELECT
    id AS event_id, occurred_at, received_at, ingested_at, topic_id, partition, offset, source, subject,
    producer, epoch, sequence, actor, actor_kind, role, organization, ip, cookie, mac, user_agent,
    request_id, method, path, session, referrer, action, file, items, records, purpose, legal_basis,
    recipient, outcome, justification, collected_at, verdict, clauses, reasons, details,
    policy_revision, headers,
    if(form = '', access_events.raw, concat(
        '{"specversion":"1.0"', said('id', id), said('source', source),
        ',"type":"gamsa.access.v1"', said('time', told(occurred_at, substring(form, 1, 6))),
        ',"data":{"actor":{"id":"', actor, '"', said('kind', actor_kind), said('role', role),
        said('organization', organization), '}', said('action', action), said('file', file),
        ',"items":[', if(empty(items), '', concat('"', arrayStringConcat(items, '","'), '"')), ']',
        said('purpose', purpose),
        object('client', concat(said('ip', ip), said('cookie', cookie), said('mac', mac),
            said('user_agent', user_agent))),
        object('usage', concat(said('request_id', request_id), said('method', method),
            said('path', path), said('session', session), said('referrer', referrer))),
        if(records = 1, '', concat(',"records":', toString(records))),
        said('legal_basis', legal_basis), said('recipient', recipient),
        if(outcome = 'success', '', said('outcome', outcome)),
        said('justification', justification),
        if(isNull(access_events.collected_at), '', said('collected_at',
            told(assumeNotNull(access_events.collected_at), substring(form, 7, 6)))),
        if(rest = '', '', concat(',', rest)), '}',
        said('subject', subject), said('datacontenttype', substring(form, 13)),
        said('producer', producer),
        if(isNull(epoch), '', concat(',"epoch":', toString(assumeNotNull(epoch)))),
        if(isNull(sequence), '', concat(',"sequence":', toString(assumeNotNull(sequence)))),
        '}')) AS raw
FROM access_events;
