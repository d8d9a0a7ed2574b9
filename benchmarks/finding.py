"""All detectors over a trail that is complete, and when each finding would have been made."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.scoring import Found
from storage import detections
from storage.trail import Trail
from stream import backtest
from stream.detecting import QUICKEST
from stream.detecting import find as ask
from stream.detectors import DETECTORS
from stream.detectors.detector import Detector, Opens
from stream.questions import Terms
from stream.windows import Span, midnight

TERMS = Terms()


def find(trail: Trail, until: datetime, only: Collection[str] = ()) -> Iterator[Found]:
    """What all detectors, or `only` these, find up to the end of the day that `until` ends."""
    first = detections.first_received(trail)
    if first is None:
        return
    begin = midnight(TERMS.zone, first.astimezone(TERMS.zone).date())
    last = (until - timedelta(milliseconds=1)).astimezone(TERMS.zone).date()
    end = midnight(TERMS.zone, last + timedelta(days=1))
    backtest.prepare(trail, end, TERMS)
    for detector in (one for one in DETECTORS if not only or one.id in only):
        # A window of 30 days may end after the last of its events.
        for task in backtest.tasks([detector], begin, end + detector.window.reach, TERMS):
            for one in backtest.run(trail, task, TERMS):
                yield Found(
                    detector.id,
                    tuple(event.event_id for event in one.events),
                    one.sentence,
                    partial(when, trail, detector, one),
                )


def when(trail: Trail, detector: Detector, found: Any) -> datetime:
    """When this finding would have been made.

    What is only looked for in closed windows is found once no more events can come in time; for
    the rest, the first of its events is sought with which it would have been found, and the pace
    of looking added.
    """
    if detector.opens is Opens.ONCE_CLOSED:
        return found.window_end + TERMS.lateness + detector.ahead
    times = sorted(event.occurred_at for event in found.events)
    low, high = 0, len(times) - 1
    while low < high:
        middle = (low + high) // 2
        span = Span(found.window_start, times[middle] + timedelta(milliseconds=1))
        if any(one.key == found.key for one in ask(trail, detector, span, TERMS)):
            high = middle
        else:
            low = middle + 1
    pace = timedelta(seconds=QUICKEST)
    if detector.opens is Opens.ONCE_BEGUN:
        return max(times[low], found.window_start + TERMS.lateness) + pace
    return times[low] + pace
