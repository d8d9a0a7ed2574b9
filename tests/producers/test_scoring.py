"""How findings are held against what is planted."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.scoring import Found, Score, report
from producers.plots.truth import Case

BEGIN = datetime(2026, 3, 9, 10, tzinfo=UTC)


def a_case(detector, variant, *events):
    name = f"{detector}/{variant}/0"
    return Case(name, detector, variant, {}, list(events), BEGIN.isoformat(), BEGIN.isoformat())


def a_finding(detector, *events, after=0):
    return Found(detector, events, "somebody did", lambda: BEGIN + timedelta(seconds=after))


def scored(cases, found):
    score = Score()
    return score, list(score.add(cases, found))


def test_a_finding_is_right_by_any_event_of_a_case_of_its_detector():
    """One event suffices, whatever else it rests on."""
    case = a_case("bulk_reading", "easy", "a", "b")
    score, told = scored([case], [a_finding("bulk_reading", "x", "b", after=90)])
    assert told == []
    assert (score.recall("bulk_reading", "easy"), score.precision("bulk_reading")) == (1, 1)
    assert score.took["bulk_reading", "easy"] == [timedelta(seconds=90)]


def test_the_first_finding_of_a_case_is_when_it_was_detected():
    """Others of the same case are right, and do not come again."""
    case = a_case("bulk_reading", "easy", "a")
    found = [a_finding("bulk_reading", "a", after=after) for after in (900, 30)]
    score, _ = scored([case], found)
    assert score.right["bulk_reading"] == 2
    assert score.caught["bulk_reading", "easy"] == 1
    assert score.took["bulk_reading", "easy"] == [timedelta(seconds=30)]


def test_a_finding_in_a_case_of_a_related_kind_counts_neither_way():
    """It says something true; and its own cases are still missed."""
    cases = [a_case("bulk_reading", "hard", "a"), a_case("no_business_event", "easy", "b")]
    score, told = scored(cases, [a_finding("no_business_event", "a")])
    assert score.precision("no_business_event") is None
    assert score.recall("no_business_event", "easy") == 0
    assert [line.split(":")[0] for line in told] == ["missed", "missed"]


@pytest.mark.parametrize("events", [("x",), ("b",)])
def test_any_other_finding_is_wrong(events):
    """In ordinary events, or in a case of a kind that is not related."""
    score, told = scored([a_case("brute_force", "easy", "b")], [a_finding("own_circle", *events)])
    assert score.precision("own_circle") == 0
    assert told[0].startswith("wrong: own_circle: somebody did")


def test_the_report_says_whether_it_is_as_good_as_is_expected():
    """Precision and recall over all detectors decide, and every kind has its row."""
    case = a_case("bulk_reading", "easy", "a")
    hard = a_case("bulk_reading", "hard", "b")
    good, _ = scored([case, hard], [a_finding("bulk_reading", "a", "b")])
    assert "hard: met." in report(good, "one city", training=False)
    assert "| bulk_reading | 1 / 1 / 0 | 1.00 | 0 | 1.00 / 1.00 / - |" in report(
        good, "one city", training=False
    )
    poor, _ = scored([case, hard], [a_finding("bulk_reading", "b")])
    assert "hard: not met." in report(poor, "one city", training=True)


def test_cities_are_counted_together():
    """Cases, findings, right and wrong, and the times of two cities add up."""
    case = a_case("bulk_reading", "easy", "a")
    score, _ = scored([case], [a_finding("bulk_reading", "a", after=30)])
    other, _ = scored([case], [a_finding("bulk_reading", "x")])
    score.merge(other)
    assert (score.recall(None, "easy"), score.precision(None)) == (0.5, 0.5)
    assert score.took["bulk_reading", "easy"] == [timedelta(seconds=30)]
    assert "| **overall** | 2 / 0 / 0 | 0.50 | 1 |" in report(score, "two", training=True)
