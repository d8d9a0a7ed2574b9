"""What is wrong between log and trail: told apart, and named by partition and offset.

Counting finds that something is wrong; only then these questions are asked, and they are bounded:
the first `MOST` runs of offsets of a partition.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice

from storage import gaps, ledger
from storage.gaps import Block
from storage.ledger import Account, Entry, LogRange
from storage.rows import Place
from storage.trail import Trail

MOST = 20
"""Runs of offsets that are named of a partition, for each kind of fault."""

AskLog = Callable[[], Mapping[Place, LogRange]]


class Kind(StrEnum):
    """What can be wrong."""

    ROWS_MISSING = "rows_missing"
    ROWS_DOUBLED = "rows_doubled"
    TRAIL_BEHIND = "trail_behind"
    LOG_BEHIND = "log_behind"
    RECORDS_EXPIRED = "records_expired"
    RECORDS_DELETED = "records_deleted"


SAYS: Mapping[Kind, str] = {
    Kind.ROWS_MISSING: "were stored, or said to be, and are not in the trail: rows were removed",
    Kind.ROWS_DOUBLED: "stand in the trail more than once",
    Kind.TRAIL_BEHIND: "were stored and the trail ends before them: an older backup of ClickHouse "
    "was restored, or rows were removed from its end",
    Kind.LOG_BEHIND: "are in the trail and Kafka's log ends before them: an older state of the "
    "broker was restored, or it lost its end; stop the workers, for what comes next takes offsets "
    "that the trail already holds",
    Kind.RECORDS_EXPIRED: "expired in Kafka before they were stored: the workers were away for "
    "longer than the topic keeps records",
    Kind.RECORDS_DELETED: "were deleted from Kafka before they could expire and before they were "
    "stored: the topic was truncated",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A run of offsets of a partition, both ends inclusive, with which something is wrong.

    `in_kafka` says whether Kafka still holds their records, so that they can be stored again.
    """

    kind: Kind
    topic_id: str
    partition: int
    first_offset: int
    last_offset: int
    in_kafka: bool

    @property
    def offsets(self) -> int:
        """How many offsets it concerns."""
        return self.last_offset - self.first_offset + 1

    def __str__(self) -> str:
        run = f"offset {self.first_offset}"
        if self.last_offset > self.first_offset:
            run = f"offsets {self.first_offset} to {self.last_offset}"
        held = "Kafka still holds" if self.in_kafka else "Kafka does not hold"
        return f"partition {self.partition}, {run}: {SAYS[self.kind]}; {held} the records"


@dataclass(frozen=True, slots=True)
class Look:
    """The trail held against the log once: every partition, what is wrong, and earlier topics."""

    accounts: Sequence[Account]
    faults: Sequence[Fault]
    earlier: Sequence[Entry]

    @property
    def is_exact(self) -> bool:
        """Whether nothing is missing, nothing is double, and nothing else is wrong."""
        return not (self.faults or any(self._counted()))

    def _counted(self) -> Iterator[int]:
        for one in self.accounts:
            yield one.missing + one.duplicates
        for entry in self.earlier:
            yield entry.missing + entry.duplicates


def look(trail: Trail, ask: AskLog) -> Look:
    """Hold the trail against the log, which `ask` tells (`stream.topics.log_ranges`).

    Raises `TrailUnavailableError`, and what `ask` raises.
    """
    log = ask()
    accounts = ledger.account(trail, log)
    # What was stored since the log was asked must not look as if the log had lost it.
    ahead = any(one.trail_after > one.kafka_after for one in accounts)
    later = ask() if ahead else log
    found = [
        fault
        for one in accounts
        for place in (Place(one.topic_id, one.partition),)
        for fault in _faults(trail, place, one, log[place], later.get(place, log[place]))
    ]
    topics = {one.topic_id for one in accounts}
    earlier = [entry for topic_id in topics for entry in ledger.earlier(trail, topic_id)]
    return Look(accounts, found, earlier)


def _faults(
    trail: Trail, place: Place, one: Account, said: LogRange, later: LogRange
) -> Iterator[Fault]:
    if one.trail_after > later.after:
        lost = range(later.after, one.trail_after)
        yield _fault(Kind.LOG_BEHIND, place, lost, in_kafka=False)
    if one.missing:
        yield from _missing(trail, place, one, said)
    if one.duplicates:
        yield from _doubled(trail, place, said)


def _missing(trail: Trail, place: Place, one: Account, said: LogRange) -> Iterator[Fault]:
    held = ledger.blocks(trail, place)
    due = ledger.wanted(said, held)
    numbers_of = partial(ledger.offsets, trail, place)
    for run in islice(gaps.runs([block for _, block in held], due, numbers_of), MOST):
        gone = range(run.start, min(run.stop, said.first))
        kept = range(max(run.start, said.first), run.stop)
        if gone:
            yield _fault(_why_gone(trail, place, gone, said), place, gone, in_kafka=False)
        if kept:
            at_the_end = run.stop == said.committed and one.trail_after <= run.start
            kind = Kind.TRAIL_BEHIND if at_the_end else Kind.ROWS_MISSING
            yield _fault(kind, place, kept, in_kafka=True)


def _why_gone(trail: Trail, place: Place, run: range, said: LogRange) -> Kind:
    """Why neither Kafka nor the trail has these.

    They came after the row before them, and were gone when the row after them was stored: only if
    that is as long as Kafka keeps records can they have expired. Where they end at the beginning
    of the log it is Kafka that let them go; elsewhere rows were removed whose records Kafka has
    let go since.
    """
    bound = {**ledger.bound(place), "before": run.start - 1, "after": run.stop}
    ((received, stored, now),) = trail.rows(_AROUND, bound)
    if said.keeps is not None and (stored or now) - (received or 0) >= said.keeps:
        return Kind.RECORDS_EXPIRED
    cut = run.stop == said.first or said.committed <= run.start
    return Kind.RECORDS_DELETED if cut else Kind.ROWS_MISSING


def _doubled(trail: Trail, place: Place, said: LogRange) -> Iterator[Fault]:
    doubled = (block for rows, block in ledger.blocks(trail, place) if rows > block.distinct)
    named = (offset for block in doubled for offset in _repeated(trail, place, block))
    for offset in islice(named, MOST):
        run = range(offset, offset + 1)
        yield _fault(Kind.ROWS_DOUBLED, place, run, in_kafka=said.first <= offset < said.after)


def _repeated(trail: Trail, place: Place, block: Block) -> list[int]:
    offsets = Counter(ledger.offsets(trail, place, block))
    return sorted(offset for offset, rows in offsets.items() if rows > 1)


def _fault(kind: Kind, place: Place, run: range, *, in_kafka: bool) -> Fault:
    return Fault(kind, place.topic_id, place.partition, run.start, run.stop - 1, in_kafka)


# Milliseconds since 1970, 0 where there is no such row.
_AROUND = """
SELECT
    maxIf(toUnixTimestamp64Milli(received_at), offset = {before:Int64}),
    maxIf(toUnixTimestamp64Milli(ingested_at), offset = {after:Int64}),
    toUnixTimestamp64Milli(now64(3))
FROM
(
    SELECT topic_id, partition, offset, received_at, ingested_at FROM access_events
    UNION ALL
    SELECT topic_id, partition, offset, received_at, ingested_at FROM rejected_events
)
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
    AND offset IN ({before:Int64}, {after:Int64})
"""
