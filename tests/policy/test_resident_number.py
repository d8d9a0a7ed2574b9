"""Finding resident registration numbers, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.resident_number import holds_resident_number, text_holds_resident_number


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234568",
        "9001011234568",
        "900101 1234568",
        "900101 - 1234568",
        "(900101-1234568)",
        "id=9001011234568&x",
        "\uff19\uff10\uff10\uff11\uff10\uff11\uff0d\uff11\uff12\uff13\uff14\uff15\uff16\uff18",
        "201015-3123456",
    ],
)
def test_a_number_is_found(text):
    """With a hyphen, a space or nothing between, in any script's digits."""
    assert text_holds_resident_number(text)


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
        "1641006000000",
        "010-1234-5678",
        "",
    ],
)
def test_what_only_looks_like_one_is_not(text):
    """A wrong check digit, no date, or letters and digits around it."""
    assert not text_holds_resident_number(text)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text())
def test_the_quick_look_misses_nothing(before, after):
    """A number between any two texts with a border is found in their JSON bytes."""
    raw = f"{before} 900101-1234568 {after}".encode(errors="replace")
    assert holds_resident_number(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(raw):
    """Bytes that are no text at all are looked at without an error."""
    assert holds_resident_number(raw) in {True, False}
