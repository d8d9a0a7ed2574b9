"""A simulated day, emitted: each service's accesses and business events through its own logs."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from producers.access_log import AccessLog
from producers.business_log import BusinessLog, RosterLog
from producers.city import Happening
from producers.errors import SpoolFullError, UndeliveredError
from producers.identity import locked
from producers.scene import SOURCES
from producers.spooled_log import SpooledLog
from producers.truth import Planted
from producers.wire import RosterEntry

FLUSH_SECONDS = 30.0
Log = TypeVar("Log", bound=SpooledLog)


class Emitted(NamedTuple):
    """What became of a day: `failed` counts accesses that the broker has not acknowledged.

    `trouble` is why, or why the day stopped early.
    """

    emitted: int
    acknowledged: int
    failed: int
    planted: tuple[Planted, ...]
    trouble: str | None


class Logs(NamedTuple):
    """The logs of the simulated services: those of accesses and business events by source."""

    access: Mapping[str, AccessLog]
    business: Mapping[str, BusinessLog]
    roster: RosterLog


@contextmanager
def open_logs(bootstrap: str, home: Path, **settings: Any) -> Iterator[Logs]:
    """Open the logs of each simulated service, with a spool for this run only.

    `emit` waits for the broker, so the end does not: what is not acknowledged by then is
    discarded with the spool, lest a later run send it, perhaps to another broker.
    """
    with _run_folder(home / "simulations") as own, ExitStack() as stack:

        def opened(kind: type[Log], service: str) -> Log:
            log = kind(service, bootstrap=bootstrap, home=own, **settings)
            stack.callback(_discard, log)
            return log

        yield Logs(
            {source: opened(AccessLog, service) for service, source in SOURCES.items()},
            {source: opened(BusinessLog, service) for service, source in SOURCES.items()},
            opened(RosterLog, "personnel"),
        )


def _discard(log: SpooledLog) -> None:
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
    logs: Logs,
    *,
    roster: Iterable[RosterEntry] = (),
    rate: float = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> Emitted:
    """Emit the day in order and wait for the broker; at most `rate` accesses a second, 0 for all.

    The roster goes first. `progress` is told how many accesses have been emitted. Stops early
    when the spool is full; waits for the broker at most FLUSH_SECONDS in all. What went wrong is
    in what is returned.
    """
    planted = []
    trouble: str | None = None
    began = time.monotonic()
    emitted = 0
    for entry in roster:
        logs.roster.emit(entry)
    for number, happening in enumerate(happenings, 1):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        try:
            for fact in happening.facts:
                logs.business[fact.source].emit(fact)
            logs.access[happening.event.source].emit(happening.event)
        except SpoolFullError as error:
            trouble = str(error)
            break
        emitted = number
        if happening.planted is not None:
            planted.append(happening.planted)
        progress(emitted)
    deadline = time.monotonic() + FLUSH_SECONDS
    for log in (*logs.access.values(), *logs.business.values(), logs.roster):
        try:
            log.flush(max(0.0, deadline - time.monotonic()))
        except UndeliveredError as error:
            trouble = trouble or error.cause
    counts = [log.counts for log in logs.access.values()]
    return Emitted(
        emitted,
        sum(count.acknowledged for count in counts),
        sum(count.pending + count.failed for count in counts),
        tuple(planted),
        trouble,
    )
