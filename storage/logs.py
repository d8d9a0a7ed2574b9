"""Business events and roster entries in ClickHouse, each known by its place in the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audit import business, roster
from audit.business import BusinessEvent
from audit.codec import Rejected
from audit.roster import RosterEntry
from storage.rows import Place
from storage.trail import Trail

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""What stands in the roster for a time that an entry leaves out."""

_WHERE = ("topic_id", "partition", "offset", "received_at", "event_id", "occurred_at", "source")


@dataclass(frozen=True, slots=True)
class Log:
    """A topic that becomes a table: how its records are read, and how they look as rows.

    `decode` is total; `row` gives the values of `columns` for what it answers.
    """

    table: str
    columns: Sequence[str]
    decode: Callable[[bytes | None], Any]
    row: Callable[[Any], tuple[object, ...]]


Received = tuple[int, int, bytes | None]
"""A record: its offset, the broker's time in milliseconds since 1970, and its value."""
Unread = tuple[int, Rejected]
"""The offset of a record that is no such document, and why."""


def store(trail: Trail, log: Log, place: Place, records: Sequence[Received]) -> list[Unread]:
    """Store records; storing one again changes nothing. Returns what could not be read.

    Raises `TrailUnavailableError`.
    """
    rows: list[tuple[object, ...]] = []
    unread: list[Unread] = []
    for offset, timestamp, value in records:
        said = log.decode(value)
        if isinstance(said, Rejected):
            unread.append((offset, said))
            continue
        received = datetime.fromtimestamp(timestamp / 1_000, UTC)
        where = place.topic_id, place.partition, offset, received
        what = said.id, _time(said.time), said.source
        rows.append((*where, *what, *log.row(said), value))
    if rows:
        trail.insert(log.table, (*_WHERE, *log.columns, "raw"), rows)
    return unread


def _business(event: BusinessEvent) -> tuple[object, ...]:
    data = event.data
    return (
        *(event.subject or "", data.kind, data.reference or "", data.file or "", data.items),
        *(data.records, data.party or "", data.right or ""),
    )


def _entry(entry: RosterEntry) -> tuple[object, ...]:
    data = entry.data
    leave = [(_time(one.first), _time(one.until)) for one in data.leave]
    named = (data.role, data.organization, data.team, data.person)
    return (
        *(entry.subject, data.kind, *(name or "" for name in named)),
        *(_time(data.since), _time(data.until), leave),
    )


def _time(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else NEVER


BUSINESS = Log(
    "business_events",
    ("subject", "kind", "reference", "file", "items", "records", "party", "right"),
    business.decode,
    _business,
)
ROSTER_ENTRIES = Log(
    "roster",
    (
        *("subject", "kind", "role", "organization", "team", "person"),
        *("since", "until", "leave"),
    ),
    roster.decode,
    _entry,
)
