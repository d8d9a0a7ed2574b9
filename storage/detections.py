"""What detectors ask of the trail and write beside it. All of it can be made anew from the trail.

Every statement may be repeated: rows of the same key collapse.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError

# Memory is ClickHouse's to bound: what does not fit goes to disk.
LIMITS = {
    "max_memory_usage": 1 << 30,
    "max_bytes_before_external_group_by": 256 << 20,
    "max_bytes_before_external_sort": 256 << 20,
    "max_threads": 2,
}


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a finding rests on: where it lies in which log, and what it is about."""

    topic_id: str
    partition: int
    offset: int
    event_id: str
    occurred_at: datetime
    subject: str
    source: str

    @property
    def place(self) -> tuple[str, int, int]:
        """Its topic, partition and offset."""
        return self.topic_id, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Detection:
    """A finding of a detector as it stands now, with every event it rests on; times are UTC."""

    finding_id: str
    detector: str
    severity: str
    clause: str
    actor: str
    key: str
    window_start: datetime
    window_end: datetime
    title: str
    title_ko: str
    sentence: str
    sentence_ko: str
    runbook: str
    shadow: bool
    events: tuple[Event, ...]


def ask(trail: Trail, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a detector's question, by column; times are in UTC.

    Raises `TrailUnavailableError`.
    """
    try:
        answer = trail.client.query(query, parameters=dict(parameters), settings=LIMITS)
    except (ClickHouseError, HTTPError, OSError) as error:
        raise TrailUnavailableError(str(error)) from error
    names = answer.column_names
    return [dict(zip(names, map(_utc, row), strict=True)) for row in answer.result_rows]


def store(trail: Trail, found: Sequence[Detection]) -> None:
    """Store findings with their events; storing one again changes nothing.

    Raises `TrailUnavailableError`.
    """
    if not found:
        return
    events = [(one.finding_id, *_event(event)) for one in found for event in one.events]
    trail.insert(
        "detection_events", ("finding_id", *_EVENT), events
    )  # first: a finding has events
    trail.insert("detections", (*_FINDING, "events"), [_finding(one) for one in found])


def cursors(trail: Trail) -> dict[str, datetime]:
    """Up to where each detector's windows are closed. Raises `TrailUnavailableError`."""
    rows = trail.rows("SELECT detector, max(closed_to) FROM detector_cursors GROUP BY detector")
    return {name: _utc(closed_to) for name, closed_to in rows}


def advance(trail: Trail, closed_to: Mapping[str, datetime]) -> None:
    """Say that windows are closed; a cursor never goes back. Raises `TrailUnavailableError`."""
    rows = [[name, moment] for name, moment in closed_to.items()]
    trail.insert("detector_cursors", ("detector", "closed_to"), rows)


def stored(
    trail: Trail, detector: str, days: int, start: datetime, end: datetime
) -> Sequence[tuple[str, str]]:
    """The findings of windows that end after `start` and not after `end`: id and sentence.

    `days`: how long the windows are, 0 for an hour. Raises `TrailUnavailableError`.
    """
    where = {"detector": detector, "start": start, "end": end}
    length = {"days": days, "hours": 0 if days else 1}
    return [(each, said) for each, said in trail.rows(_STORED, {**where, **length})]


def first_received(trail: Trail) -> datetime | None:
    """When the first event of the trail was received. Raises `TrailUnavailableError`."""
    ((events, first),) = trail.rows("SELECT count(), min(received_at) FROM v_access_events")
    return _utc(first) if events else None


def last_received(trail: Trail, stored: Mapping[Place, int]) -> dict[Place, datetime]:
    """When the last stored record of each partition was received.

    `stored`: the offset below which all is stored. A partition of which nothing is has no entry.
    Raises `TrailUnavailableError`.
    """
    known: dict[Place, datetime] = {}
    for place, below in stored.items():
        where = {"topic_id": place.topic_id, "partition": place.partition, "below": below}
        ((last,),) = trail.rows(_LAST, where)
        if last.year > 1970:
            known[place] = _utc(last)
    return known


def late(trail: Trail, start: datetime, end: datetime, lateness: int) -> int:
    """How many events were received in this time too late for the hour in which they happened?

    `lateness` is in seconds. Raises `TrailUnavailableError`.
    """
    ((events,),) = trail.rows(_LATE, {"start": start, "end": end, "lateness": lateness})
    return int(events)


def _event(event: Event) -> Iterable[object]:
    return (getattr(event, name) for name in _EVENT)


def _finding(found: Detection) -> Sequence[object]:
    return (*(getattr(found, name) for name in _FINDING), len(found.events))


def _utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and not value.tzinfo else value


_EVENT = ("topic_id", "partition", "offset", "event_id", "occurred_at", "subject", "source")
_FINDING = (
    *("finding_id", "detector", "severity", "clause", "actor", "key", "window_start"),
    *("window_end", "title", "title_ko", "sentence", "sentence_ko", "runbook", "shadow"),
)

_STORED = """
SELECT finding_id, sentence FROM detections FINAL
WHERE detector = {detector:String}
    AND window_end > {start:DateTime64(0, 'UTC')} AND window_end <= {end:DateTime64(0, 'UTC')}
    AND dateDiff('hour', window_start, window_end)
        BETWEEN 24 * {days:UInt32} + {hours:UInt32} - 2 AND 24 * {days:UInt32} + {hours:UInt32} + 2
"""

_LAST = """
SELECT greatest(
    (SELECT max(received_at) FROM access_events
     WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
        AND offset = {below:UInt64} - 1),
    (SELECT max(received_at) FROM rejected_events
     WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
        AND offset = {below:UInt64} - 1),
    (SELECT max(received_at) FROM business_events
     WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
        AND offset < {below:UInt64}),
    (SELECT max(received_at) FROM roster
     WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
        AND offset < {below:UInt64}))
"""

_LATE = """
SELECT count() FROM v_access_events
WHERE received_at >= {start:DateTime64(3, 'UTC')} AND received_at < {end:DateTime64(3, 'UTC')}
    AND received_at >= toStartOfHour(occurred_at) + toIntervalSecond(3600 + {lateness:UInt32})
"""
