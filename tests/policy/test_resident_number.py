"""Finding resident registration numbers, and nothing else."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.codec import microseconds
from audit.resident_number import LOOKED_AT, holds_resident_number, text_holds_resident_number

AT = microseconds("2026-11-23T12:00:00+09:00")


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234568",
        "9001011234568",
        "900101 1234568",
        "900101 - 1234568",
        "900101.1234568",
        "900101/1234568",
        "900101_1234568",
        "900101\u20131234568",
        "900101\u200b1234568",
        "(900101-1234568)",
        "id=9001011234568&x",
        "주민번호900101-1234568",
        "주민번호9001011234568",
        "900101-1234568입니다",
        "9001011234568입니다",
        "no900101-1234568x",
        "_9001011234568_",
        "\uff19\uff10\uff10\uff11\uff10\uff11\uff0d\uff11\uff12\uff13\uff14\uff15\uff16\uff18",
        "201015-3123456",
        "261123-3123456",
        "180101-3234566",
        "1801013234566",
    ],
)
def test_a_number_is_found(text):
    """However it is separated, in any script's digits and next to any script's letters."""
    assert text_holds_resident_number(text, AT)


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234567",
        "901301-1234568",
        "900230-1234560",
        "900101-9234568",
        "a9001011234568",
        "9001011234568b",
        "19001011234568",
        "1-900101-12345689",
        "c0ffee5e9001011234568f",
        "019ab0f2-6c1e-7d31-8f0a-900101123456",
        "2010153123456",
        "261124-3123456",
        "991231-3123456",
        "1641006000000",
        "010-1234-5678",
        "",
    ],
)
def test_what_only_looks_like_one_is_not(text):
    """A wrong check digit, no date, a birth after the event, or letters and digits around it."""
    assert not text_holds_resident_number(text, AT)


def test_the_time_of_the_event_in_milliseconds_is_none():
    """What pages add to their addresses against caches is not taken for a number."""
    now = microseconds("2027-01-27T00:58:20Z")  # 1801011500000 ms, like a birth in 1918
    times = [now // 1000 + more for more in range(0, 3_600_000, 7_777)]
    later = microseconds("2027-02-27T00:58:20Z")
    assert any(text_holds_resident_number(str(time), later) for time in times)
    assert not any(text_holds_resident_number(f"/x?_={time}", now) for time in times)


@pytest.mark.parametrize(
    ("drawn", "at_most"),
    [
        (lambda dice: f"{dice.randrange(1_767_225_600_000, 1_861_920_000_000)}", 0.005),
        (lambda dice: f"{dice.randrange(10**13):013}", 0.003),
        (lambda dice: f"{dice.randrange(10**6):06}-{dice.randrange(10**7):07}", 0.004),
    ],
    ids=["milliseconds of 2026 to 2028", "thirteen digits", "six and seven digits"],
)
def test_false_alarms_are_as_few_as_documented(drawn, at_most):
    """Random digits are seldom taken for a number."""
    dice = random.Random(7)
    alarms = sum(text_holds_resident_number(f"/a?b={drawn(dice)}", AT) for _ in range(30_000))
    assert alarms <= at_most * 30_000


@settings(max_examples=200)
@given(st.text(), st.sampled_from(" \t\r\n-./_\u2013"), st.text())
def test_the_quick_look_misses_nothing(before, between, after):
    """A number between any two texts with a border is found in their JSON bytes."""
    raw = f"{before} 900101{between}1234568 {after}".encode(errors="replace")
    assert holds_resident_number(raw, AT)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(-(2**55), 2**58))
def test_any_bytes_get_an_answer(raw, at):
    """Bytes that are no text at all are looked at without an error."""
    assert holds_resident_number(raw, at) in {True, False}


@pytest.mark.parametrize("near", ["900101-1234567 ", "9001011234567 "])
def test_more_candidates_than_are_looked_at_count_as_one_number(near):
    """A document of near misses costs little, and cannot hide a number behind them."""
    assert not text_holds_resident_number(near * LOOKED_AT, AT)
    assert text_holds_resident_number(near * (LOOKED_AT + 1), AT)
