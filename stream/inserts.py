"""What a worker stores at the same time goes into ClickHouse together.

An insert costs ClickHouse some 50 ms of CPU however few rows it brings: parts to write, and later
to merge. So few rows wait for those that were fetched with them; and while an insert runs, what
comes gathers for the next. The busier ClickHouse is, the fewer and larger are its inserts.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.chunks import Claimed
from storage.trail import Trail

MOST_ROWS = 60_000  # of one insert, unless a single chunk has more
ENOUGH = 10_000  # rows: they wait for nobody
LONGEST_WAIT = 0.5  # seconds that fewer rows wait for the others of their fetch
AT_ONCE = 4  # inserts of enough rows: with fewer, the worker and ClickHouse wait for each other


class TogetherError(Exception):
    """An insert of several chunks failed; what became of each is not known."""


Waiting = tuple[Claimed, asyncio.Future[None]]


@dataclass(slots=True)
class Inserts:
    """All that a worker stores goes through here."""

    trail: Trail
    _waiting: list[Waiting] = field(default_factory=list)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = None

    async def alone(self, piece: Claimed) -> None:
        """Store a chunk in an insert of its own; raises as `Trail.append_all`."""
        await asyncio.to_thread(self.trail.append_all, [piece])

    async def together(self, piece: Claimed, *, is_last: bool = False) -> None:
        """Store a chunk in the next insert, with whatever else is ready.

        `is_last`: of its fetch, so that there is nothing to wait for. Raises as `Trail.append_all`
        where the chunk was the only one, and else `TogetherError`.
        """
        loop = asyncio.get_running_loop()
        stored = loop.create_future()
        self._waiting.append((piece, stored))
        if is_last or self._is_enough():
            self._begin()
        elif self._timer is None:
            self._timer = loop.call_later(LONGEST_WAIT, self._begin)
        await stored

    def _begin(self) -> None:
        """Begin the next insert, unless what waits may gather while others run."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        at_once = AT_ONCE if self._is_enough() else 1
        if self._waiting and len(self._running) < at_once:
            task = asyncio.create_task(self._insert(self._next()))
            self._running.add(task)
            task.add_done_callback(self._go_on)

    def _go_on(self, done: asyncio.Task[None]) -> None:
        self._running.remove(done)
        if not done.cancelled():
            self._begin()

    def _is_enough(self) -> bool:
        return sum(_rows(piece) for piece, _ in self._waiting) >= ENOUGH

    async def _insert(self, batch: Sequence[Waiting]) -> None:
        error: BaseException | None = None
        try:
            await asyncio.to_thread(self.trail.append_all, [piece for piece, _ in batch])
        except Exception as failed:  # noqa: BLE001  each of those who wait hears it
            error = failed if len(batch) == 1 else TogetherError(str(failed))
        _tell(batch, error)

    def _next(self) -> list[Waiting]:
        rows, batch = 0, list[Waiting]()
        while self._waiting:
            rows += _rows(self._waiting[0][0])
            if batch and rows > MOST_ROWS:
                break
            batch.append(self._waiting.pop(0))
        return batch


def _rows(piece: Claimed) -> int:
    return int(piece.chunk.judged.num_rows) + len(piece.chunk.refused)


def _tell(batch: Sequence[Waiting], error: BaseException | None) -> None:
    for _, stored in batch:
        if stored.done():  # whoever waited for it was cancelled
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
