"""The offset ledger: every record of the log stands in the trail once."""

from collections.abc import Mapping
from dataclasses import dataclass

from faults import crash
from storage.rows import Place
from storage.trail import Trail


@dataclass(frozen=True, slots=True)
class Entry:
    """What the trail holds of one partition, counted in rows; the offsets are inclusive."""

    topic_id: str
    partition: int
    first_offset: int
    last_offset: int
    rows: int
    missing: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class LogRange:
    """What the log says of a partition: all are positions, the offset of the next record.

    `first`: where what Kafka keeps begins; `after`: where it ends; `committed`: up to where the
    workers said that everything is stored (0 where they have said nothing).
    """

    first: int
    after: int
    committed: int


@dataclass(frozen=True, slots=True)
class Account:
    """One partition of the log against the trail.

    `missing` counts the offsets that were said to be stored and are not, from the first that Kafka
    keeps or the trail holds; `lag` those after it that are still to be stored.
    """

    topic_id: str
    partition: int
    kafka_first: int
    kafka_after: int
    rows: int
    missing: int
    duplicates: int
    lag: int


def read(trail: Trail) -> list[Entry]:
    """What the trail holds of every partition it knows.

    Raises `TrailUnavailableError`.
    """
    return [Entry(*row) for row in trail.rows(_LEDGER)]


def account(trail: Trail, log: Mapping[Place, LogRange]) -> list[Account]:
    """Hold the trail against the log (`stream.topics.log_ranges`, asked before the trail is).

    Raises `TrailUnavailableError`.
    """
    places = sorted(log, key=lambda place: place.partition)
    return [_account(trail, place, log[place]) for place in places]


def _account(trail: Trail, place: Place, said: LogRange) -> Account:
    parameters = {
        "topic_id": place.topic_id,
        "partition": place.partition,
        "committed": said.committed,
    }
    ((rows, stored, stored_below, first),) = trail.rows(_ACCOUNT, parameters)
    crash.point("worker ledger asked")
    begin = min(said.first, first) if rows else said.first
    committed = max(begin, said.committed)
    return Account(
        topic_id=place.topic_id,
        partition=place.partition,
        kafka_first=said.first,
        kafka_after=said.after,
        rows=rows,
        missing=committed - begin - stored_below,
        duplicates=rows - stored,
        lag=max(0, said.after - committed - (stored - stored_below)),
    )


_ACCOUNT = """
SELECT
    count(), groupBitmap(offset), groupBitmapIf(offset, offset < {committed:UInt64}), min(offset)
FROM
(
    SELECT topic_id, partition, offset FROM access_events
    UNION ALL
    SELECT topic_id, partition, offset FROM rejected_events
)
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
"""

_LEDGER = """
SELECT topic_id, partition, first_offset, last_offset, rows, missing, duplicates
FROM v_ledger ORDER BY topic_id, partition
"""
