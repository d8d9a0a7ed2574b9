"""What stands in the trail harms neither terminal nor spreadsheet."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investigate.printing import cell, document, shown

FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc", "%0A=1", "\uff1d1"]


@given(st.text(st.characters()))
def test_a_terminal_is_told_nothing_to_obey(text):
    """No control character, no change of direction, no new line is left."""
    assert shown(text).isprintable()


def test_what_a_person_writes_is_shown_as_it_is():
    """Hangul, accents and signs are not touched."""
    assert shown("가나다 · café <b>§</b>") == "가나다 · café <b>§</b>"
    assert shown("\x1b[31m\u202e") == "\\x1b[31m\\u202e"
    assert shown(["a", "b"]) == "a, b"
    assert shown(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_gets_no_formula(text):
    """What one would compute begins with an apostrophe, also in a list."""
    assert cell(text) == f"'{text}"
    assert cell([text]) == f"'{text}"


def test_a_number_stays_a_number():
    """A count is one, also below nothing."""
    assert cell(-3) == "-3"
    assert cell("member:1") == "member:1"


@given(st.recursive(st.text(st.characters(exclude_categories=())), st.lists, max_leaves=5))
def test_json_says_the_same_and_nothing_to_obey(value):
    """It is one line of printable characters, and reads as what was written."""
    text = document(value)
    assert text.isprintable()
    assert json.loads(text) == value
