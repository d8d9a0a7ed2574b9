"""Are all events there that producers numbered? Each question is a function.

Four points, for each producer and hour: *emitted*, as its heartbeats count; *in Kafka*, as the
broker has acknowledged to it (or judged, where that is more: a heartbeat is ten seconds old);
*judged*, as ClickHouse noted with each insert, allowed, misuse or rejected; *stored*, as the trail
holds now. The first three cost milliseconds; the last reads the trail since the hours began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import NamedTuple

from msgspec import structs

from audit.completeness import Hole
from audit.heartbeat import SILENT_AFTER
from storage import gaps
from storage.gaps import BLOCK, Block
from storage.trail import Trail

MOST = 20
"""Holes that are named of an epoch."""

Key = tuple[str, int]
"""A producer and its epoch."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of an epoch at four points; `hour` is the producer's clock, in UTC."""

    producer: str
    epoch: int
    hour: datetime
    source: str
    emitted: int
    in_kafka: int
    judged: int
    stored: int


class Points(NamedTuple):
    """Events of all producers together."""

    emitted: int
    in_kafka: int
    judged: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """How far an epoch has come; all numbers are those of the next event.

    `heard` is how many seconds ago its last heartbeat came, None where it sends none.
    """

    producer: str
    epoch: int
    source: str
    next_sequence: int
    settled: int
    judged_to: int
    closed: bool
    followed: bool
    heard: float | None

    @property
    def key(self) -> Key:
        """Producer and epoch."""
        return self.producer, self.epoch

    @property
    def is_silent(self) -> bool:
        """Whether it fell silent without a word, and no later epoch took its place."""
        gone = self.closed or self.followed or self.heard is None
        return not gone and (self.heard or 0.0) > SILENT_AFTER

    @property
    def due(self) -> int:
        """The number below which none may be missing.

        What a living producer still holds is no hole; what one held that is gone, is.
        """
        gone = self.closed or self.followed or self.is_silent
        return max(self.judged_to, self.next_sequence if gone else self.settled)


def hours(trail: Trail, within_hours: int) -> list[Hour]:
    """What did each producer emit in each of the last hours, and where is it?

    Raises `TrailUnavailableError`.
    """
    parameters = {"hours": within_hours}
    told = trail.rows(_HOURS, parameters)
    stored = {tuple(row[:3]): row[3] for row in trail.rows(_STORED, parameters)}
    # Asked last, lest what comes meanwhile be judged and not stored; so it may be ahead.
    return [Hour(*(*row, min(stored.get(tuple(row[:3]), 0), row[4]))) for row in told]


def points(trail: Trail, within_hours: int) -> Points:
    """How many events of the last hours are at each point, short of reading the trail?

    Raises `TrailUnavailableError`.
    """
    return Points(*trail.rows(_POINTS, {"hours": within_hours})[0])


def epochs(trail: Trail, within_hours: int) -> list[Epoch]:
    """How far has each producer come of which anything was heard in the last hours?

    Raises `TrailUnavailableError`.
    """
    return [Epoch(*row) for row in trail.rows(_EPOCHS, {"hours": within_hours})]


def holes(trail: Trail, due: Sequence[Epoch], below: Mapping[Key, int]) -> list[Hole]:
    """Which numbers are missing below those that are due?

    `below` says for each epoch up to where; one that it does not name is not asked about.
    Raises `TrailUnavailableError`.
    """
    asked = [epoch for epoch in due if below.get(epoch.key)]
    judged = _blocks(trail, [epoch.key for epoch in asked])
    return [
        hole
        for epoch in asked
        for hole in _holes(trail, epoch, range(below[epoch.key]), judged.get(epoch.key, []))
    ]


def mend(trail: Trail, found: Sequence[Hole]) -> None:
    """Does the trail hold numbers of these holes all the same? Then note them as judged.

    The note is written beside the trail's rows, so an engine that died in between can lack it.
    Raises `TrailUnavailableError`.
    """
    for hole in found:
        trail.rows(_MEND, structs.asdict(hole))


