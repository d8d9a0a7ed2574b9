"""How much one asker may ask in a time, and at the same time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_MOST_KEYS = 10_000


@dataclass(slots=True)
class Allowance:
    """So many requests at once, and as many again within `seconds`, for each asker.

    `clock` tells seconds and never goes back.
    """

    burst: int
    seconds: float
    clock: Callable[[], float]
    _used: dict[str, tuple[float, float]] = field(default_factory=dict)
    """How much each has used, and when that was so."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, asker: str) -> float:
        """Use one request up; return the seconds to wait where none is left, else 0."""
        with self._lock:
            now, rate = self.clock(), self.burst / self.seconds
            used, at = self._used.get(asker, (0.0, now))
            used = max(0.0, used - (now - at) * rate)
            if used + 1 > self.burst:
                return (used + 1 - self.burst) / rate
            if len(self._used) >= _MOST_KEYS:
                self._forget(now, rate)
            self._used[asker] = used + 1, now
            return 0.0

    def _forget(self, now: float, rate: float) -> None:
        """Drop whoever has everything left again; everybody, should that be nobody."""
        self._used = {
            asker: (used, at)
            for asker, (used, at) in self._used.items()
            if used > (now - at) * rate
        }
        if len(self._used) >= _MOST_KEYS:
            self._used.clear()


@dataclass(frozen=True, slots=True)
class AtOnce:
    """So many at the same time: of each asker, and of all."""

    each: int
    most: int
    _asking: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, asker: str) -> Iterator[bool]:
        """Be one of them meanwhile; tells whether there was room for it."""
        with self._lock:
            has_room = self._asking[asker] < self.each and self._asking.total() < self.most
            self._asking[asker] += has_room
        try:
            yield has_room
        finally:
            with self._lock:
                self._asking[asker] -= has_room
                if not self._asking[asker]:
                    del self._asking[asker]
