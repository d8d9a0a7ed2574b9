"""Of a worker with many partitions, chunks that are ready at the same time are stored together.

An insert costs ClickHouse some 50 ms of CPU however few rows it brings: parts to write, and later
to merge. While a few run, the chunks of other partitions gather, and go together in the next.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.chunks import Claimed
from storage.trail import Trail

MOST_ROWS = 60_000  # of one insert, unless a single chunk has more
AT_ONCE = 4  # inserts: with fewer, the worker and ClickHouse wait for each other


class TogetherError(Exception):
    """An insert of several chunks failed; what became of each is not known."""


Waiting = tuple[Claimed, asyncio.Future[None]]


@dataclass(slots=True)
class Inserts:
    """All that a worker stores goes through here."""

    trail: Trail
    _waiting: list[Waiting] = field(default_factory=list)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def alone(self, piece: Claimed) -> None:
        """Store a chunk in an insert of its own; raises as `Trail.append_all`."""
        await asyncio.to_thread(self.trail.append_all, [piece])

    async def together(self, piece: Claimed) -> None:
        """Store a chunk in the next insert, with whatever else is ready.

        Raises as `Trail.append_all` where it was the only one, and else `TogetherError`.
        """
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((piece, stored))
        self._running = {task for task in self._running if not task.done()}
        if len(self._running) < AT_ONCE:
            self._running.add(asyncio.create_task(self._run()))
        await stored

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next()
            error: BaseException | None = None
            try:
                await asyncio.to_thread(self.trail.append_all, [piece for piece, _ in batch])
            except Exception as failed:  # noqa: BLE001  each of those who wait hears it
                error = failed if len(batch) == 1 else TogetherError(str(failed))
            _tell(batch, error)

    def _next(self) -> list[Waiting]:
        rows, batch = 0, list[Waiting]()
        while self._waiting:
            rows += self._waiting[0][0].chunk.judged.num_rows
            if batch and rows > MOST_ROWS:
                break
            batch.append(self._waiting.pop(0))
        return batch


def _tell(batch: Sequence[Waiting], error: BaseException | None) -> None:
    for _, stored in batch:
        if stored.done():  # whoever waited for it was cancelled
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
