"""Every detector finds what its examples say, and nothing else, on the real engine."""

from collections import defaultdict
from dataclasses import fields, replace
from datetime import UTC, timedelta

import pytest

from storage import migrate
from storage.trail import Trail, connect
from stream.detecting import find
from stream.detectors import DETECTORS
from stream.questions import Terms
from stream.summaries import SUMMARIES
from stream.windows import HOUR, Span, closed
from tests.detectors.histories import MONDAY, ZONE, Teller, moment

pytestmark = pytest.mark.slow

TERMS = Terms()
EXAMPLES = [(detector, example) for detector in DETECTORS for example in detector.examples]


@pytest.fixture(name="teller", scope="module")
def _teller(clickhouse):
    """Whoever stores one history after another in one database."""
    server = connect(clickhouse)
    server.command("CREATE DATABASE examples")
    client = connect(f"{clickhouse}/examples")
    migrate.apply(client)
    yield Teller(Trail(client))
    client.close()
    server.command("DROP DATABASE examples")
    server.close()


def told(teller, detector, example):
    """Store the history, and the summaries of its days that the detector reads."""
    teller.forget()
    teller.tell(example.history)
    first, last = reach(example)
    for summary in SUMMARIES:
        if summary.name in detector.events:
            for span in closed(summary.window, ZONE, first, last):
                summary.write(teller.trail, span, TERMS)


def found(trail, detector, example):
    """What the detector finds in the windows from day 1 on, by key."""
    keys = defaultdict(list)
    for span in spans(detector, example):
        for one in find(trail, detector, span, TERMS):
            keys[one.key].append(one)
    return keys


def spans(detector, example):
    """The windows from day 1 on; of hours, those in which something happens, and the next."""
    _, last = reach(example)
    until = last + timedelta(days=detector.window.days)
    if detector.window is not HOUR:
        return list(closed(detector.window, ZONE, MONDAY, until))
    begun = {moment(one.at).replace(minute=0, second=0) for one in example.history}
    hours = begun | {hour + timedelta(hours=1) for hour in begun}
    return [
        Span(hour.astimezone(UTC), (hour + timedelta(hours=1)).astimezone(UTC))
        for hour in sorted(hours)
        if hour >= MONDAY
    ]


def reach(example):
    """From the day of the first happening to the end of that of the last."""
    times = [moment(one.at) for one in example.history]
    midnight = {"hour": 0, "minute": 0, "second": 0}
    return min(times).replace(**midnight), max(times).replace(**midnight) + timedelta(days=1)


@pytest.mark.parametrize(
    ("detector", "example"),
    EXAMPLES,
    ids=[f"{one.name}: {each.name}" for one, each in EXAMPLES],
)
def test_a_detector_finds_what_its_example_says(teller, detector, example):
    """The keys are those of the example, and each finding can be read and rests on events."""
    told(teller, detector, example)
    keys = found(teller.trail, detector, example)
    assert tuple(sorted(keys)) == tuple(sorted(example.finds))
    for findings in keys.values():
        for one in findings:
            assert one.events
            assert one.sentence[:-1].strip()
            assert "{" not in one.sentence + one.sentence_ko
            assert not {"left", "withdrawn", "stopped"} & set(one.sentence_ko.split())


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_a_detector_shows_what_fires_and_what_does_not(detector):
    """Each has an example of both."""
    assert any(example.finds for example in detector.examples)
    assert any(not example.finds for example in detector.examples)


NUMBERED = [
    one for one in DETECTORS if any(isinstance(value, int) for value in one.settings.values())
]


@pytest.mark.parametrize("detector", NUMBERED, ids=lambda one: one.name)
def test_a_threshold_is_what_decides(trail, detector):
    """Some threshold, moved by one, silences some example that fires."""
    firing = [example for example in detector.examples if example.finds]
    assert any(not found(trail, moved, example) for moved in moves(detector) for example in firing)


def moves(detector):
    """The detector with each whole number one higher, and one lower."""
    given = detector.thresholds
    for one in fields(given):
        value = getattr(given, one.name)
        if isinstance(value, int):
            for other in (value + 1, max(0, value - 1)):
                yield replace(detector, thresholds=replace(given, **{one.name: other}))
