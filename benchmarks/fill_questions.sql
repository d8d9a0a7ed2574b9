-- Rows of a year, without the worker: what they say is drawn from the offset. Eight accesses in
-- a row are one session, of one person at one client; every tenth session is a handler's, who
-- sees another person each time. Exact bytes are not kept, as of what our SDK sends.
INSERT INTO access_events
(
    topic_id, partition, offset, received_at, writer, event_id, event_uuid, occurred_at, source,
    subject, producer, epoch, sequence, actor, actor_kind, role, organization, ip, cookie, mac,
    user_agent, request_id, method, path, session, action, file, items, records, purpose,
    legal_basis, outcome, verdict, reasons, clauses, details, policy_revision, headers, raw,
    form, rest, recipient, justification, referrer, collected_at
)
WITH
    {first:UInt64} + number AS n,
    sipHash64({partition:UInt32}, intDiv(n, 8)) AS visit,
    sipHash64({partition:UInt32}, n) AS draw,
    now64(6, 'UTC') - toIntervalDay(360)
        + toIntervalMicrosecond(n * intDiv(360 * 86400000000, {all:UInt64})) AS at,
    visit % 10 = 0 AS is_staff,
    intDiv(visit, 10) % 2000000 AS member,
    draw % 100 = 0 AS is_misuse
SELECT
    {topic_id:String}, {partition:UInt32}, n, at, {writer:String}, '',
    dateTimeToUUIDv7(toDateTime(at)), at,
    ['/services/reservation', '/services/billing', '/services/login'][visit % 3 + 1],
    concat('member:', toString(if(is_staff, draw % 2000000, member))),
    'reservation-7f', 3, n,
    if(is_staff, concat('staff:', toString(member % 5000)), concat('member:', toString(member))),
    if(is_staff, 'staff', 'member'), if(is_staff, 'reservation_officer', 'member'),
    'seoul-metropolitan-government', IPv4NumToString(toUInt32(visit % 3000000 + 3405803776)),
    lower(hex(sipHash128(intDiv(visit, 7) % 10000000))), '02:00:00:ab:cd:ef',
    concat('Mozilla/5.0 (', toString(visit % 300), ')'), lower(hex(draw)), 'GET',
    concat('/reservations/', toString(draw % 5000000)), lower(hex(visit)),
    ['read', 'search', 'update', 'create'][draw % 4 + 1], 'user_personal_information',
    ['name', 'mobile'], 1,
    ['reservation.processing', 'reservation.guidance'][draw % 2 + 1], 'consent', 'success',
    if(is_misuse, 'misuse', 'allowed'), if(is_misuse, ['purpose_not_allowed'], []),
    if(is_misuse, ['Art. 1(1)'], []), if(is_misuse, ['drawn'], []), 'filled by a benchmark', [],
    '', '+09:00', '', '', '', '', at - toIntervalDay(100)
FROM numbers({rows:UInt64})
