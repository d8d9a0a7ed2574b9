-- Rows of a trail of some size, without the worker: what they say is drawn from the offset.
INSERT INTO access_events
(
    topic_id, partition, offset, received_at, writer, event_id, occurred_at, source, subject,
    actor, actor_kind, role, organization, ip, cookie, user_agent, method, path, session,
    action, file, items, records, purpose, legal_basis, outcome, verdict, policy_revision, raw
)
WITH
    {first:UInt64} + number AS n,
    sipHash64({partition:UInt32}, n) AS draw,
    toDateTime64('2025-12-01 00:00:00', 6, 'UTC')
        + toIntervalMicrosecond(intDiv(n * 355 * 86400000000, {all:UInt64})) AS at,
    draw % 10 = 0 AS is_staff,
    draw % 2000000 AS member
SELECT
    {topic_id:String}, {partition:UInt32}, n, at, {writer:String}, toString(generateUUIDv7(n)), at,
    ['/services/reservation', '/services/billing', '/services/login'][draw % 3 + 1],
    concat('member:', toString(member)),
    if(is_staff, concat('staff:', toString(draw % 5000)), concat('member:', toString(member))),
    if(is_staff, 'staff', 'member'), if(is_staff, 'reservation_officer', 'member'),
    'seoul-metropolitan-government', IPv4NumToString(toUInt32(draw % 3000000 + 3405803776)),
    lower(hex(sipHash128(draw % 10000000))),
    concat('Mozilla/5.0 (', toString(draw % 300), ')'), 'GET',
    concat('/reservations/', toString(draw % 5000000)), lower(hex(draw)),
    ['read', 'search', 'update', 'create'][draw % 4 + 1], 'user_personal_information',
    ['name', 'mobile'], 1, 'reservation.processing', 'consent', 'success', 'allowed',
    'filled by a benchmark', concat('{"id": "', lower(hex(sipHash128(n))), '"}')
FROM numbers({rows:UInt64})
