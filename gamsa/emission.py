"""The simulated day, emitted by its three services in a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gamsa.errors import Unavailable
from producers import city, simulation
from producers.scene import KST
from producers.truth import Planted

# A full spool makes the services wait, for as long as a broker may take to come back.
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Day:
    """Which day to live, and how fast: `rate` in events per second, 0 for as fast as it goes."""

    seed: int
    events: int
    rate: float
    on: date


@dataclass(slots=True)
class Emission:
    """What has been emitted so far: the emitting thread writes it, others read it."""

    ids: list[str] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False
    away: Unavailable | None = None
    """Why nobody takes the rest: it is not waited for then, but discarded."""
    stop: threading.Event = field(default_factory=threading.Event)


def yesterday() -> date:
    """Tell the last day that is over in Seoul, so that no event of it lies in the future."""
    return (datetime.now(UTC).astimezone(KST) - timedelta(days=1)).date()


@contextmanager
def emitting(day: Day, kafka: str, home: Path) -> Iterator[Emission]:
    """Emit the day while the caller looks on; at the end stop, and raise what went wrong."""
    emission = Emission()
    thread = threading.Thread(target=_emit, args=(emission, day, kafka, home), daemon=True)
    thread.start()
    try:
        yield emission
    except Unavailable as away:
        emission.away = away
        raise
    finally:
        emission.stop.set()
        thread.join()
    if emission.error is not None:
        raise emission.error


def discarded(kafka: str, done: simulation.Emitted) -> Unavailable:
    """Say that the broker has not taken the whole day, why, and what becomes of the rest."""
    return Unavailable(
        f"Kafka at {kafka} has not taken the events: {done.trouble}; {done.failed} are discarded, "
        "no later run sends them; see to the broker and simulate the day again"
    )


def _emit(emission: Emission, day: Day, kafka: str, home: Path) -> None:
    try:
        with simulation.open_logs(kafka, home, patience=PATIENCE_SECONDS) as logs:
            roster = city.roster(seed=day.seed, on=day.on, events=day.events)
            done = simulation.emit(_noted(emission, day), logs, roster=roster, rate=day.rate)
        if done.trouble is not None:
            emission.error = discarded(kafka, done)
    except BaseException as error:  # noqa: BLE001  it is raised where the caller is
        emission.error = error
    finally:
        emission.done = True


def _noted(emission: Emission, day: Day) -> Iterator[city.Happening]:
    """Live the day until told to stop, noting each event and what was planted."""
    for happening in city.day(seed=day.seed, on=day.on, events=day.events):
        if emission.stop.is_set():
            if emission.away is not None:
                raise emission.away
            return
        emission.ids.append(happening.event.id)
        if happening.planted is not None:
            emission.planted.append(happening.planted)
        yield happening
