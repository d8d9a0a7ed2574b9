"""The rounds of the detectors over a trail: what is counted when, and what a failure does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.detecting import QUICKEST, SHARE, Detecting, pause
from stream.detectors.bulk_reading import IN_DAY, IN_HOUR
from stream.detectors.example import access
from stream.questions import Terms
from tests.detectors.histories import MONDAY, Teller

pytestmark = pytest.mark.slow

LATER = (MONDAY + timedelta(days=2)).astimezone(UTC)


def reads(people, **fields):
    """So many people read within ten minutes before eleven."""
    return [
        access(f"1 10:5{n // 60}:{n % 60:02}", subject=f"member:{n}", **fields) for n in people
    ]


def look(detecting):
    """Look until nothing is left to close; what was found, by name of the detector."""
    found = []
    while True:
        steps = []
        for step in detecting.look(LATER, LATER):
            detecting.keep(step)
            steps.append(step)
        found += [(step.asker, one) for step in steps for one in step.found]
        if all(step.closed_to is None for step in steps):
            return found


def test_what_is_late_counts_within_the_bound_and_is_counted_beyond_it(trail):
    """61 people, one event of whom comes 14 minutes after the hour: found. Another is too late."""
    teller = Teller(trail)
    teller.tell(reads(range(60)))
    teller.tell(reads([60], late=23))
    detecting = Detecting(trail, [IN_HOUR], Terms())
    ((_, one),) = look(detecting)
    assert len(one.events) == 61
    teller.tell(reads([61], late=60))
    detecting = Detecting(trail, [replace(IN_HOUR, id="again")], Terms())
    ((_, one),) = look(detecting)
    assert len(one.events) == 61


def test_a_question_that_fails_does_not_keep_others_from_theirs(trail):
    """It rests, and says so; the next detector finds what it looks for."""
    Teller(trail).tell(reads(range(70)))
    broken = replace(IN_DAY, events="SELECT no_such_column AS key FROM handled")
    assert [name for name, _ in look(Detecting(trail, [broken, IN_HOUR], Terms()))] == [
        "bulk_reading/hour"
    ]


def test_a_shadow_finding_is_kept_apart(trail):
    """It is in `v_shadow_findings` alone."""
    Teller(trail).tell(reads(range(70)))
    look(Detecting(trail, [replace(IN_HOUR, shadow=True)], Terms()))
    ((apart,),) = trail.rows("SELECT count() FROM v_shadow_findings")
    ((shown,),) = trail.rows("SELECT count() FROM v_findings WHERE detector = 'bulk_reading'")
    assert (apart, shown) == (1, 0)


def test_an_empty_trail_is_left_alone(trail):
    """Nothing is asked and no window is closed before the first event."""
    assert not look(Detecting(trail, [IN_HOUR], Terms()))
    assert not list(Detecting(trail, [IN_HOUR], Terms()).look(datetime.now(UTC), LATER))


@given(st.lists(st.floats(1e-4, 60.0), min_size=1, max_size=40))
def test_looks_at_open_windows_keep_to_their_share_of_the_time(seconds):
    """However long each one takes; and where there is time, nobody waits long."""
    took = {str(number): one for number, one in enumerate(seconds)}
    pauses = {name: pause(name, took) for name in took}
    assert sum(took[name] / pauses[name] for name in took) <= 1 / SHARE + 1e-9
    assert min(pauses.values()) >= QUICKEST


def test_a_slow_look_comes_rarely_and_holds_up_no_other():
    """One of ten seconds among thirty of ten milliseconds."""
    took = {"slow": 10.0} | {str(number): 0.01 for number in range(30)}
    assert pause("1", took) < 10
    assert 100 < pause("slow", took) < 300
