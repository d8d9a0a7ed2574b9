"""What detectors would have found in stored windows, beside what was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import detections
from storage.detections import Detection
from storage.trail import Trail
from stream.detecting import find
from stream.detectors.detector import Detector
from stream.questions import Terms
from stream.summaries import SUMMARIES
from stream.windows import Span, closed, midnight

Told = tuple[str, str]
"""A finding's id and its sentence."""


@dataclass(frozen=True, slots=True)
class Task:
    """One detector, to be asked about one span."""

    detector: Detector
    span: Span


@dataclass(frozen=True, slots=True)
class Compared:
    """One detector's findings, told apart by what was found when it ran."""

    detector: Detector
    newly: Sequence[Told]
    no_longer: Sequence[Told]
    same: int


def prepare(trail: Trail, end: datetime, terms: Terms) -> datetime:
    """Have all summaries up to `end`; returns up to when windows can be asked about.

    Where workers have detected, that is as far as they closed. Raises `TrailUnavailableError`.
    """
    cursors = detections.cursors(trail)
    known = [cursors[one.name] for one in SUMMARIES if one.name in cursors]
    if len(known) == len(SUMMARIES):
        return min(end, *known)
    first = detections.first_received(trail)
    if first is None:
        return end
    begin = midnight(terms.zone, first.astimezone(terms.zone).date())
    for summary in SUMMARIES:
        for span in closed(summary.window, terms.zone, begin, end):
            summary.write(trail, span, terms)
    return end


def tasks(
    detectors: Sequence[Detector], start: datetime, end: datetime, terms: Terms
) -> Iterator[Task]:
    """Every window that ends after `start` and not after `end`."""
    for detector in detectors:
        for span in closed(detector.window, terms.zone, start, end):
            yield Task(detector, span)


def run(trail: Trail, task: Task, terms: Terms) -> list[Detection]:
    """Ask as the stream does. Raises `TrailUnavailableError`."""
    return find(trail, task.detector, task.span, terms)


def compare(
    trail: Trail, detector: Detector, found: Sequence[Detection], start: datetime, end: datetime
) -> Compared:
    """Hold findings against those that are stored. Raises `TrailUnavailableError`."""
    stored = dict(detections.stored(trail, detector.id, detector.window.days, start, end))
    now = {one.finding_id: one.sentence for one in found}
    return Compared(
        detector,
        [(each, now[each]) for each in sorted(now.keys() - stored.keys())],
        [(each, stored[each]) for each in sorted(stored.keys() - now.keys())],
        len(now.keys() & stored.keys()),
    )


def accesses(trail: Trail, start: datetime, end: datetime) -> int:
    """How many events happened in this time? Raises `TrailUnavailableError`."""
    ((events,),) = trail.rows(_ACCESSES, {"start": start, "end": end})
    return int(events)


_ACCESSES = """
SELECT count() FROM v_access_events
WHERE occurred_at >= {start:DateTime64(6, 'UTC')} AND occurred_at < {end:DateTime64(6, 'UTC')}
"""
