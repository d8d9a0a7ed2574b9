-- The exact bytes of an event are kept only where the columns do not say them all. What our SDK
-- sends, the view writes again: `form` is not empty then, and says what the columns lack (the
-- offsets of `time` and `collected_at`, and the media type), and `rest` are the last fields of
-- `data`. `storage/exact.py` decides for each event, and knows that nothing had to be escaped.
ALTER TABLE access_events
    ADD COLUMN IF NOT EXISTS form LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS rest String CODEC(ZSTD(1));

-- A column of few values had no codec of its own, and so LZ4.
ALTER TABLE access_events
    MODIFY COLUMN source CODEC(ZSTD(1)),
    MODIFY COLUMN producer CODEC(ZSTD(1)),
    MODIFY COLUMN actor_kind CODEC(ZSTD(1)),
    MODIFY COLUMN role CODEC(ZSTD(1)),
    MODIFY COLUMN organization CODEC(ZSTD(1)),
    MODIFY COLUMN method CODEC(ZSTD(1)),
    MODIFY COLUMN action CODEC(ZSTD(1)),
    MODIFY COLUMN file CODEC(ZSTD(1)),
    MODIFY COLUMN purpose CODEC(ZSTD(1)),
    MODIFY COLUMN legal_basis CODEC(ZSTD(1)),
    MODIFY COLUMN recipient CODEC(ZSTD(1)),
    MODIFY COLUMN outcome CODEC(ZSTD(1)),
    MODIFY COLUMN reasons CODEC(ZSTD(1)),
    MODIFY COLUMN clauses CODEC(ZSTD(1)),
    MODIFY COLUMN policy_revision CODEC(ZSTD(1)),
    MODIFY COLUMN writer CODEC(ZSTD(1));

-- What comes again within a session is told once in a granule, and then by its number. Parts that
-- are there are rewritten in the background, and read as they are until then.
ALTER TABLE access_events
    MODIFY COLUMN subject LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN actor LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN ip LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN cookie LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN mac LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN session LowCardinality(String) CODEC(ZSTD(3)),
    MODIFY COLUMN user_agent LowCardinality(String) CODEC(ZSTD(3))
SETTINGS alter_sync = 0;

-- What is left to compress is found again further back than in 64 KB.
ALTER TABLE access_events
    MODIFY COLUMN request_id CODEC(ZSTD(3)),
    MODIFY COLUMN path CODEC(ZSTD(3)),
    MODIFY COLUMN items CODEC(ZSTD(3)),
    MODIFY COLUMN occurred_at CODEC(ZSTD(3)),
    MODIFY COLUMN collected_at CODEC(ZSTD(3)),
    MODIFY SETTING min_compress_block_size = 262144;

-- Who reads the table reads what is kept; the exact bytes are the view's. Replacing a view drops
-- whose rights it has: those of who migrates, as for all views of a server.
CREATE OR REPLACE VIEW v_access_events DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
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
    event_id, occurred_at, received_at, ingested_at, topic_id, partition, offset, source, subject,
    producer, epoch, sequence, actor, actor_kind, role, organization, ip, cookie, mac, user_agent,
    request_id, method, path, session, referrer, action, file, items, records, purpose, legal_basis,
    recipient, outcome, justification, collected_at, verdict, clauses, reasons, details,
    policy_revision, headers,
    if(form = '', access_events.raw, concat(
        '{"specversion":"1.0"', said('id', event_id), said('source', source),
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
