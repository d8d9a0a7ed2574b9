"""Which numbers belong to which hour, as a heartbeat tells it."""

import pytest

from audit.heartbeat import Hour
from producers import hours as hours_of
from producers.hours import Hours


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    """The clock that the hours look at; set it with `clock(seconds)`."""
    now = [7200.0]
    monkeypatch.setattr(hours_of, "time", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def test_an_hour_is_a_range_of_numbers(clock):
    """What waits or was put aside is not in Kafka, in its own hour."""
    hours = Hours()
    for sequence in range(10):
        clock(7200 if sequence < 6 else 10_800)
        hours.note(sequence)
    told = hours.at(10, [4, 8], [5], closing=True)
    assert told.hours == (
        Hour("1970-01-01T02:00:00Z", 0, 6, 4),
        Hour("1970-01-01T03:00:00Z", 6, 10, 3),
    )
    assert (told.next_sequence, told.settled, told.closing) == (10, 4, True)


def test_an_hour_is_told_until_kafka_has_heard_that_nothing_waits(clock):
    """A year's epoch does not grow its heartbeats."""
    hours = Hours()
    hours.note(0)
    clock(10_800)
    hours.note(1)
    hours.told(hours.at(2, [0], [], closing=False))
    assert len(hours.at(2, [], [], closing=False).hours) == 2
    hours.told(hours.at(2, [], [], closing=False))
    assert [one.first_sequence for one in hours.at(2, [], [], closing=False).hours] == [1]


def test_a_clock_that_goes_back_opens_no_hour_again(clock):
    """Numbers of an hour stay neighbours."""
    hours = Hours()
    clock(10_800)
    hours.note(0)
    clock(7200)
    hours.note(1)
    assert [one.first_sequence for one in hours.at(2, [], [], closing=False).hours] == [0, 0]
