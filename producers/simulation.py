"""A simulated day, emitted: each service's events through an access log of its own."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from producers.access_log import AccessLog
from producers.city import Happening
from producers.errors import SpoolFullError, UndeliveredError
from producers.identity import locked
from producers.scene import SOURCES
from producers.truth import Planted

FLUSH_SECONDS = 30.0


class Emitted(NamedTuple):
    """What became of a day: `failed` counts events that the broker has not acknowledged.

    `trouble` is why, or why the day stopped early.
    """

    emitted: int
    acknowledged: int
    failed: int
    planted: tuple[Planted, ...]
    trouble: str | None


@contextmanager
def open_logs(bootstrap: str, home: Path, **settings: Any) -> Iterator[Mapping[str, AccessLog]]:
    """Open the access log of each simulated service, by source, with a spool for this run only.

    `emit` waits for the broker, so the end does not: what is not acknowledged by then is
    discarded with the spool, lest a later run send it, perhaps to another broker.
    """
    with _run_folder(home / "simulations") as own, ExitStack() as stack:
        logs = {}
        for service, source in SOURCES.items():
            logs[source] = AccessLog(service, bootstrap=bootstrap, home=own, **settings)
            stack.callback(_discard, logs[source])
        yield logs


def _discard(log: AccessLog) -> None:
    with suppress(UndeliveredError):
        log.close(timeout=0)


@contextmanager
def _run_folder(runs: Path) -> Iterator[Path]:
    """Make a folder that goes with its run; also remove those of runs that were killed."""
    runs.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        with locked(runs / ".lock"):
            for folder in runs.glob("run-*"):
                _remove_if_dead(folder)
            own = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
            stack.callback(shutil.rmtree, own)
            stack.enter_context(locked(own / ".lock"))
        yield own


def _remove_if_dead(folder: Path) -> None:
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder)
    finally:
        os.close(lock)


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
    trouble: str | None = None
    began = time.monotonic()
    emitted = 0
    for number, happening in enumerate(happenings, 1):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        try:
            logs[happening.event.source].emit(happening.event)
        except SpoolFullError as error:
            trouble = str(error)
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
            trouble = trouble or error.cause
    counts = [log.counts for log in logs.values()]
    return Emitted(
        emitted,
        sum(count.acknowledged for count in counts),
        sum(count.pending + count.failed for count in counts),
        tuple(planted),
        trouble,
    )
