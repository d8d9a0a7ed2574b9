"""The order of steps that makes the trail exact: tell, store, acknowledge."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from os import _exit

from storage.trail import Chunk, NotOursError, Trail, TrailUnavailableError
from stream import metrics

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between tries

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """A chunk on its way: where it lies in the log, whether it is ours, and whom to tell."""

    offsets: range
    chunk: Chunk
    is_ours: Callable[[], bool]
    acknowledge: Callable[[], None]


@dataclass(slots=True)
class Lane:
    """One partition's way into the trail, for as long as the worker has the partition.

    One chunk is stored at a time, in the order of the log, while the next is being judged.
    """

    trail: Trail
    publish: Callable[[Chunk], Awaitable[None]]
    held: frozenset[int] | None = None
    stored_to: int = 0
    storing: asyncio.Task[None] = field(default_factory=lambda: asyncio.create_task(_nothing()))

    async def store(self, work: Work) -> None:
        """Start storing a chunk, once the one before it is stored."""
        await self.storing
        self.storing = asyncio.create_task(self._store(work))
        self.storing.add_done_callback(_look_at)

    async def _store(self, work: Work) -> None:
        # Rejects and findings are published first, and again when a chunk repeats: their readers
        # know them by id. Were they last, a crash in between would lose them.
        await self.publish(work.chunk)
        pause = FIRST_PAUSE
        while work.is_ours():
            try:
                await self._append(work)
            except NotOursError:
                return
            except TrailUnavailableError as error:
                self.held = None  # any part of the chunk may be there now
                metrics.RETRIES.inc()
                logger.warning("ClickHouse did not take a chunk, trying again: %s", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                work.acknowledge()
                return

    async def _append(self, work: Work) -> None:
        first = work.offsets.start
        if self.held is None or first < self.stored_to:  # the first chunk, or a seek back
            self.held = await asyncio.to_thread(self.trail.held, work.chunk.place, first)
        missing = work.chunk.without(self.held)
        started = time.perf_counter()
        await asyncio.to_thread(self.trail.append, missing, work.is_ours)
        self.stored_to = work.offsets.stop
        metrics.STAGE.labels("insert").observe(time.perf_counter() - started)


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


async def _nothing() -> None:
    """Stand in for the chunk before the first."""
