"""Months of a seeded city, with misuse that only shows over time, and the truth about it.

Pure: the same arguments give the same events, ids included. What is kept is the people, what is
under way, and the reservations of late: it does not grow with the number of days, but for those
who join.
"""

from collections.abc import Iterator
from datetime import date

from producers.months.life import Life, Lived

__all__ = ["Lived", "months"]

FIRST_DAY = date(2026, 3, 3)
DAYS, MEMBERS, STAFF = 120, 2_000, 30


def months(  # noqa: PLR0913  every argument has a name and a default
    *,
    seed: int,
    first_day: date = FIRST_DAY,
    days: int = DAYS,
    members: int = MEMBERS,
    staff: int = STAFF,
    plots: int = 1,
) -> Iterator[Lived]:
    """Live so many days of a city of so many members (to 700,000) and people in offices.

    Everything comes in the order in which it reaches the broker: access events, business events,
    entries of the roster, and each planted case once the last of it has happened. `plots` cases
    are planted of each kind and variant, after two ordinary weeks.
    """
    yield from Life(seed, first_day, days, members, staff).live(plots)
