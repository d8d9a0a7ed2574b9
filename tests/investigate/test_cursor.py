"""Cursors and filters are what they must be, or the question is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from investigate.cursor import Cursor, Number, Paging, read, written
from investigate.errors import WrongQuestionError
from investigate.filters import LONGEST, Filters, conditions
from investigate.questions.handler import month_of

KEY = tuple[Number, str]
NUMBERS = st.integers(-(2**62), 2**62)


@given(NUMBERS, NUMBERS, st.text(max_size=50), st.text(max_size=50))
def test_a_cursor_is_read_as_it_was_written(snapshot, number, name, question):
    """The text carries the place, and only the question it was written for reads it."""
    text = written(Cursor(snapshot, (number, name)), question)
    assert read(text, question, KEY) == Cursor(snapshot, (number, name))
    with pytest.raises(WrongQuestionError, match="does not belong"):
        read(text, question + " ", KEY)


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: raw.hex()))
def test_what_is_no_cursor_is_refused(text):
    """Whatever is handed in, it is said that it is no cursor of this question."""
    with pytest.raises(WrongQuestionError):
        read(text, "question", KEY)


@pytest.mark.parametrize("after", [(1,), ("1", "x"), (1, "x", 2), (2**63, "x"), (1, None)])
def test_a_cursor_of_another_shape_is_refused(after):
    """A cursor that somebody made up, with the right check, still has to name a place."""
    with pytest.raises(WrongQuestionError):
        read(written(Cursor(0, after), "question"), "question", KEY)


@pytest.mark.parametrize("size", [0, -1, 1_001])
def test_a_page_has_a_bounded_size(size):
    """Neither nothing nor everything."""
    with pytest.raises(WrongQuestionError, match="1 to 1000"):
        Paging(size=size)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(subject=""), "subject must have 1 to"),
        (Filters(actor="x" * (LONGEST + 1)), "actor must have 1 to"),
        (Filters(ip="\udcff"), "ip is not UTF-8"),
        (Filters(verdict="guilty"), "verdict is one of allowed, misuse"),
        (Filters(start=datetime(2026, 1, 1)), "has no zone"),  # noqa: DTZ001  that is the point
        (
            Filters(start=datetime(2026, 1, 2, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)),
            "before it begins",
        ),
    ],
)
def test_a_filter_that_cannot_be_is_refused(filters, said):
    """The field is named."""
    with pytest.raises(WrongQuestionError, match=said):
        conditions(filters)


def test_there_is_no_month_before_all_time():
    """A handler's month may not begin before the first year."""
    with pytest.raises(WrongQuestionError, match="before all time"):
        month_of("staff:1", None, datetime(1, 1, 2, tzinfo=UTC))


TEXTS = sorted(set(Filters.__struct_fields__) - {"start", "end", "among"})


@given(st.sampled_from(TEXTS), st.text(min_size=1, max_size=LONGEST))
def test_no_value_becomes_sql(name, value):
    """Values are bound, whatever they say; SQL is made of our own words alone."""
    value = {"verdict": "misuse", "ip": value.replace("/", "-")}.get(name, value)
    sql, bound = conditions(Filters(**{name: value}))
    written = name in {"ip", "mac"}  # in several ways, of which the value is one
    assert value in bound[name] if written else bound == {name: value}
    assert f"{{{name}:{'Array(String)' if written else 'String'}}}" in sql[0]
    assert sql == conditions(Filters(**{name: "allowed"}))[0]
