-- One day of a city that is busier than any: what its rows say is drawn from the offset. Every
-- cookie is seen twice, four hours apart, with its one member; every tenth access is one of so many
-- handlers', in office hours.
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
    sipHash64(n) AS draw,
    n % {cookies:UInt64} AS browser,
    n % 10 = 0 AS is_staff,
    intDiv(n, 10) % {handlers:UInt64} AS handler,
    fromUnixTimestamp64Micro({start:Int64}, 'UTC')
        + toIntervalMicrosecond(intDiv(n * 8 * 3600000000, {rows:UInt64}) + 9 * 3600000000) AS at
SELECT
    {topic_id:String}, 0, n, at, {writer:String}, '', generateUUIDv7(n), at,
    ['/services/reservation', '/services/billing', '/services/login'][n % 3 + 1],
    concat('member:', toString(if(is_staff, draw % 2000000, browser))),
    'reservation-7f', 3, n,
    if(is_staff, concat('staff:', toString(handler)), concat('member:', toString(browser))),
    if(is_staff, 'staff', 'member'), if(is_staff, 'statistician', 'member'),
    'seoul-metropolitan-government',
    IPv4NumToString(toUInt32(if(is_staff, handler, browser) % 3000000 + 3405803776)),
    lower(hex(sipHash128(if(is_staff, handler + {cookies:UInt64}, browser)))), '02:00:00:ab:cd:ef',
    concat('Mozilla/5.0 (', toString(browser % 300), ')'), lower(hex(draw)), 'GET',
    concat('/statistics/', toString(draw % 5000000)), lower(hex(browser)),
    'update', 'user_personal_information', ['name', 'mobile'], 1,
    if(is_staff, 'statistics.service', 'member.registration'), 'consent', 'success',
    'allowed', [], [], [], 'filled by a benchmark', [],
    '', '+09:00', '', '', '', '', at - toIntervalDay(100)
FROM numbers({many:UInt64})
