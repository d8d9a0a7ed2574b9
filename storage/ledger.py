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

    `missing` counts the offsets that should be stored and are not: between the first and the last
    stored one, those before that Kafka still keeps, and those after that were said to be stored.
    `lag` counts those that are still to be stored.
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
    entries = {Place(entry.topic_id, entry.partition): entry for entry in read(trail)}
    return [
        _account(place, said, entries.get(place) or _nothing(place, said))
        for place, said in sorted(log.items(), key=lambda item: item[0].partition)
    ]


def missing_tail(entry: Entry, committed: int) -> int:
    """How many offsets after the last stored one were said to be stored."""
    return max(0, committed - 1 - entry.last_offset)


def _nothing(place: Place, said: LogRange) -> Entry:
    return Entry(place.topic_id, place.partition, said.first, said.first - 1, 0, 0, 0)


def _account(place: Place, said: LogRange, entry: Entry) -> Account:
    stored_to = max(entry.last_offset + 1, said.committed, said.first)
    head = max(0, entry.first_offset - said.first)
    return Account(
        topic_id=place.topic_id,
        partition=place.partition,
        kafka_first=said.first,
        kafka_after=said.after,
        rows=entry.rows,
        missing=head + entry.missing + missing_tail(entry, said.committed),
        duplicates=entry.duplicates,
        lag=max(0, said.after - stored_to),
    )


_LEDGER = """
SELECT topic_id, partition, first_offset, last_offset, rows, missing, duplicates
FROM v_ledger ORDER BY topic_id, partition
"""
