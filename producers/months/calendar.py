"""Which days are worked in Seoul, and how far each service's clock is off.

The holidays of the moon are listed for 2025 to 2027; in other years only those of fixed date are
kept. Two days on which some offices work and others do not count as free: nobody works then.
"""

from datetime import date, timedelta
from random import Random

from producers.scene import SECOND

FIXED = ((1, 1), (3, 1), (5, 1), (5, 5), (6, 6), (7, 17), (8, 15), (10, 3), (10, 9), (12, 25))
MOVING = frozenset(
    date.fromisoformat(text)
    for text in (
        *("2025-01-27", "2025-01-28", "2025-01-29", "2025-01-30", "2025-03-03", "2025-05-06"),
        *("2025-06-03", "2025-10-06", "2025-10-07", "2025-10-08"),
        *("2026-02-16", "2026-02-17", "2026-02-18", "2026-03-02", "2026-05-25", "2026-06-03"),
        *("2026-08-17", "2026-09-24", "2026-09-25", "2026-10-05"),
        *("2027-02-08", "2027-02-09", "2027-05-03", "2027-05-13", "2027-07-19", "2027-08-16"),
        *("2027-09-14", "2027-09-15", "2027-09-16", "2027-10-04", "2027-10-11", "2027-12-27"),
    )
)
LARGEST_DRIFT = 4 * SECOND


def is_worked(day: date) -> bool:
    """Whether offices are open on this day."""
    return day.weekday() < 5 and (day.month, day.day) not in FIXED and day not in MOVING


def worked_days(first: date, days: int) -> list[bool]:
    """Of each of so many days, whether it is worked."""
    return [is_worked(first + timedelta(days=n)) for n in range(days)]


class Clocks:
    """The services' clocks: each walks a little every day, seconds off at most."""

    def __init__(self, random: Random, sources: tuple[str, ...]) -> None:
        self._random = random
        self._off = {source: random.randrange(-SECOND, SECOND) for source in sources}

    def walk(self) -> None:
        """Let a day pass."""
        for source, off in self._off.items():
            moved = off + self._random.randrange(-SECOND, SECOND)
            self._off[source] = max(-LARGEST_DRIFT, min(LARGEST_DRIFT, moved))

    def of(self, source: str) -> int:
        """How many microseconds this service's clock is ahead."""
        return self._off[source]
