"""Detectors at work: each window is looked at while it is open and once more when it is closed.

What is found is derived from the stored events alone, so it does not matter who looks, how often,
or who died in between: the findings are the same, under the same ids.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from math import sqrt
from typing import Any

from audit.findings import identity
from storage import detections
from storage.detections import Detection, Event
from storage.trail import Trail, TrailUnavailableError
from stream import questions
from stream.detectors.detector import Detector, Opens
from stream.questions import Terms
from stream.summaries import SUMMARIES, Summary
from stream.windows import HOUR, Span, Window, closed, midnight, opened

QUICKEST = 5.0
"""Seconds between two looks at the same open windows, at least."""
SHARE = 10
"""All detectors together look at open windows for one part in so many of the time."""
REST = 30.0
"""Seconds for which a detector rests whose question failed."""
SPANS_AT_ONCE = 30
"""Closed spans of one detector that are looked at before the next has its turn."""
FEW_KEYS = 50
"""So many fit into the address of an HTTP request, beside thresholds and times."""
SHOWN = 200
"""Characters of a name that are shown in a sentence."""
EVENT_COLUMNS = Event.__dataclass_fields__.keys()


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """What one look at some windows found that is new; `closed_to` if they are closed now."""

    asker: str
    found: Sequence[Detection]
    closed_to: datetime | None


def pause(name: str, took: Mapping[str, float]) -> float:
    """Seconds until a detector looks again, so that all together keep to their share of the time.

    `took`: seconds of each one's last look. A look that takes four times as long comes half as
    often: of all paces within one share, these make findings wait least on average. Source:
    "Scheduling Data Broadcast in Asymmetric Communication Environments", Wireless Networks 5
    (1999), where the looks are items on the air.
    """
    return max(QUICKEST, SHARE * sqrt(took[name]) * sum(map(sqrt, took.values())))


def find(trail: Trail, detector: Detector, span: Span, terms: Terms) -> list[Detection]:
    """Ask one detector about the windows of a span. Raises `TrailUnavailableError`."""
    parameters = questions.bound(detector, span, terms)
    named = detections.ask(trail, questions.suspects(detector), parameters)
    if not named:
        return []
    events: dict[tuple[str, datetime], dict[tuple[str, int, int], Event]] = defaultdict(dict)
    keys = sorted({row["key_hash"] for row in named})
    query = questions.evidence(detector, of_all=len(keys) > FEW_KEYS)
    some = {"keys": keys} if len(keys) <= FEW_KEYS else {}
    for row in detections.ask(trail, query, {**parameters, **some}):
        event = Event(*(row[name] for name in EVENT_COLUMNS))
        events[row["key"], row["window_start"]][event.place] = event
    return [
        _detection(detector, row, events[row["key"], row["window_start"]].values())
        for row in sorted(named, key=lambda row: (row["window_start"], row["key"]))
    ]


@dataclass(slots=True)
class Detecting:
    """Detectors over one trail. `known`: what was found in open windows, by the finding's id.

    `took`: seconds that each detector's last look at its open windows took.
    """

    trail: Trail
    detectors: Sequence[Detector]
    terms: Terms
    cursors: dict[str, datetime] = field(default_factory=dict)
    known: dict[str, tuple[int, str]] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    rests: dict[str, float] = field(default_factory=dict)
    late: int = 0
    """Events of the hours that were closed here, which came too late for their own hour."""

    def look(self, watermark: datetime, now: datetime) -> Iterator[Step]:
        """Look at whatever is due; each step is to be kept (`keep`) before the next is taken.

        `watermark`: everything that the broker received before is stored. `now`: windows that
        have begun by then are open. A detector whose question fails rests for a while. Raises
        `TrailUnavailableError` where nothing can be asked at all.
        """
        if not self._begin():
            return
        for summary in SUMMARIES:
            yield from self._sum_up(summary, watermark)
        for detector in self.detectors:
            yield from self._apart(detector, self._look_at_closed(detector, watermark))
        for detector in self.detectors:
            if detector.opens is not Opens.ONCE_CLOSED:
                yield from self._apart(detector, self._look_at_open(detector, watermark, now))

    def keep(self, step: Step) -> None:
        """Store what a step found, and then that its windows are closed, if they are."""
        detections.store(self.trail, step.found)
        self.known |= {one.finding_id: (len(one.events), one.sentence) for one in step.found}
        if step.closed_to is not None:
            detections.advance(self.trail, {step.asker: step.closed_to})
            self.cursors[step.asker] = step.closed_to

    def _apart(self, detector: Detector, steps: Iterator[Step]) -> Iterator[Step]:
        """Let a question that fails, as one too large for memory, not keep others from theirs."""
        if time.monotonic() < self.rests.get(detector.name, 0.0):
            return
        try:
            yield from steps
        except TrailUnavailableError as error:
            logger.warning("detector %s cannot look: %s", detector.name, error)
            self.rests[detector.name] = time.monotonic() + REST

    def _begin(self) -> bool:
        """Read where others have come to; False while the trail is empty."""
        known = detections.cursors(self.trail)
        self.cursors |= known
        askers = [*(one.name for one in SUMMARIES), *(one.name for one in self.detectors)]
        if all(name in self.cursors for name in askers):
            return True
        first = detections.first_received(self.trail)
        if first is None:
            return False
        # What happened on a day before anything was received came too late for that day.
        begin = midnight(self.terms.zone, first.astimezone(self.terms.zone).date())
        self.cursors = dict.fromkeys(askers, begin) | self.cursors
        return True

    def _sum_up(self, summary: Summary, watermark: datetime) -> Iterator[Step]:
        until = watermark - self.terms.lateness
        for span in self._closed(summary.name, summary.window, until, at_once=10_000):
            summary.write(self.trail, span, self.terms)
            if summary.window is HOUR:
                seconds = int(self.terms.lateness.total_seconds())
                self.late += detections.late(self.trail, span.start, span.end, seconds)
            yield Step(summary.name, [], span.end)

    def _look_at_closed(self, detector: Detector, watermark: datetime) -> Iterator[Step]:
        until = watermark - self.terms.lateness - detector.ahead
        for span in self._closed(detector.name, detector.window, until, SPANS_AT_ONCE):
            found = find(self.trail, detector, span, self.terms)
            yield Step(detector.name, self._news(found), span.end)
            for one in found:
                self.known.pop(one.finding_id, None)

    def _look_at_open(
        self, detector: Detector, watermark: datetime, now: datetime
    ) -> Iterator[Step]:
        if time.monotonic() < self.due.get(detector.name, 0.0):
            return
        started = time.monotonic()
        after = self.cursors[detector.name]
        for span in opened(detector.window, self.terms.zone, after, now):
            # What happened before a window is known once no more of it can come in time.
            begun = watermark - self.terms.lateness >= span.start
            if begun or detector.opens is Opens.AT_ONCE:
                found = find(self.trail, detector, span, self.terms)
                yield Step(detector.name, self._news(found), None)
        self.took[detector.name] = time.monotonic() - started
        self.due[detector.name] = time.monotonic() + pause(detector.name, self.took)

    def _closed(self, name: str, window: Window, until: datetime, at_once: int) -> Iterator[Span]:
        spans = closed(window, self.terms.zone, self.cursors[name], until)
        return islice(spans, at_once)

    def _news(self, found: Sequence[Detection]) -> list[Detection]:
        return [
            one
            for one in found
            if self.known.get(one.finding_id) != (len(one.events), one.sentence)
        ]


def _detection(
    detector: Detector, row: Mapping[str, Any], events: Iterator[Event] | Any
) -> Detection:
    start = row["window_start"]
    key, actor = row["key"], row["actor_"]
    rests_on = tuple(sorted(events, key=lambda event: event.place))
    words = {
        **{name: _shown(value) for name, value in (detector.settings | dict(row)).items()},
        "actor": _shown(actor),
        "events": len(rests_on),
    }
    length = timedelta(days=detector.window.days) or timedelta(hours=1)
    return Detection(
        finding_id=identity(detector.name, key, str(int(start.timestamp()))),
        detector=detector.id,
        severity=detector.severity,
        clause=detector.clause,
        actor=actor,
        key=key,
        window_start=start,
        window_end=start + length,
        title=detector.title.en,
        title_ko=detector.title.ko,
        sentence=detector.sentence.en.format(**words),
        sentence_ko=detector.sentence.ko.format(**words),
        runbook=detector.runbook,
        shadow=detector.shadow,
        events=rests_on,
    )


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return value[:SHOWN] if isinstance(value, str) else value
