-- The first day of the trail, laid before itself: the same handlers, other members.
INSERT INTO access_events
SELECT * REPLACE (
    access_events.offset + {events:UInt64} * day AS offset,
    received_at - toIntervalDay(day) AS received_at,
    ingested_at - toIntervalDay(day) AS ingested_at,
    occurred_at - toIntervalDay(day) AS occurred_at,
    collected_at - toIntervalDay(day) AS collected_at,
    sequence + {events:UInt64} * day AS sequence,
    generateUUIDv7(access_events.offset) AS event_uuid,
    if(startsWith(subject, 'member:'), concat(subject, '-', toString(day % 20)), subject) AS subject,
    if(startsWith(actor, 'member:'), concat(actor, '-', toString(day % 20)), actor) AS actor,
    if(cookie = '', '', lower(hex(sipHash128(cookie, day % 20)))) AS cookie,
    if(session = '', '', concat(session, '-', toString(day))) AS session)
FROM access_events
ARRAY JOIN range({first:UInt64}, {until:UInt64}) AS day
WHERE access_events.offset < {events:UInt64}
SETTINGS prefer_column_name_to_alias = 1;

INSERT INTO findings
SELECT * REPLACE (
    concat(finding_id, '-', toString(day)) AS finding_id,
    findings.offset + {events:UInt64} * day AS offset,
    received_at - toIntervalDay(day) AS received_at,
    ingested_at - toIntervalDay(day) AS ingested_at,
    occurred_at - toIntervalDay(day) AS occurred_at,
    window_start - toIntervalDay(day) AS window_start,
    if(startsWith(subject, 'member:'), concat(subject, '-', toString(day % 20)), subject) AS subject)
FROM findings
ARRAY JOIN range({first:UInt64}, {until:UInt64}) AS day
WHERE findings.offset < {events:UInt64}
SETTINGS prefer_column_name_to_alias = 1;
