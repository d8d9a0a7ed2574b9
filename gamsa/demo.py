"""The demo: a simulated day goes the whole way, and what is found is held against the truth."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gamsa import local_stack, run
from gamsa.demo_view import Figures
from gamsa.emission import Emission
from gamsa.errors import Unavailable
from gamsa.home import private_folder
from gamsa.ledger import account
from gamsa.local_stack import Stack
from gamsa.run import Held, Start
from gamsa.servers import away_is_unavailable
from gamsa.settings import Settings
from storage.trail import Trail, TrailUnavailableError, connect

# As long as something is still being stored we wait; after this pause it is taken as lost.
STALLED_SECONDS = 60.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended; `stored` counts this run's events, each once."""

    emitted: int
    stored: int
    rejected: int
    misuse: int
    missing: int
    duplicates: int
    precision: float
    recall: float

    @property
    def is_exact(self) -> bool:
        """Whether everything emitted is stored, and the ledger has no gap and nothing twice."""
        return self.stored == self.emitted and not (self.missing or self.duplicates)

    @property
    def is_right(self) -> bool:
        """Whether just the misuse that was planted is found, each for its own reasons."""
        return self.precision == 1 and self.recall == 1


@contextmanager
def only_demo(home: Path) -> Iterator[None]:
    """Be the only demo of the home: two would stop each other's stack and count each other.

    Raises Unavailable when another one runs.
    """
    with (private_folder(home) / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"another demo runs in {home}; end it first, or set GAMSA_HOME to another folder"
            ) from None
        yield


@contextmanager
def some_stack(settings: Settings) -> Iterator[Stack]:
    """Use the stack that runs in the home, or run one as long as this lasts."""
    running = local_stack.find(settings.home)
    if running is not None:
        yield local_stack.ask_for_workers(settings.home, 1)
        return
    with local_stack.bound_stack(settings, workers=1) as own:
        yield own


class Run:
    """One run of the simulated day through a stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.emission = Emission()
        with away_is_unavailable(stack.clickhouse):
            self.trail = Trail(connect(stack.clickhouse))
            self.start: Start = run.begin(stack.kafka)
        self.held = Held()
        self.began = self.moved = time.monotonic()
        self.accounts = account(stack.kafka, stack.clickhouse)

    def look(self) -> Figures:
        """Ask the trail how far it is; keeps the last answer while ClickHouse is away.

        Raises Unavailable when the stack was stopped: nobody starts its parts again.
        """
        if local_stack.find(self.stack.home) is None:
            raise Unavailable(
                f"the stack of {self.stack.home} was stopped while the demo used it; "
                "start it with `gamsa up --detach` and run the demo again"
            )
        try:
            held = run.held(self.trail, self.start)
            self.accounts = account(self.stack.kafka, self.stack.clickhouse)
        except (TrailUnavailableError, Unavailable):
            held = self.held
        if held != self.held or not self.emission.done:
            self.moved = time.monotonic()
        self.held = held
        return self.figures()

    def figures(self) -> Figures:
        """What was seen last."""
        missing = sum(one.missing for one in self.accounts)
        duplicates = sum(one.duplicates for one in self.accounts)
        seconds = self.moved - self.began
        return Figures(len(self.emission.ids), self.held, missing, duplicates, seconds)

    @property
    def is_over(self) -> bool:
        """Whether all that was emitted is stored, or nothing has moved for too long."""
        if not self.emission.done or self.emission.error is not None:
            return self.emission.done
        stalled = time.monotonic() - self.moved > STALLED_SECONDS
        return stalled or self._is_all_there()

    def _is_all_there(self) -> bool:
        """Whether every event of ours is stored; others may have stored theirs meanwhile."""
        if self.held.stored < len(self.emission.ids):
            return False
        return self._judged().keys() >= set(self.emission.ids)

    def _judged(self) -> dict[str, frozenset[str]]:
        with away_is_unavailable(self.stack.clickhouse):
            return run.judged(self.trail, self.start)

    def outcome(self) -> Outcome:
        """Hold the trail against what was emitted and against what was planted."""
        ids = set(self.emission.ids)
        found = {event: checks for event, checks in self._judged().items() if event in ids}
        precision, recall = run.accuracy(found, self.emission.planted)
        figures = self.look()
        return Outcome(
            emitted=len(self.emission.ids),
            stored=len(found),
            rejected=self.held.rejected,
            misuse=sum(bool(checks) for checks in found.values()),
            missing=figures.missing,
            duplicates=figures.duplicates,
            precision=precision,
            recall=recall,
        )
