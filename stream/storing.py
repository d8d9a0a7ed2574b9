"""The order of steps that makes the trail exact: tell, store, acknowledge."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from os import _exit

from audit.codec import LONGEST_DETAIL, Rejected
from storage.chunks import Chunk, Claimed, one_after_another
from storage.rows import ACCESS_EVENTS, Place
from storage.trail import NotOursError, TrailUnavailableError, ValueRefusedError
from stream import metrics
from stream.auditing import Record, refuse
from stream.inserts import Inserts, TogetherError
from stream.topics import KafkaUnavailableError

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between tries
# So many events of a chunk may be refused by ClickHouse; beyond that, it is the table that
# refuses, which somebody must look at: the lane goes on, but slowly and saying so.
MOST_REJECTED = 100
# So many events of a partition, and so many bytes of them, are judged while others of it are being
# stored. More wait in Kafka.
MOST_WAITING = 10_000
MOST_BYTES = 64 << 20

Insert = Callable[[Claimed], Awaitable[None]]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Work:
    """A chunk on its way: where it lies in the log, whether it is ours, and whom to tell.

    `chunk` is what was made of `records`; an event that ClickHouse refuses becomes a rejected
    record in it. `is_last`: of what was fetched at a time. Once it is stored, `count` is given the
    chunk, and `acknowledge` tells the log. Neither may hold the work: in a cycle, tens of
    megabytes would stay until the garbage collector comes by.
    """

    offsets: range
    chunk: Chunk
    is_ours: Callable[[], bool]
    count: Callable[[Chunk], None]
    acknowledge: Callable[[], None]
    records: Sequence[Record]
    is_last: bool = True
    size: int = field(init=False)
    """Bytes of its records' values."""

    def __post_init__(self) -> None:
        self.size = sum(len(record.value or b"") for record in self.records)


def in_one(works: Sequence[Work]) -> Work:
    """Chunks of a partition, in the order of the log, as one: stored, and counted, at once."""
    if len(works) == 1:
        return works[0]

    def acknowledge() -> None:
        for work in works:
            work.acknowledge()

    return Work(
        range(works[0].offsets.start, works[-1].offsets.stop),
        one_after_another([work.chunk for work in works]),
        lambda: all(work.is_ours() for work in works),
        works[-1].count,
        acknowledge,
        [record for work in works for record in work.records],
        any(work.is_last for work in works),
    )


