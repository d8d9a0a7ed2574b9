"""The ledger is looked at all the time, by every worker: what is wrong is named and measured."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import faust

from audit.topics import ACCESS_EVENTS
from storage import faults, ledger
from storage.faults import Fault
from storage.ledger import LogRange
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError
from stream import metrics, topics
from stream.settings import Settings
from stream.storing import end_the_process
from stream.topics import KafkaUnavailableError

INTERVAL = 15.0  # seconds between two looks
SHARE = 20  # all offsets are counted again after so many times what it took
Log = Mapping[Place, LogRange]

logger = logging.getLogger(__name__)


class TopicMadeAnewError(Exception):
    """The topic was deleted and made again: its offsets are those of another log."""


async def watch_ledger(app: faust.App, settings: Settings, trail: Trail, topic_id: str) -> None:
    """Look at the ledger for as long as the worker runs."""
    watch = LedgerWatch(settings, trail, topic_id)
    while not app.should_stop:
        try:
            await asyncio.to_thread(watch.look)
        except (KafkaUnavailableError, TrailUnavailableError) as error:
            logger.warning("the ledger cannot be read: %s", error)
        await asyncio.sleep(INTERVAL)


@dataclass(slots=True)
class LedgerWatch:
    """What a worker knows of the ledger.

    Every look asks the index how many rows there are, which takes milliseconds. All offsets are
    counted anew when these are not as many as they should be, and from time to time in any case.
    """

    settings: Settings
    trail: Trail
    topic_id: str
    log: Log = field(default_factory=dict)
    counted: Mapping[Place, int] = field(default_factory=dict)
    due: float = 0.0
    named: frozenset[Fault] = frozenset()

    def look(self) -> None:
        """Look once. Raises `KafkaUnavailableError` or `TrailUnavailableError`."""
        log = self._ask()
        if {place.topic_id for place in log} != {self.topic_id}:
            end_the_process(TopicMadeAnewError(_made_anew(self.topic_id, log)))
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


def _made_anew(topic_id: str, log: Log) -> str:
    now = {place.topic_id for place in log}
    return (
        f"topic_made_anew: topic {ACCESS_EVENTS} had the id {topic_id} and is {now} now: it was "
        "deleted and made again, and what it held and was not stored is gone; starting anew"
    )
