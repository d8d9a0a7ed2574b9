"""A simulated day, emitted: each service's events through an access log of its own."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from producers.access_log import AccessLog
from producers.city import Happening
from producers.scene import SOURCES
from producers.truth import Planted


class Emitted(NamedTuple):
    """What became of a day: `failed` counts events that the broker has not acknowledged."""

    emitted: int
    acknowledged: int
    failed: int
    planted: tuple[Planted, ...]


@contextmanager
def open_logs(bootstrap: str, home: Path, **settings: Any) -> Iterator[Mapping[str, AccessLog]]:
    """Open the access log of each simulated service, by source; closed, so flushed, at the end.

    Raises UndeliveredError at the end when something is not acknowledged.
    """
    with ExitStack() as stack:
        yield {
            source: stack.enter_context(
                AccessLog(service, bootstrap=bootstrap, home=home, **settings)
            )
            for service, source in SOURCES.items()
        }


def emit(
    happenings: Iterable[Happening],
    logs: Mapping[str, AccessLog],
    *,
    rate: float = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> Emitted:
    """Emit the day in order and wait for the broker; at most `rate` events a second, 0 for all.

    `progress` is told how many have been emitted. Raises SpoolFullError when the broker is away
    too long, UndeliveredError when it does not acknowledge.
    """
    planted = []
    began = time.monotonic()
    emitted = 0
    for emitted, happening in enumerate(happenings, 1):
        if rate:
            time.sleep(max(0.0, began + emitted / rate - time.monotonic()))
        logs[happening.event.source].emit(happening.event)
        if happening.planted is not None:
            planted.append(happening.planted)
        progress(emitted)
    for log in logs.values():
        log.flush()
    counts = [log.counts for log in logs.values()]
    return Emitted(
        emitted,
        sum(count.acknowledged for count in counts),
        sum(count.pending + count.failed for count in counts),
        tuple(planted),
    )
