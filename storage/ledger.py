"""The offset ledger: every record of the log stands in the trail once."""

from collections.abc import Mapping
from dataclasses import dataclass

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
class Account:
    """One partition of the log against the trail.

    `missing` counts offsets below the last stored one, those that Kafka still keeps before the
    first stored one included; `lag` those after it, which are still to be stored.
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


def account(trail: Trail, log: Mapping[Place, tuple[int, int]]) -> list[Account]:
    """Hold the trail against the log's offsets (`stream.topics.log_ranges`).

    Raises `TrailUnavailableError`.
    """
    entries = {Place(entry.topic_id, entry.partition): entry for entry in read(trail)}
    return [
        _account(place, *offsets, entries.get(place))
        for place, offsets in sorted(log.items(), key=lambda item: item[0].partition)
    ]


def _account(place: Place, first: int, after: int, entry: Entry | None) -> Account:
    if entry is None:
        return Account(place.topic_id, place.partition, first, after, 0, 0, 0, after - first)
    return Account(
        place.topic_id,
        place.partition,
        first,
        after,
        entry.rows,
        entry.missing + max(0, entry.first_offset - first),
        entry.duplicates,
        max(0, after - 1 - max(entry.last_offset, first - 1)),
    )


_LEDGER = """
SELECT topic_id, partition, first_offset, last_offset, rows, missing, duplicates
FROM v_ledger ORDER BY topic_id, partition
"""
