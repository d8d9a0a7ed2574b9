"""Stored events as they came, for whoever judges them anew."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from clickhouse_connect.driver.exceptions import ClickHouseError
from msgspec import Struct
from urllib3.exceptions import HTTPError

from audit.codec import Headers
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError


class Stored(Struct, frozen=True, gc=False):
    """An event's exact bytes, its headers, and what it was called misuse for: check and clause.

    `received_at`: microseconds since 1970.
    """

    event_id: str
    raw: bytes
    received_at: int
    headers: Headers
    reasons: Sequence[tuple[str, str]]


def ranges(trail: Trail, start: datetime, end: datetime) -> list[tuple[Place, int, int]]:
    """First and last offset of each partition that was received in this time, and is an event.

    Raises `TrailUnavailableError`.
    """
    rows = trail.rows(_RANGES, {"start": start, "end": end})
    return [(Place(topic_id, partition), first, last) for topic_id, partition, first, last in rows]


def events(trail: Trail, place: Place, first: int, last: int) -> Iterator[Stored]:
    """The events at these offsets, both inclusive, in their order.

    Raises `TrailUnavailableError`.
    """
    where = {"topic_id": place.topic_id, "partition": place.partition, "first": first}
    try:
        table = trail.client.query_arrow(
            _EVENTS, parameters={**where, "last": last}, use_strings=False
        )
    except (ClickHouseError, HTTPError, OSError) as error:
        raise TrailUnavailableError(str(error)) from error
    for event_id, raw, received_at, names, values, checks, clauses in zip(
        *(column.to_pylist() for column in table.columns), strict=True
    ):
        yield Stored(
            event_id.decode(),
            raw,
            received_at * 1_000,
            _headers(names, values) if names else (),
            [(each.decode(), clauses[n].decode()) for n, each in enumerate(checks)]
            if checks
            else (),
        )


def _headers(names: list[bytes], values: list[bytes]) -> Headers:
    pairs = zip(names, values, strict=True)
    return [(name.decode("utf-8", "surrogateescape"), value) for name, value in pairs]


_RANGES = """
SELECT topic_id, partition, min(offset), max(offset) FROM v_access_events
WHERE received_at >= {start:DateTime64(3, 'UTC')} AND received_at < {end:DateTime64(3, 'UTC')}
GROUP BY topic_id, partition ORDER BY topic_id, partition
"""

_EVENTS = """
SELECT
    event_id, raw, toUnixTimestamp64Milli(received_at),
    headers.name, headers.value,
    arrayMap(each -> toString(each), reasons), arrayMap(each -> toString(each), clauses)
FROM v_access_events
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
    AND offset BETWEEN {first:UInt64} AND {last:UInt64}
ORDER BY offset
"""
