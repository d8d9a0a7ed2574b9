"""Pages show every event once, whatever is stored while somebody reads."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from investigate.cursor import Paging
from investigate.filters import Filters
from investigate.questions import accesses, counting, findings
from investigate.questions import life as lives
from storage import detections
from tests.investigate.conftest import access, store

pytestmark = pytest.mark.slow

# Minutes, of which several events share one, before and after whatever was shown last.
MINUTES = st.lists(st.integers(-3, 3), max_size=12)


def every_page(ask, size, meanwhile):
    """All rows, page by page; after each page `meanwhile` stores more, while it has any."""
    seen, cursor = [], None
    while True:
        page = ask(Paging(cursor, size))
        seen += page.rows
        cursor = page.following
        if cursor is None:
            return seen
        for store_more in meanwhile:
            store_more()
            break


@settings(max_examples=12)
@given(there=MINUTES, late=MINUTES, size=st.integers(1, 5), oldest=st.booleans())
def test_no_event_is_shown_twice_or_left_out(shared_trail, reader, *, there, late, size, oldest):
    """What was there is shown once, in order; what comes meanwhile moves nothing."""
    subject = f"member:{uuid4().hex}"
    documents = [access(minute, subject=subject) for minute in there]
    store(shared_trail, documents)
    meanwhile = (
        lambda minute=minute: store(shared_trail, [access(minute, subject=subject)])
        for minute in late
    )

    def ask(paging):
        return accesses.listed(reader, Filters(subject=subject), paging, oldest_first=oldest)

    seen = every_page(ask, size, meanwhile)
    assert sorted(row.event_id for row in seen) == sorted(one["id"] for one in documents)
    keys = [accesses.place(row) for row in seen]
    assert keys == sorted(keys, reverse=not oldest)


@settings(max_examples=8)
@given(MINUTES, MINUTES, st.integers(1, 5))
def test_no_step_of_a_life_is_shown_twice_or_left_out(shared_trail, reader, there, late, size):
    """A life's pages hold what was there when the first was asked."""
    subject = f"member:{uuid4().hex}"
    documents = [access(minute, subject=subject) for minute in there]
    store(shared_trail, documents)
    meanwhile = (
        lambda minute=minute: store(shared_trail, [access(minute, subject=subject)])
        for minute in late
    )
    of = Filters(subject=subject)
    seen = every_page(lambda paging: lives.life(reader, of, paging), size, meanwhile)
    assert sorted(row.event_id for row in seen) == sorted(one["id"] for one in documents)


@settings(max_examples=8)
@given(st.lists(st.sampled_from("abc'\\,é"), max_size=9), st.integers(1, 3))
def test_groups_are_counted_once_while_more_comes(shared_trail, reader, names, size):
    """Counts are of one moment, so no group moves to another page."""
    source = f"/services/{uuid4().hex}"
    store(shared_trail, [access(0, source=source, subject=name) for name in names])

    def more():
        store(shared_trail, [access(0, source=source, subject=name) for name in "abcd"])

    def ask(paging):
        return counting.counted(reader, Filters(source=source), ("subject",), paging)

    seen = every_page(ask, size, iter([more] * 3))
    assert {row.key[0]: row.accesses for row in seen} == {n: names.count(n) for n in names}
    assert len(seen) == len(set(names))


AGES = 0, 0, 0, 1, 2, 2, 29, 30, 31, 364, 366, 3000, -40
"""In days: about the bounds of the times that are looked in one after another, and ahead."""


@pytest.mark.parametrize("size", [1, 3, 12, 13, 50])
@pytest.mark.parametrize("by", ["detector", "actor"])
def test_every_finding_is_on_one_page(shared_trail, reader, size, by):
    """However old their windows are, findings come once each, the newest window first."""
    mine, now = uuid4().hex, datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    event = detections.Event("t", 0, 1, str(uuid4()), now, "member:1", "/services/reservation")
    stored = [
        detections.Detection(
            *(str(uuid4()), mine, "high", "Art. 9(3)2", mine, "key", at, at),
            *("title", "제목", "sentence", "문장", "runbook", False, (event,)),
        )
        for at in (now - timedelta(days=age) for age in AGES)
    ]
    detections.store(shared_trail, stored)
    wanted = findings.Wanted(**{by: mine})
    seen = every_page(lambda paging: findings.open_findings(reader, wanted, paging), size, [])
    keys = [(one.window_start, one.finding_id) for one in seen]
    assert keys == sorted(keys, reverse=True)
    assert {one.finding_id for one in seen} == {one.finding_id for one in stored}
    assert len(seen) == len(stored)