def _holes(trail: Trail, epoch: Epoch, wanted: range, judged: Sequence[Block]) -> list[Hole]:
    numbers_of = partial(_numbers, trail, epoch.key)
    missing = gaps.missing(judged, wanted, numbers_of)
    if not missing:
        return []
    runs = list(islice(gaps.runs(judged, wanted, numbers_of), MOST))
    return [
        Hole(epoch.source, *epoch.key, run.start, run.stop - 1, missing - (run.stop - run.start))
        for run in runs
    ]


def _blocks(trail: Trail, keys: Sequence[Key]) -> dict[Key, list[Block]]:
    producers = sorted({producer for producer, _ in keys})
    rows = trail.rows(_BLOCKS, {"producers": producers})
    return {
        (producer, epoch): [Block(*block) for _, _, *block in told]
        for (producer, epoch), told in groupby(rows, key=lambda row: (row[0], row[1]))
    }


def _numbers(trail: Trail, key: Key, block: Block) -> list[int]:
    producer, epoch = key
    parameters = {"producer": producer, "epoch": epoch, "block": block.first // BLOCK}
    ((numbers,),) = trail.rows(_NUMBERS, parameters)
    return list(numbers)


_HOURS = """
SELECT producer, epoch, hour, source, emitted, in_kafka, judged
FROM v_producer_hours
WHERE hour > now() - toIntervalHour({hours:UInt32})
ORDER BY producer, epoch, hour
"""

_POINTS = """
SELECT sum(emitted), sum(in_kafka), sum(judged)
FROM v_producer_hours
WHERE hour > now() - toIntervalHour({hours:UInt32})
"""

# Nothing of these hours was received before their epochs' first event of them.
_STORED = """
WITH
    asked AS
    (
        SELECT producer, epoch, hour, first_sequence, after_sequence, first_received
        FROM v_producer_hours
        WHERE hour > now() - toIntervalHour({hours:UInt32}) AND judged
    ),
    held AS
    (
        SELECT producer, epoch, groupBitmapState(sequence) AS numbers
        FROM v_numbered
        WHERE received_at >= (SELECT min(first_received) FROM asked)
        GROUP BY producer, epoch
    )
SELECT
    producer, epoch, hour,
    bitmapCardinality(bitmapSubsetInRange(numbers, first_sequence, after_sequence)) AS stored
FROM asked INNER JOIN held USING (producer, epoch)
"""

_EPOCHS = """
SELECT
    producer, epoch, source, next_sequence, settled, judged_to, closing, is_followed,
    if(toUnixTimestamp(heard_at) > 0, dateDiff('millisecond', heard_at, now64(3)) / 1000, NULL)
FROM v_producer_epochs
WHERE greatest(heard_at, last_received) > now() - toIntervalHour({hours:UInt32})
ORDER BY producer, epoch
"""

_BLOCKS = """
SELECT producer, epoch, block, groupBitmapMerge(numbers), min(first), max(last)
FROM judged_numbers
WHERE producer IN {producers:Array(String)}
GROUP BY producer, epoch, block
ORDER BY producer, epoch, block
"""

_MEND = """
INSERT INTO judged_numbers
SELECT
    producer, epoch, intDiv(sequence, 65536) AS block, groupBitmapState(sequence),
    min(sequence), max(sequence), min(received_at), max(received_at), {source:String}
FROM v_numbered
WHERE producer = {producer:String} AND epoch = {epoch:UInt64}
    AND sequence BETWEEN {first:UInt64} AND {last:UInt64}
GROUP BY producer, epoch, block
"""

_NUMBERS = """
SELECT bitmapToArray(groupBitmapMergeState(numbers))
FROM judged_numbers
WHERE producer = {producer:String} AND epoch = {epoch:UInt64} AND block = {block:UInt64}
"""
