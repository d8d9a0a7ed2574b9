"""The offset ledger: every record of the log stands in the trail once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import crash
from storage import gaps
from storage.gaps import Block
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
    workers said that everything is stored (0 where they have said nothing). `keeps`: for how many
    milliseconds Kafka keeps a record at least; None for ever, 0 where its room is bounded.
    """

    first: int
    after: int
    committed: int
    keeps: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One partition of the log against the trail.

    `missing` counts the offsets that were said to be stored and are not, from the first that Kafka
    keeps or the trail holds, and those that Kafka let go before they were stored; `lag` those that
    are still to be stored. `trail_after` is where the trail ends, 0 where it holds nothing.
    """

    topic_id: str
    partition: int
    kafka_first: int
    kafka_after: int
    trail_after: int
    rows: int
    missing: int
    duplicates: int
    lag: int


def read(trail: Trail) -> list[Entry]:
    """What the trail holds of every partition it knows.

    Raises `TrailUnavailableError`.
    """
    return [Entry(*row) for row in trail.rows(_LEDGER)]


def earlier(trail: Trail, topic_id: str) -> list[Entry]:
    """What the trail holds of topics that were made before this one, and deleted.

    Raises `TrailUnavailableError`.
    """
    return [Entry(*row) for row in trail.rows(_EARLIER, {"topic_id": topic_id})]


def account(trail: Trail, log: Mapping[Place, LogRange]) -> list[Account]:
    """Hold the trail against the log (`stream.topics.log_ranges`, asked before the trail is).

    Raises `TrailUnavailableError`.
    """
    places = sorted(log, key=lambda place: place.partition)
    return [_account(trail, place, log[place]) for place in places]


def count(trail: Trail, log: Mapping[Place, LogRange]) -> dict[Place, int]:
    """How many rows stand below what was said to be stored, for each partition.

    The engine answers from its index, in milliseconds whatever the trail holds: between two looks
    the rows must grow by as much as what was said to be stored. A row removed and another one
    doubled cancel out here; `account` tells them apart.
    Raises `TrailUnavailableError`.
    """
    return {place: _count(trail, place, said.committed) for place, said in log.items()}


def blocks(trail: Trail, place: Place) -> list[tuple[int, Block]]:
    """The blocks of a partition's offsets that the trail holds, each with its rows, lowest first.

    Raises `TrailUnavailableError`.
    """
    answer = trail.rows(_BLOCKS, bound(place))
    return [(rows, Block(*block)) for rows, *block in answer]


def offsets(trail: Trail, place: Place, block: Block) -> list[int]:
    """The offsets of a block that the trail holds."""
    within = {"first": block.first, "last": block.last}
    return [offset for (offset,) in trail.rows(_OFFSETS, {**bound(place), **within})]


def wanted(said: LogRange, held: Sequence[tuple[int, Block]]) -> range:
    """The offsets of a partition that must be in the trail.

    What Kafka let go after the trail began will never be stored, so it is wanted too.
    """
    known = bool(held or said.committed)
    begin = min(said.first, held[0][1].first if held else said.committed or said.first)
    return range(begin, max(begin, said.committed, said.first if known else 0))


def _account(trail: Trail, place: Place, said: LogRange) -> Account:
    held = blocks(trail, place)
    crash.point("worker ledger asked")
    rows, distinct = sum(rows for rows, _ in held), sum(block.distinct for _, block in held)
    due = wanted(said, held)
    there = [block for _, block in held]
    missing = gaps.missing(there, due, partial(offsets, trail, place))
    return Account(
        topic_id=place.topic_id,
        partition=place.partition,
        kafka_first=said.first,
        kafka_after=said.after,
        trail_after=there[-1].last + 1 if there else 0,
        rows=rows,
        missing=missing,
        duplicates=rows - distinct,
        lag=max(0, said.after - due.stop - (distinct - len(due) + missing)),
    )


def _count(trail: Trail, place: Place, below: int) -> int:
    ((judged, rejected),) = trail.rows(_COUNT, {**bound(place), "below": below})
    return int(judged + rejected)


def bound(place: Place) -> dict[str, object]:
    """A place as a query's parameters."""
    return {"topic_id": place.topic_id, "partition": place.partition}


_PLACE = "topic_id = {topic_id:String} AND partition = {partition:UInt32}"

_BLOCKS = f"""
SELECT rows, block, distinct, first, last FROM v_offset_blocks WHERE {_PLACE} ORDER BY block
"""  # noqa: S608  the text is ours, the values are bound

_OFFSETS = f"""
SELECT offset FROM
(
    SELECT topic_id, partition, offset FROM access_events
    UNION ALL
    SELECT topic_id, partition, offset FROM rejected_events
)
WHERE {_PLACE} AND offset BETWEEN {{first:UInt64}} AND {{last:UInt64}}
"""  # noqa: S608  the text is ours, the values are bound

_COUNT = f"""
SELECT
    (SELECT count() FROM access_events WHERE {_PLACE} AND offset < {{below:UInt64}}),
    (SELECT count() FROM rejected_events WHERE {_PLACE} AND offset < {{below:UInt64}})
"""  # noqa: S608  the text is ours, the values are bound

_EARLIER = """
SELECT topic_id, partition, first_offset, last_offset, rows, missing, duplicates
FROM v_ledger WHERE topic_id != {topic_id:String} ORDER BY topic_id, partition
"""

_LEDGER = """
SELECT topic_id, partition, first_offset, last_offset, rows, missing, duplicates
FROM v_ledger ORDER BY topic_id, partition
"""
