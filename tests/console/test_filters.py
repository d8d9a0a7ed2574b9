"""The filters that programs and forms may give."""

import pytest
from starlette.requests import Request

from investigate.filters import AMONG, Filters
from investigate.web.app import routed
from investigate.web.parameters import Choice, among, choice
from investigate.web.site import Address, Site
from investigate.web.words import WORDS

OWN = {"accessed_for": "purpose"}
"""The filter whose name is that of the asker's own purpose."""


@pytest.mark.parametrize("route", ["GET /v1/count", "GET /v1/export"])
def test_every_filter_can_be_given(route):
    """Counting and exporting take all filters that the questions know, and a time."""
    app = routed(Site(None, None, Address("http://127.0.0.1"), None))
    named = {OWN.get(name, name) for name in app.state.parameters[route] if name != "purpose"}
    assert set(Filters.__struct_fields__) - {"among"} <= named


def test_every_filter_comes_to_the_question():
    """Each reaches the filter of its name with its value, and none has another's."""
    given = {name: f"a {name}" for name in Choice.__slots__} | {"verdict": "misuse"}
    told = choice({**given, "csrf": "0", "purpose": "audit.inspection"}).filters
    assert Filters(**told).given == {OWN.get(name, name): one for name, one in given.items()}


def test_an_empty_field_is_no_filter():
    """A form sends all its fields; those left empty choose nothing."""
    empty = dict.fromkeys(Choice.__slots__, " ")
    assert Filters(**choice(empty).filters).given == {}
    with pytest.raises(ValueError, match="verdict"):
        choice({"verdict": "either"})


@pytest.mark.parametrize("all_of_it", ["All", "$__all"])
def test_what_a_dashboard_was_narrowed_to_is_told_by_its_names(all_of_it):
    """Several values of one variable; one of which all are chosen narrows nothing."""
    query = f"id=x&var-role=clerk&var-role=chief&var-file={all_of_it}&var-other=1&var-actor="
    request = Request({"type": "http", "query_string": query.encode(), "headers": []})
    assert among(request) == {"role": ("clerk", "chief")}


def test_every_filter_of_a_dashboard_has_a_label():
    """A page says in both languages what it was narrowed to."""
    assert AMONG.keys() <= WORDS.keys()


def test_every_filter_has_a_label():
    """A form names each filter in both languages."""
    assert set(Choice.__slots__) <= WORDS.keys()