@dataclass(slots=True)
class Lane:
    """One partition's way into the trail, for as long as the worker has the partition.

    One insert at a time, in the order of the log. What is judged meanwhile goes together in the
    next: chunks that come faster than ClickHouse takes them grow until it keeps up.
    """

    inserts: Inserts
    publish: Callable[[Chunk], Awaitable[None]]
    writer: str = ""
    held: frozenset[int] | None = None
    stored_to: int = 0
    waiting: list[Work] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    storing: asyncio.Task[None] | None = None

    async def store(self, work: Work) -> None:
        """Have a chunk stored after those before it; returns while it waits, unless much does."""
        while self._is_busy() and not self._has_room(work):
            self.moved.clear()
            await self.moved.wait()
        self.waiting.append(work)
        if not self._is_busy():
            self.storing = asyncio.create_task(self._store_all())
            self.storing.add_done_callback(_look_at)

    async def empty(self) -> None:
        """Wait until nothing is being stored, nor waits for it."""
        if self.storing is not None:
            await asyncio.wait([self.storing])

    def _is_busy(self) -> bool:
        return self.storing is not None and not self.storing.done()

    def _has_room(self, work: Work) -> bool:
        works = (*self.waiting, work)
        events, size = sum(len(each.offsets) for each in works), sum(each.size for each in works)
        return events <= MOST_WAITING and size <= MOST_BYTES

    async def _store_all(self) -> None:
        while works := self._next():
            await self._store(in_one(works))

    def _next(self) -> list[Work]:
        # After a seek what waits is not ours any more, and a log that begins anew goes back.
        ours = [work for work in self.waiting if work.is_ours()]
        works = ours[:1]
        for work in ours[1:]:
            if work.offsets.start < works[-1].offsets.stop:
                break
            works.append(work)
        self.waiting = ours[len(works) :]
        self.moved.set()
        return works

    async def _store(self, work: Work) -> None:
        try:
            # Rejects and findings are published first, and again when a chunk repeats: their
            # readers know them by id. Were they last, a crash in between would lose them.
            await self._insist(self._publish, work)
            await self._insist(self._append, work)
        except NotOursError:
            return
        work.count(work.chunk)
        work.acknowledge()

    async def _insist(self, step: Callable[[Work], Awaitable[None]], work: Work) -> None:
        """Take a step, again and again while a server is away; raises `NotOursError`."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await step(work)
            except (KafkaUnavailableError, TrailUnavailableError) as error:
                metrics.RETRIES.inc()
                logger.warning("a chunk is not taken, trying again: %s", error)
            await asyncio.sleep(pause)
            _require_ours(work)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _publish(self, work: Work) -> None:
        await self.publish(work.chunk)

    async def _append(self, work: Work) -> None:
        """Store the chunk; an event that ClickHouse refuses is found by halving, and rejected."""
        pieces, rejected = [work.offsets], 0
        while pieces:
            piece = pieces.pop()
            try:
                await self._append_piece(work, piece)
            except ValueRefusedError as error:
                middle = piece.start + len(piece) // 2
                if middle > piece.start:
                    pieces += [range(middle, piece.stop), range(piece.start, middle)]
                    continue
                rejected += 1
                if rejected > MOST_REJECTED:
                    raise TrailUnavailableError("ClickHouse refuses many events") from error
                await self._reject(work, piece.start, str(error))
                pieces.append(piece)
        self.stored_to = work.offsets.stop

    async def _append_piece(self, work: Work, piece: range) -> None:
        is_last = work.is_last or piece != work.offsets  # a part has been waited for as a whole
        try:
            await self._insert(work, piece, partial(self.inserts.together, is_last=is_last))
        except TogetherError as error:
            logger.info("chunks are stored one by one, as together they were not: %s", error)
            await self._insert(work, piece, self.inserts.alone)

    async def _insert(self, work: Work, piece: range, how: Insert) -> None:
        _require_ours(work)
        first = work.offsets.start
        if self.held is None or first < self.stored_to:  # the first chunk, or a seek back
            self.held = await asyncio.to_thread(self._take_over, work.chunk.place, first)
        held, self.held = self.held, None  # until it is done, any part of it may be there
        chunk = work.chunk if piece == work.offsets else work.chunk.within(piece)
        started = time.perf_counter()
        await how(Claimed(chunk.without(held), self.writer, work.is_ours))
        self.held = held
        metrics.STAGE.labels("insert").observe(time.perf_counter() - started)

    def _take_over(self, place: Place, first: int) -> frozenset[int]:
        self.writer = self.inserts.trail.claim(place)
        return self.inserts.trail.held(place, first)

    async def _reject(self, work: Work, offset: int, why: str) -> None:
        if any(row.offset == offset for row in work.chunk.refused):
            raise TrailUnavailableError("ClickHouse takes the record not even as a rejected one")
        (record,) = [each for each in work.records if each.offset == offset]
        row = refuse(record, Rejected(metrics.REFUSED_BY_STORE, why[:LONGEST_DETAIL]))
        logger.error("ClickHouse refuses the event at offset %d; it is rejected", offset)
        await self.publish(Chunk(work.chunk.place, ACCESS_EVENTS.empty_table(), [row], []))
        work.chunk = work.chunk.refusing(row)


def _require_ours(work: Work) -> None:
    if not work.is_ours():
        raise NotOursError("the partition went to another")


def end_the_process(error: BaseException) -> None:
    """Leave at once when a chunk met an error that is not a server's.

    Going on would acknowledge later chunks around the one that failed.
    """
    logger.critical("a chunk cannot be stored; the worker stops", exc_info=error)
    logging.shutdown()
    _exit(70)


def _look_at(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        end_the_process(error)
