"""Accesses counted in groups: where a cookie was seen, and any combination of filters."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from investigate.cursor import Page, Paging, Size, begun, cut
from investigate.errors import WrongQuestionError
from investigate.filters import Filters, conditions
from investigate.questions.accesses import SNAPSHOT
from investigate.reading import Reader

_LOCAL = "toTimeZone(occurred_at, {zone:String})"
_AS_THEY_ARE = (
    *("actor", "actor_kind", "role", "organization", "subject", "source"),
    *("ip", "cookie", "mac", "user_agent", "session"),
    *("action", "file", "purpose", "legal_basis", "recipient", "outcome", "verdict"),
)
GROUPS: Mapping[str, str] = {
    **{name: f"toString({name})" for name in _AS_THEY_ARE},
    "item": "toString(arrayJoin(items))",
    "reason": "toString(arrayJoin(reasons))",
    "clause": "toString(arrayJoin(clauses))",
    "day": f"toString(toDate({_LOCAL}))",
    "hour": f"formatDateTime({_LOCAL}, '%F %H:00')",
    "weekday": f"toString(toDayOfWeek({_LOCAL}))",
    "month": f"formatDateTime({_LOCAL}, '%Y-%m')",
}
"""By what may be counted; a weekday is 1 for Monday to 7, days are the institution's."""

SIGHTED = "actor", "role", "ip", "cookie", "mac"


class Count(Struct, frozen=True):
    """One group: its key, and how many accesses, subjects, records and misuse it has."""

    key: Sequence[str]
    accesses: int
    subjects: int
    records: int
    misuse: int
    first: datetime
    last: datetime


def sightings(reader: Reader, filters: Filters, paging: Paging) -> Page[Count]:
    """Where else was this cookie, IP or MAC address seen, and with whom?"""
    if not (filters.cookie or filters.ip or filters.mac):
        raise WrongQuestionError("name a cookie, an IP or a MAC address")
    return counted(reader, filters, SIGHTED, paging)


def counted(
    reader: Reader,
    filters: Filters,
    by: Sequence[str],
    paging: Paging,
) -> Page[Count]:
    """How many accesses are all this, in groups, the largest first?

    Of two groups of one size the one with the greater key comes first. A page begins at a size and
    after so many groups of it: a key may be a cookie, which no cursor may tell.
    """
    unknown = [name for name in by if name not in GROUPS]
    if unknown or not by or len(set(by)) < len(by):
        raise WrongQuestionError(f"count by some of {', '.join(sorted(GROUPS))}, each once")
    sql, bound = conditions(filters)
    zone = reader.zone()
    question = f"{by} {zone} {filters.given}"
    begin = begun(paging, question, tuple[Size, Size], reader.moment)
    size, shown = begin.after or (0, 0)
    query = _COUNTED.format(
        key=", ".join(GROUPS[name] for name in by),
        those=" AND ".join([*sql, SNAPSHOT]),
        after="HAVING accesses <= {size:UInt64}" if begin.after else "",
    )
    bound |= {"snapshot": begin.snapshot, "rows": paging.size + 1, "zone": zone}
    found = [Count(*row) for row in reader.rows(query, {**bound, "size": size, "shown": shown})]

    def place(last: Count) -> tuple[int, int]:
        alike = sum(one.accesses == last.accesses for one in found[: paging.size])
        return last.accesses, alike + (shown if last.accesses == size else 0)

    return cut(found, paging, question, begin, place)


_COUNTED = """
SELECT
    [{key}] AS key, count() AS accesses, uniqExactIf(subject, subject != '') AS subjects,
    sum(access.records) AS records, countIf(verdict = 'misuse') AS misuse,
    min(occurred_at) AS first, max(occurred_at) AS last
FROM v_access_events AS access
WHERE {those}
GROUP BY key {after}
ORDER BY accesses DESC, key DESC
LIMIT {{rows:UInt32}} OFFSET {{shown:UInt64}}
"""
