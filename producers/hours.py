"""Which numbers of an epoch belong to which hour, and how many of them are in Kafka."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from time import time
from typing import NamedTuple

from audit.heartbeat import Hour, Numbered

_HOUR = 3600


class _Began(NamedTuple):
    hour: int  # since 1970
    first_sequence: int


class Hours:
    """The hours of one epoch of which something may still change. The clock never goes back here.

    Who records holds a lock around `note`; `at` and `told` are the heartbeat's.
    """

    def __init__(self) -> None:
        self._began = [_Began(int(time()) // _HOUR, 0)]

    def note(self, sequence: int) -> None:
        """Say that this number is being given now."""
        hour = int(time()) // _HOUR
        if hour > self._began[-1].hour:
            self._began.append(_Began(hour, sequence))

    def at(
        self,
        next_sequence: int,
        pending: Collection[int],
        failed: Collection[int],
        *,
        closing: bool,
    ) -> Numbered:
        """Count the numbers below `next_sequence`, less those that are not in Kafka."""
        began = [one for one in self._began if one.first_sequence <= next_sequence]
        firsts = [one.first_sequence for one in began]
        missing = Counter(
            bisect_right(firsts, number) - 1
            for number in {*pending, *failed}
            if number < next_sequence
        )
        ends = [*firsts[1:], next_sequence]
        hours = tuple(
            Hour(_text(one.hour), one.first_sequence, end, end - one.first_sequence - missing[at])
            for at, (one, end) in enumerate(zip(began, ends, strict=True))
        )
        settled = min(pending, default=next_sequence)
        return Numbered(next_sequence, min(settled, next_sequence), hours, closing)

    def told(self, numbered: Numbered) -> None:
        """Forget the hours of which Kafka now has the last word."""
        over = sum(one.next_sequence <= numbered.settled for one in numbered.hours[:-1])
        del self._began[:over]


def _text(hour: int) -> str:
    return datetime.fromtimestamp(hour * _HOUR, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
