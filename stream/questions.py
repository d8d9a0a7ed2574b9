"""A detector's question as SQL: first who is suspect, then on which events that rests.

The first question reads few columns and mostly answers nothing; the second asks only for the keys
that the first one named.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from stream.detectors.detector import Detector
from stream.windows import Span, Window

LATENESS = timedelta(minutes=15)
SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all detectors of an institution.

    `lateness`: an event counts in its window if the broker received it before the window's end
    and so much more. It is the event's own times that say so, never when it is looked at.
    """

    zone: ZoneInfo = SEOUL
    lateness: timedelta = LATENESS
    country: str = "KR"
    holidays: tuple[date, ...] = ()

    def free_days(self, span: Span) -> list[str]:
        """The public holidays in a span, and those that the institution adds."""
        first, last = (
            span.start.astimezone(self.zone).date(),
            span.end.astimezone(self.zone).date(),
        )
        days = self.free_days_of(range(first.year, last.year + 1))
        return [str(day) for day in days if first <= day <= last]

    def free_days_of(self, years: Iterable[int]) -> list[date]:
        """The public holidays of whole years, and all that the institution adds, in order."""
        public = {day for year in years for day in _public(self.country, year)}
        return sorted(public.union(self.holidays))


def suspects(detector: Detector) -> str:
    """The question for the keys of findings, each with its window, its actor and its measures."""
    measures = "".join(f", {sql} AS {name}" for name, sql in detector.measures.items())
    return (
        f"{names(detector.window, detector.events)}\n"
        "SELECT key, sipHash64(key) AS key_hash, window_start,"
        f" {detector.actor} AS actor_{measures}\n"
        f"FROM ({detector.events}) AS events\n"
        f"GROUP BY key, window_start HAVING {detector.when}"
    )


def evidence(detector: Detector, *, of_all: bool = False) -> str:
    """The question for the events of `{keys}`, or those of all suspects.

    Keys are told by their hashes: one may be of any length.
    """
    named = f"SELECT key, window_start FROM ({suspects(detector)})"  # noqa: S608  ours
    those = f"(key, window_start) IN ({named})" if of_all else _THOSE
    most = detector.most_evidence
    limit = f"\nORDER BY offset, topic_id, partition LIMIT {most} BY key, window_start"
    return (
        f"{names(detector.window, detector.events)}\n"
        "SELECT key, window_start, topic_id, partition, offset, event_id, occurred_at, subject,"
        " source\n"
        f"FROM ({detector.events}) AS events\n"
        f"WHERE {those}{limit if most else ''}"
    )


def bound(detector: Detector, span: Span, terms: Terms) -> Mapping[str, Any]:
    """What both questions bind."""
    free = terms.free_days(span)
    return {**detector.settings, **times(span, terms, detector.ahead), "holidays": free}


def names(window: Window, events: str) -> str:
    """What a question about such windows may read, by name; only what these events name."""
    of_days = bool(window.days)
    filled = {
        "{access}": _ACCESS,
        "{told}": _TOLD,
        "{window}": _WINDOW if of_days else _HOUR_WINDOW,
        "{limit}": _LIMIT if of_days else _HOUR_LIMIT,
        "{network}": NETWORK,
        "{agent}": AGENT,
    }
    read = {name for name in _PARTS if re.search(rf"\b{name}\b", events)}
    if "handled" in read:
        read.add("accesses")
    parts = [f"{name} AS ({sql})" for name, sql in _PARTS.items() if name in read]
    text = ",".join(parts)
    for name, sql in filled.items():
        text = text.replace(name, sql)
    return f"WITH {text}"


def times(span: Span, terms: Terms, ahead: timedelta = timedelta(0)) -> dict[str, Any]:
    """What every question binds of times."""
    return {
        "start": said(span.start),
        "end": said(span.end),
        "zone": terms.zone.key,
        "late": said(span.end + ahead + terms.lateness),
        "lateness": int(terms.lateness.total_seconds()),
    }


def said(moment: datetime) -> str:
    """A moment as SQL's parameters have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


@cache
def _public(country: str, year: int) -> Iterable[date]:
    return tuple(holidays.country_holidays(country, years=year))


# Where a client is: of IPv4 a /24, of IPv6 a /48. What a client is: its name without its version.
NETWORK = "if(position(ip, ':') > 0, substringIndex(ip, ':', 3), substringIndex(ip, '.', 3))"
AGENT = "replaceRegexpAll(user_agent, '[0-9._]+', '')"

_THOSE = "sipHash64(key) IN {keys:Array(UInt64)}"
_WINDOW = "{start:DateTime64(6, 'UTC')}"
_HOUR_WINDOW = "toStartOfHour(v_access_events.occurred_at)"
_LIMIT = "{late:DateTime64(3, 'UTC')}"
_HOUR_LIMIT = (
    "toStartOfHour(v_access_events.occurred_at) + toIntervalSecond(3600 + {lateness:UInt32})"
)

# `accesses`: those of the windows asked about. `handled`: what other people than the subject, and
# no machine, did with a subject's data. `before`: the same and those of the day before.
# What is told late of business and roster holds from when it was told, less the lateness: so what
# held at a time is known once accesses of that time are. Few columns are named, for the engine
# spends most of a small question's time on naming them.
_ACCESS = """
        topic_id, partition, offset, event_id, occurred_at, source, subject, actor, actor_kind,
        role, organization, ip, cookie, mac, user_agent, session, path, action, file, items,
        records, purpose, legal_basis, recipient, outcome, justification"""
_TOLD = "greatest(occurred_at, received_at - toIntervalSecond({lateness:UInt32})) AS occurred_at"
_PARTS = {
    "accesses": """
        SELECT {access}, {window} AS window_start, {network} AS network, {agent} AS agent
        FROM v_access_events
        WHERE v_access_events.occurred_at >= {start:DateTime64(6, 'UTC')}
            AND v_access_events.occurred_at < {end:DateTime64(6, 'UTC')}
            AND received_at < {limit}""",
    "handled": """
        SELECT * FROM accesses
        WHERE actor_kind IN ('staff', 'third_party', 'consignee')
            AND action NOT IN ('login', 'logout')""",
    "before": """
        SELECT {access}, received_at FROM v_access_events
        WHERE occurred_at >= {start:DateTime64(6, 'UTC')} - toIntervalDay(1)
            AND occurred_at < {end:DateTime64(6, 'UTC')}
            AND received_at < {late:DateTime64(3, 'UTC')}""",
    "business": """
        SELECT event_id, {told}, source, subject, kind, reference, file, items, records, party
        FROM v_business_events WHERE received_at < {late:DateTime64(3, 'UTC')}""",
    "roster": """
        SELECT {told}, subject, kind, role, team, person, until, leave
        FROM v_roster_history WHERE received_at < {late:DateTime64(3, 'UTC')}
        ORDER BY received_at DESC, offset DESC
        LIMIT 1 BY subject, occurred_at""",
}
