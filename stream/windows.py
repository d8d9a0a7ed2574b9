"""Stretches of time in which detectors count, cut by the institution's own days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOURS_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class Window:
    """How long a window is, and how far it is from the begin of one to the next.

    With `days` of 0 it is an hour of UTC; else so many local days, and a new one begins every
    `step` days, counted from the same day for ever.
    """

    name: str
    days: int
    step: int

    @property
    def reach(self) -> timedelta:
        """How long after a day a window may end that holds it, where several do."""
        return timedelta(days=self.days if self.step > 1 else 0)


HOUR = Window("hour", 0, 0)
DAY = Window("day", 1, 1)
MONTH = Window("30 days", 30, 10)


@dataclass(frozen=True, slots=True)
class Span:
    """One window, or several hours that follow one another: from `start` up to, without, `end`."""

    start: datetime
    end: datetime


def closed(window: Window, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Span]:
    """The windows that end after `after` and not after `until`, in order.

    Hours come together, so many at once as lie in a day at most.
    """
    if not window.days:
        first, last = _hour(after), _hour(until)
        while first < last:
            until = min(last, first + timedelta(hours=HOURS_AT_ONCE))
            yield Span(first, until)
            first = until
        return
    for start, end in _days(window, zone, after):
        if end > until:
            return
        yield Span(start, end)


def opened(window: Window, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Span]:
    """The windows that end after `after` and have begun at `until`."""
    if not window.days:
        first, last = _hour(after), _hour(until) + timedelta(hours=1)
        if first < last:
            yield Span(first, last)
        return
    for start, end in _days(window, zone, after):
        if start > until:
            return
        yield Span(start, end)


def midnight(zone: ZoneInfo, day: date) -> datetime:
    """When a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _days(window: Window, zone: ZoneInfo, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    number = after.astimezone(zone).toordinal()
    while True:
        number += 1
        if number % window.step:
            continue
        end = date.fromordinal(number)
        yield midnight(zone, end - timedelta(days=window.days)), midnight(zone, end)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
