"""Whether this process has run without a break, so that its partitions are still its own.

A process that was stopped, or whose machine was suspended, for longer than its session has lost
its partitions to others without knowing. It must not write what it had in hand when it wakes.
"""

import threading
import time
from collections.abc import Callable

TICK = 0.25  # seconds


def clock() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """Renewed by a thread of its own as long as the process runs; `lost` is called once it lapsed.

    `longest` is in seconds: no longer than the session timeout less the heartbeat interval.
    """

    def __init__(self, longest: float, lost: Callable[[], None]) -> None:
        self._longest, self._lost = longest, lost
        self._renewed = clock()

    def start(self) -> None:
        """Begin to renew."""
        self._renewed = clock()
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def holds(self) -> bool:
        """Whether the process has not stood still for too long."""
        return clock() - self._renewed < self._longest

    def _renew(self) -> None:
        while self.holds():
            self._renewed = clock()
            time.sleep(TICK)
        self._lost()
