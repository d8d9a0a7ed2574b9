"""Findings depend on what is stored alone: not on how it came there, nor on who looked when."""

import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage import detections, logs, migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream.auditing import audit
from stream.detecting import Detecting
from stream.detectors import DETECTORS
from stream.questions import Terms
from tests.detectors import histories
from tests.detectors.histories import BUSINESS, MONDAY, POLICY, ROSTER, Teller, moment
from tests.detectors.stories import story

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

HISTORIES, BATCHES = 80, 4
TERMS = Terms()
ACCESSES = (Place("access-topic", 0), Place("access-topic", 1))
FAR = (MONDAY + timedelta(days=2, hours=13)).astimezone(UTC)

# Thresholds so low that small histories are on both sides of them.
LOW = {
    "bulk_reading": {"in_hour": 2, "in_day": 3, "in_30_days": 5},
    "new_origin": {"working_days": 1},
    "many_handlers": {"handlers": 2},
    "brute_force": {"in_hour": 2, "in_day": 3},
    "credential_stuffing": {"accounts": 2},
    "sequential_ids": {"people": 2},
    "left_or_on_leave": {},
    "after_withdrawal": {},
    "no_business_event": {},
    "shared_cookie": {},
    "split_cookie": {"changes": 1},
    "session_after_logout": {},
}
CHOSEN = [
    replace(detector, thresholds=replace(detector.thresholds, **LOW[detector.id]))
    for detector in DETECTORS
    if detector.id in LOW
]


@dataclass
class Log:
    """One partition: its records in the order in which the broker received them."""

    place: Place
    records: list
    done: int = 0

    @property
    def mark(self):
        """Up to when everything is stored that was received."""
        if self.done == len(self.records):
            return FAR
        return received(self.records[self.done - 1]) if self.done else MONDAY


@dataclass
class Run:
    """One way for the same records to be stored and looked at."""

    teller: Teller
    logs: list
    workers: dict = field(default_factory=dict)

    def deliver(self, log, records, again=0):
        """Store the next records of a log, and some that were stored before once more."""
        first = max(0, log.done - again)
        part = log.records[first : log.done + records]
        log.done = min(len(log.records), log.done + records)
        if not part:
            return
        if log.place in ACCESSES:
            held = self.teller.trail.held(log.place, part[0].offset)
            chunk = audit(log.place, part, POLICY).without(held)
            self.teller.trail.append(chunk)
        else:
            kind = logs.BUSINESS if log.place == BUSINESS else logs.ROSTER_ENTRIES
            rows = [(one.offset, one.timestamp, one.value) for one in part]
            logs.store(self.teller.trail, kind, log.place, rows)

    def look(self, name, steps=None, *, half=False):
        """Have a worker look; after so many steps it dies, perhaps with the last half kept."""
        worker = self.workers.setdefault(name, Detecting(self.teller.trail, CHOSEN, TERMS))
        worker.due.clear()
        mark = min(log.mark for log in self.logs)
        stored = [received(log.records[log.done - 1]) for log in self.logs if log.done]
        now = max(stored, default=MONDAY)
        for step in islice(worker.look(mark, now), steps):
            worker.keep(step)
        if steps is not None:
            with contextlib.suppress(StopIteration):
                last = next(worker.look(mark, now)) if half else None
                if last is not None:
                    detections.store(self.teller.trail, last.found)
            del self.workers[name]

    def finish(self):
        """Deliver the rest, and look until everything is closed."""
        for log in self.logs:
            self.deliver(log, len(log.records))
        before = None
        while before != (before := detections.cursors(self.teller.trail)):
            self.look("last")
        return self.found()

    def found(self):
        """Findings with their words, and each event that they rest on."""
        trail = self.teller.trail
        said = trail.rows(_SAID)
        events = trail.rows(_EVENTS)
        return {tuple(row) for row in said}, {tuple(row) for row in events}


def received(record):
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def partitions(random):
    """The records of many histories side by side, each in its log."""
    told = [one for number in range(HISTORIES) for one in story(random, number)]
    places = {"business": BUSINESS, "roster": ROSTER}
    documents = {
        "access": histories.access_document,
        "business": histories.business_document,
        "roster": histories.roster_document,
    }
    by_place = {place: [] for place in (*ACCESSES, BUSINESS, ROSTER)}
    for one in told:
        delay = timedelta(minutes=random.choice((0, 0, 0, 1, 14, 30, 70)), seconds=1)
        at = moment(one.at) + (delay if one.topic == "access" else timedelta(seconds=1))
        place = places.get(one.topic) or random.choice(ACCESSES)
        by_place[place].append((at, documents[one.topic](one, MONDAY)))
    return {place: _records(rows) for place, rows in by_place.items()}


def _records(rows):
    return [
        histories.record(offset, int(at.timestamp() * 1000), raw)
        for offset, (at, raw) in enumerate(sorted(rows))
    ]


@pytest.fixture(name="teller", scope="module")
def _teller(clickhouse):
    server = connect(clickhouse)
    server.command("CREATE DATABASE convergence")
    client = connect(f"{clickhouse}/convergence")
    migrate.apply(client)
    yield Teller(Trail(client))
    client.close()
    server.command("DROP DATABASE convergence")
    server.close()


def run_of(teller, records):
    teller.forget()
    return Run(teller, [Log(place, rows) for place, rows in records.items()])


@settings(
    max_examples=BATCHES,
    phases=[Phase.generate],  # a batch takes seconds; its seed is said when it fails
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32), workers=st.sampled_from((1, 3)))
def test_findings_are_the_same_however_events_came_and_whoever_looked(teller, seed, workers):
    """Repeats, other chunks, any interleaving, kills, looks at any moment, one worker or three."""
    random = Random(seed)
    records = partitions(random)
    clean = run_of(teller, records).finish()
    assert clean[0], "histories in which nothing is found show nothing"
    disturbed = run_of(teller, records)
    for _ in range(14):
        log = random.choice(disturbed.logs)
        disturbed.deliver(log, random.randrange(1, 150), again=random.choice((0, 0, 5, 40)))
        if random.random() < 0.3:
            steps = random.choice((None, 1, 4, 9))
            half = random.random() < 0.5
            disturbed.look(f"worker-{random.randrange(workers)}", steps, half=half)
    assert disturbed.finish() == clean


_SAID = """
SELECT finding_id, detector, key, actor, window_start, sentence, sentence_ko, events
FROM detections FINAL
"""
_EVENTS = """
SELECT DISTINCT finding_id, topic_id, partition, offset, event_id FROM detection_events
"""
