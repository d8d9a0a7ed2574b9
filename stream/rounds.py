"""The worker that has the first partition goes the detectors' rounds, for all of them.

While a partition changes hands two may do so for a moment: they find the same.
"""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import cast

import faust
from faust.types import TP

from audit.topics import ACCESS_EVENTS, BUSINESS_EVENTS, ROSTER
from storage import detections
from storage.trail import Trail, TrailUnavailableError
from stream import metrics, topics
from stream.detecting import Detecting, Step
from stream.detector_file import Duty
from stream.publishing import publish_detections
from stream.settings import Settings
from stream.topics import KafkaUnavailableError
from stream.transport import ChunkedConsumer

PAUSE = 1.0
"""Seconds between two rounds; each detector has a pace of its own."""
MARK_EVERY = 20.0
"""Seconds between two looks at how far the logs are stored."""
SKEW = timedelta(seconds=5)
"""By how much the broker's clock may be behind the worker's."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LOGS = (ACCESS_EVENTS, BUSINESS_EVENTS, ROSTER)

logger = logging.getLogger(__name__)


class Rounds:
    """What a worker knows of the detectors while it goes their rounds."""

    def __init__(self, app: faust.App, settings: Settings, trail: Trail, duty: Duty) -> None:
        self.app = app
        self.settings = settings
        self.trail = trail
        self.detecting = Detecting(trail, duty.detectors, duty.terms)
        self.mark, self.marked_at = NEVER, -MARK_EVERY

    async def run(self) -> None:
        """Go on for as long as the worker runs."""
        while not self.app.should_stop:
            try:
                if self._is_on_duty():
                    await self._round()
            except (KafkaUnavailableError, TrailUnavailableError) as error:
                logger.warning("detectors cannot look: %s", error)
            await asyncio.sleep(PAUSE)

    def _is_on_duty(self) -> bool:
        consumer = cast(ChunkedConsumer | None, self.app.consumer)
        return consumer is not None and TP(ACCESS_EVENTS, 0) in consumer.assignment()

    async def _round(self) -> None:
        if time.monotonic() - self.marked_at >= MARK_EVERY:
            self.mark = await asyncio.to_thread(self._watermark)
            self.marked_at = time.monotonic()
        steps = self.detecting.look(self.mark, datetime.now(UTC))
        while (step := await asyncio.to_thread(next, steps, None)) is not None:
            if not self._is_on_duty():
                return
            await publish_detections(self.app.producer, step.found)  # first, as findings are
            await asyncio.to_thread(self.detecting.keep, step)
            self._tell(step)

    def _watermark(self) -> datetime:
        return watermark(self.trail, self.settings)

    def _tell(self, step: Step) -> None:
        for one in step.found:
            metrics.count_detection(one)
            if not one.shadow:
                logger.warning("%s: %s", one.detector, one.sentence)
        if step.closed_to is not None:
            metrics.CLOSED_TO.labels(step.asker).set(step.closed_to.timestamp())
        metrics.LATE.set(self.detecting.late)


def watermark(trail: Trail, settings: Settings) -> datetime:
    """Up to when all that the broker has received is stored, of every partition that is read.

    A partition of which all is stored holds nothing back, however long it is silent.
    Raises `KafkaUnavailableError` or `TrailUnavailableError`.
    """
    marks: list[datetime] = []
    for topic in LOGS:
        now = datetime.now(UTC) - SKEW
        ranges = topics.log_ranges(settings.kafka, settings.group, topic)
        behind = {
            place: said.committed
            for place, said in ranges.items()
            if max(said.committed, said.first) < said.after
        }
        known = detections.last_received(trail, behind)
        marks += [known.get(place, NEVER) if place in behind else now for place in ranges]
    return min(marks)
