"""How much one asker may ask in a time."""

import threading
from collections.abc import Callable
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
