"""Ledger and producers are watched all the time, by every worker.

What is wrong is named in the log and shown in the metrics; a hole in a producer's numbers is also
a finding. Several workers may look at once: what they say is derived, so that they say the same.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import faust

from audit.completeness import DETECTOR, Hole
from audit.topics import ACCESS_EVENTS
from storage import faults, ledger, reconcile
from storage.faults import Fault
from storage.holes import store as store_holes
from storage.ledger import LogRange
from storage.reconcile import Epoch
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError
from stream import metrics, topics
from stream.completeness import ProducerWatch, numbered
from stream.publishing import publish_holes
from stream.settings import Settings
from stream.storing import end_the_process
from stream.topics import KafkaUnavailableError

INTERVAL = 10.0  # seconds from one look to the next
DAY = 24  # hours that the metrics count
SHARE = 20  # all offsets are counted again after so many times what it took
Log = Mapping[Place, LogRange]

logger = logging.getLogger(__name__)


class TopicMadeAnewError(Exception):
    """A topic was deleted and made again: its offsets are those of another log."""


async def watch(
    app: faust.App, settings: Settings, trail: Trail, topic_ids: Mapping[str, str]
) -> None:
    """Look at topics, ledger and producers for as long as the worker runs.

    `topic_ids`: those under which it stores what it reads, by the topics' names.
    """
    ledger_watch, holes = LedgerWatch(settings, trail), Holes(app, trail)
    while not app.should_stop:
        began = time.monotonic()
        try:
            try:
                epochs = await _epochs(trail)
            finally:  # both are asked, whichever is away; in the order that the holes want
                log = await _log(settings, topic_ids)
            await ledger_watch.look(log)
            await holes.look(epochs, log)
        except (KafkaUnavailableError, TrailUnavailableError) as error:
            logger.warning("ledger and producers cannot be looked at: %s", error)
        await asyncio.sleep(max(0.0, INTERVAL - (time.monotonic() - began)))


async def _log(settings: Settings, topic_ids: Mapping[str, str]) -> Log:
    with metrics.asking("kafka", KafkaUnavailableError):
        log = await asyncio.to_thread(topics.log_ranges, settings.kafka, settings.group)
        now = await asyncio.to_thread(topics.ids, settings.kafka, topic_ids)
    if now != topic_ids:
        end_the_process(TopicMadeAnewError(_made_anew(topic_ids, now)))
    return log


async def _epochs(trail: Trail) -> Sequence[Epoch]:
    with metrics.asking("clickhouse", TrailUnavailableError):
        return await asyncio.to_thread(numbered, trail)


class Holes:
    """What a worker has found missing of producers' numbers; each hole is a finding."""

    def __init__(self, app: faust.App, trail: Trail) -> None:
        self.app = app
        self.trail = trail
        self.watch = ProducerWatch(trail)
        self.known = frozenset[Hole]()

    async def look(self, epochs: Sequence[Epoch], log: Log) -> None:
        """Look once, at a log asked after the epochs; publish and store what is new.

        Raises `KafkaUnavailableError` or `TrailUnavailableError`.
        """
        holes = await asyncio.to_thread(self.watch.look, epochs, log)
        if not self.known.issuperset(holes):
            unsure = [hole for hole in holes if hole not in self.known]
            await asyncio.to_thread(reconcile.mend, self.trail, unsure)
            holes = await asyncio.to_thread(self.watch.missing, epochs)
        metrics.show_producers(epochs, holes)
        metrics.show_points(await asyncio.to_thread(reconcile.points, self.trail, DAY))
        found, now = [hole for hole in holes if hole not in self.known], datetime.now(UTC)
        for hole in found:
            logger.error("%s: %s", DETECTOR, hole)
        await publish_holes(self.app.producer, found, now)  # first, as findings always are
        await asyncio.to_thread(store_holes, self.trail, found, now)
        self.known = frozenset(holes)


@dataclass(slots=True)
class LedgerWatch:
    """What a worker knows of the ledger.

    Every look asks the index how many rows there are, which takes milliseconds. All offsets are
    counted anew when these are not as many as they should be, and from time to time in any case.
    """

    settings: Settings
    trail: Trail
    log: Log = field(default_factory=dict)
    counted: Mapping[Place, int] = field(default_factory=dict)
    due: float = 0.0
    named: frozenset[Fault] = frozenset()

    async def look(self, log: Log) -> None:
        """Look once. Raises `KafkaUnavailableError` or `TrailUnavailableError`."""
        await asyncio.to_thread(self._look, log)

    def _look(self, log: Log) -> None:
        counted = ledger.count(self.trail, log)
        if time.monotonic() >= self.due or self.named or not self._as_expected(log, counted):
            self._account()
        self.log, self.counted = log, counted

    def _as_expected(self, log: Log, counted: Mapping[Place, int]) -> bool:
        """Whether the rows have grown by what was said to be stored, and Kafka holds the rest."""
        return self.log.keys() == log.keys() and all(
            counted[place] - self.counted[place] == said.committed - self.log[place].committed
            and (not said.committed or said.first <= said.committed <= said.after)
            for place, said in log.items()
        )

    def _account(self) -> None:
        started = time.monotonic()
        found = faults.look(self.trail, self._ask)
        ended = time.monotonic()
        self.due = ended + SHARE * (ended - started)
        metrics.show_ledger(found)
        named = frozenset(found.faults)
        for fault in found.faults:
            if fault not in self.named:
                logger.error("ledger %s: topic %s %s %s", fault.kind, *_named(fault))
        if self.named and not named:
            logger.warning("the ledger is exact again")
        self.named = named

    def _ask(self) -> Log:
        return topics.log_ranges(self.settings.kafka, self.settings.group)


def _named(fault: Fault) -> tuple[str, str, str]:
    return ACCESS_EVENTS, fault.topic_id, str(fault)


def _made_anew(topic_ids: Mapping[str, str], now: Mapping[str, str]) -> str:
    anew = [
        f"topic {name} had the id {old} and is {now[name]} now"
        for name, old in topic_ids.items()
        if now[name] != old
    ]
    return (
        f"topic_made_anew: {', '.join(anew)}: it was deleted and made again, and what it held and "
        "was not stored is gone; starting anew"
    )
