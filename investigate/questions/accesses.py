"""Accesses, one by one: to a person, by a handler, in a session, of a file, to a recipient."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

from audit.policy import DAY
from investigate.cursor import Cursor, Number, Page, Paging, Size, begun, cut
from investigate.filters import Filters, conditions, located, microseconds
from investigate.reading import Reader

SNAPSHOT = "ingested_at < fromUnixTimestamp64Milli({snapshot:Int64}, 'UTC')"
"""What the trail held when the first page was asked."""


class Placed(Struct, frozen=True):
    """What occurred at a time (UTC), and lies at a place in a log."""

    occurred_at: datetime
    topic_id: str
    partition: int
    offset: int


class Access(Placed, frozen=True):
    """One access as the trail has it; its exact bytes are left to `export`. Times are UTC."""

    event_id: str
    received_at: datetime
    source: str
    subject: str
    actor: str
    actor_kind: str
    role: str
    organization: str
    ip: str
    cookie: str
    mac: str
    user_agent: str
    request_id: str
    method: str
    path: str
    session: str
    action: str
    file: str
    items: Sequence[str]
    records: int
    purpose: str
    legal_basis: str
    recipient: str
    outcome: str
    justification: str
    verdict: str
    reasons: Sequence[str]
    clauses: Sequence[str]
    details: Sequence[str]
    policy_revision: str


Place = tuple[Number, str, Annotated[int, Meta(ge=0, lt=2**32)], Size]
COLUMNS = Access.__struct_fields__


def to_subject(reader: Reader, subject: str, filters: Filters, paging: Paging) -> Page[Access]:
    """Who looked at this person's data, when, for what, and was it allowed?"""
    return listed(reader, _also(filters, subject=subject), paging)


def by_actor(reader: Reader, actor: str, filters: Filters, paging: Paging) -> Page[Access]:
    """What did this handler do in this period?"""
    return listed(reader, _also(filters, actor=actor), paging)


def in_session(reader: Reader, session: str, filters: Filters, paging: Paging) -> Page[Access]:
    """What happened in one session, in order?"""
    return listed(reader, _also(filters, session=session), paging, oldest_first=True)


def in_request(reader: Reader, request: str, filters: Filters, paging: Paging) -> Page[Access]:
    """What happened in one request, in order?"""
    return listed(reader, _also(filters, request_id=request), paging, oldest_first=True)


def of_file(
    reader: Reader, file: str, item: str | None, filters: Filters, paging: Paging
) -> Page[Access]:
    """Which accesses touched this file, or this item of it, for this purpose?"""
    return listed(reader, _also(filters, file=file, item=item), paging)


def to_recipient(reader: Reader, recipient: str, filters: Filters, paging: Paging) -> Page[Access]:
    """What went to this recipient, and on which ground?"""
    return listed(reader, _also(filters, recipient=recipient), paging)


def of_findings(
    reader: Reader, findings: Sequence[str], actor: str, rows: int
) -> Sequence[Access]:
    """Which accesses of this handler do these findings rest on, the oldest first?"""
    bound = {"findings": list(findings), "actor": actor, "rows": rows}
    query = _OF_FINDINGS.format(columns=", ".join(COLUMNS), of_findings=OF_FINDINGS)
    return [Access(*row) for row in reader.rows(query, bound)]


def listed(
    reader: Reader, filters: Filters, paging: Paging, *, oldest_first: bool = False
) -> Page[Access]:
    """Which accesses are all this: newest first, or oldest first?"""
    order, beyond = ("ASC", ">") if oldest_first else ("DESC", "<")
    sql, bound = conditions(filters)
    question = f"{order} {sorted(bound.items())}"  # a time is the same in every zone
    begin = begun(paging, question, Place, reader.moment)
    if begin.after:
        sql.append(BEYOND.format(beyond=beyond))
        bound |= dict(zip(PLACE, begin.after, strict=True))
    query = _LISTED.format(
        columns=", ".join(COLUMNS), those=" AND ".join([*sql, SNAPSHOT]), order=order
    )
    found: list[Access] = []
    for first, after in _spans(filters, begin, oldest_first=oldest_first):
        bound |= {"snapshot": begin.snapshot, "first": first, "until": after}
        bound["rows"] = paging.size + 1 - len(found)
        found += [Access(*row) for row in reader.rows(query, bound)]
        if len(found) > paging.size:
            break
    return cut(found, paging, question, begin, place)


def _spans(filters: Filters, begin: Cursor, *, oldest_first: bool) -> Iterator[tuple[int, int]]:
    """Times one after another to look in, from where the page begins, in microseconds.

    What is everywhere, such as a handler, is mostly found at once; reading all of it to show the
    newest would be reading for nothing. What is rare is found by its index.
    """
    if oldest_first or not filters.given.keys().isdisjoint(_RARE):
        yield EVER
        return
    newest = begin.after[0] if begin.after else begin.snapshot * 1_000
    if filters.end is not None:
        newest = min(newest, microseconds(filters.end))
    newest, until = min(newest, EVER[1]), EVER[1]
    for days in _DAYS:
        first = newest - days * DAY
        yield first, until
        until = first
        if filters.start is not None and first <= microseconds(filters.start):
            return
    yield EVER[0], until


def place(row: Placed) -> tuple[int, str, int, int]:
    """When and where in the log it is: the order of everything that is listed."""
    return microseconds(row.occurred_at), row.topic_id, row.partition, row.offset


def _also(filters: Filters, **more: str | None) -> Filters:
    return structs.replace(filters, **{k: v for k, v in more.items() if v is not None})


PLACE = "after_at", "after_topic", "after_partition", "after_offset"
BEYOND = """
    occurred_at {beyond}= fromUnixTimestamp64Micro({{after_at:Int64}}, 'UTC')
    AND (occurred_at, topic_id, partition, offset) {beyond}
        (fromUnixTimestamp64Micro({{after_at:Int64}}, 'UTC'), {{after_topic:String}},
         {{after_partition:UInt32}}, {{after_offset:UInt64}})"""
"""The condition: it lies before (`<`) or after (`>`) the place that is bound as `PLACE` says."""

_LISTED = """
SELECT {columns}
FROM v_access_events
WHERE {those}
    AND occurred_at >= fromUnixTimestamp64Micro({{first:Int64}}, 'UTC')
    AND occurred_at < fromUnixTimestamp64Micro({{until:Int64}}, 'UTC')
ORDER BY occurred_at {order}, topic_id {order}, partition {order}, offset {order}
LIMIT {{rows:UInt32}}
"""
OF_FINDINGS = located(
    "SELECT arrayJoin(event_ids) AS id FROM v_findings "
    "WHERE finding_id IN {findings:Array(String)}"
)
"""The condition: findings rest on it."""
_OF_FINDINGS = """
SELECT {columns}
FROM v_access_events
WHERE actor = {{actor:String}} AND {of_findings}
ORDER BY occurred_at, topic_id, partition, offset
LIMIT {{rows:UInt32}}
"""
_RARE = frozenset({"subject", "cookie", "mac", "session", "request_id", "event_id"})
_DAYS = 2, 30
EVER = -2_177_452_800_000_000, 10_413_792_000_000_000
"""From 1901 to 2300: no stored time is outside."""
