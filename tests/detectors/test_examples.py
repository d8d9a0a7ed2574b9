"""Every detector finds what its examples say, and nothing else, on the real engine."""

from collections import defaultdict
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from storage import migrate
from storage.trail import Trail, connect
from stream.detecting import find
from stream.detectors import DETECTORS
from stream.questions import Terms
from stream.summaries import SUMMARIES
from stream.windows import HOUR, closed, single_hours
from tests.detectors.histories import ZONE, Teller, base, moment

pytestmark = pytest.mark.slow

TERMS = Terms()
EXAMPLES = [(detector, example) for detector in DETECTORS for example in detector.examples]
NUMBER = {(detector.name, example.name): n for n, (detector, example) in enumerate(EXAMPLES)}


@pytest.fixture(name="trail", scope="module")
def _trail(clickhouse):
    """All examples side by side, half a year apart."""
    server = connect(clickhouse)
    server.command("CREATE DATABASE examples")
    client = connect(f"{clickhouse}/examples")
    migrate.apply(client)
    trail = Trail(client)
    teller = Teller(trail)
    for number, (detector, example) in enumerate(EXAMPLES):
        teller.tell(example.history, base(number))
        sum_up(trail, detector, example, base(number))
    yield trail
    client.close()
    server.command("DROP DATABASE examples")
    server.close()


def sum_up(trail, detector, example, first_day):
    """Write the summaries that the detector reads, for the days of the history."""
    begin, end = reach(example, first_day)
    for summary in SUMMARIES:
        if summary.name in detector.events:
            for span in closed(summary.window, ZONE, begin, end):
                summary.write(trail, span, TERMS)


def reach(example, first_day):
    """From the day of the first happening to the end of that of the last."""
    times = [moment(one.at, first_day) for one in example.history]
    midnight = {"hour": 0, "minute": 0, "second": 0}
    return min(times).replace(**midnight), max(times).replace(**midnight) + timedelta(days=1)


def found(trail, detector, example):
    """The keys of what the detector finds in the windows from day 1 on, with the findings."""
    first_day = base(NUMBER[detector.name, example.name])
    _, end = reach(example, first_day)
    spans = list(
        closed(detector.window, ZONE, first_day, end + timedelta(days=detector.window.days))
    )
    if detector.window is HOUR and "v_" not in detector.events:
        spans = [one for span in spans for one in single_hours(span)]
    keys = defaultdict(list)
    for span in spans:
        for one in find(trail, detector, span, TERMS):
            keys[one.key].append(one)
    return keys


@pytest.mark.parametrize(
    ("detector", "example"), EXAMPLES, ids=[f"{one.name}: {told.name}" for one, told in EXAMPLES]
)
def test_a_detector_finds_what_its_example_says(trail, detector, example):
    """The keys are those of the example, and each finding can be read and rests on events."""
    keys = found(trail, detector, example)
    assert tuple(sorted(keys)) == tuple(sorted(example.finds))
    for findings in keys.values():
        for one in findings:
            assert one.events
            assert one.sentence[:-1].strip()
            assert "{" not in one.sentence + one.sentence_ko


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
