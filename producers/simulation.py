"""A simulated day, emitted: each service's events through an access log of its own."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from producers.access_log import AccessLog
from producers.city import Happening
from producers.errors import AccessLogError, SpoolFullError, UndeliveredError
from producers.scene import SOURCES
from producers.truth import Planted

FLUSH_SECONDS = 30.0


class Emitted(NamedTuple):
    """What became of a day: `failed` counts events that the broker has not acknowledged.

    `trouble` is why, or why the day stopped early. `acknowledged` and `failed` also count what an
    earlier process had left in the spool: `left` of them.
    """

    emitted: int
    acknowledged: int
    failed: int
    planted: tuple[Planted, ...]
    left: int
    trouble: AccessLogError | None


@contextmanager
def open_logs(bootstrap: str, home: Path, **settings: Any) -> Iterator[Mapping[str, AccessLog]]:
    """Open the access log of each simulated service, by source.

    `emit` waits for the broker, so the end does not: it raises UndeliveredError at once when
    something is not acknowledged.
    """
    with ExitStack() as stack:
        logs = {}
        for service, source in SOURCES.items():
            logs[source] = AccessLog(service, bootstrap=bootstrap, home=home, **settings)
            stack.callback(logs[source].close, timeout=0)
        yield logs


def emit(
    happenings: Iterable[Happening],
    logs: Mapping[str, AccessLog],
    *,
    rate: float = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> Emitted:
    """Emit the day in order and wait for the broker; at most `rate` events a second, 0 for all.

    `progress` is told how many have been emitted. Stops early when the spool is full; waits for
    the broker at most FLUSH_SECONDS in all. What went wrong is in what is returned.
    """
    planted = []
    trouble: AccessLogError | None = None
    left = sum(log.counts.recorded for log in logs.values())
    began = time.monotonic()
    emitted = 0
    for number, happening in enumerate(happenings, 1):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        try:
            logs[happening.event.source].emit(happening.event)
        except SpoolFullError as error:
            trouble = error
            break
        emitted = number
        if happening.planted is not None:
            planted.append(happening.planted)
        progress(emitted)
    deadline = time.monotonic() + FLUSH_SECONDS
    for log in logs.values():
        try:
            log.flush(max(0.0, deadline - time.monotonic()))
        except UndeliveredError as error:
            trouble = trouble or error
    counts = [log.counts for log in logs.values()]
    return Emitted(
        emitted,
        sum(count.acknowledged for count in counts),
        sum(count.pending + count.failed for count in counts),
        tuple(planted),
        left,
        trouble,
    )
