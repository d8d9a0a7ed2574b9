"""Holes in producers' numbers, once nothing can be on its way any more, as findings."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from audit.completeness import Hole
from storage import reconcile
from storage.ledger import LogRange
from storage.reconcile import Epoch, Key
from storage.rows import Place
from storage.trail import Trail

GRACE = 30.0
"""Seconds that an event may come later than one that was numbered after it."""
LOOK_BACK = 7 * 24
"""Hours: an epoch of which nothing was heard for as long is not looked at."""

Log = Mapping[Place, LogRange]


class Seen(NamedTuple):
    """What was due at a moment, and where the log ended then."""

    at: float
    ends: Mapping[Place, int]
    due: Mapping[Key, int]


def numbered(trail: Trail) -> Sequence[Epoch]:
    """How far each producer has come of which anything was heard lately.

    Raises `TrailUnavailableError`.
    """
    return reconcile.epochs(trail, LOOK_BACK)


@dataclass(slots=True)
class ProducerWatch:
    """What a worker knows of the producers.

    A number counts as missing if it was due `grace` seconds ago, and all that stood in the log
    at that time has been stored since: a worker that is behind makes no holes.
    """

    trail: Trail
    grace: float = GRACE
    waiting: deque[Seen] = field(default_factory=lambda: deque(maxlen=1_000))
    ripe: Mapping[Key, int] = field(default_factory=dict)

    def look(self, epochs: Sequence[Epoch], log: Log) -> list[Hole]:
        """Look once. The log was asked after the epochs, so that it has all that is due of them.

        Raises `TrailUnavailableError`.
        """
        now = time.monotonic()
        ends = {place: said.after for place, said in log.items()}
        self.waiting.append(Seen(now, ends, {epoch.key: epoch.due for epoch in epochs}))
        while self.waiting and self._is_ripe(self.waiting[0], now, log):
            self.ripe = self.waiting.popleft().due
        return self.missing(epochs)

    def missing(self, epochs: Sequence[Epoch]) -> list[Hole]:
        """What is missing by now of what counted at the last look, raising as it does."""
        return reconcile.holes(self.trail, epochs, self.ripe)

    def _is_ripe(self, seen: Seen, now: float, log: Log) -> bool:
        stored = all(
            max(said.committed, said.first) >= seen.ends.get(place, 0)
            for place, said in log.items()
        )
        return stored and now - seen.at >= self.grace
