"""The questions that investigators ask find their rows by an index, not by reading everything."""

import pytest

from investigate.filters import PLACES
from storage.rows import Place

pytestmark = pytest.mark.slow

QUESTIONS = {
    "by_subject": "subject = 'member:1'",
    "by_actor": "actor = 'staff:1'",
    "by_ip": "ip = '203.0.113.9'",
    "by_cookie": "cookie = 'c0ffee'",
    "by_mac": "mac = '02:00:00:ab:cd:ef'",
    "by_session": "session = 's-1'",
    "by_file": "file = 'user_billing_information'",
    "by_verdict": "verdict = 'misuse'",
    "by_time": "occurred_at < '2001-01-01'",
}
FILL = """
INSERT INTO access_events
    (topic_id, partition, offset, received_at, occurred_at, subject, actor, writer)
SELECT 't', 0, number, now(), now(), 'member:' || number, 'staff:' || number % 50, {writer:String}
FROM numbers(20000)
"""


EVENTS = {
    "by_event_time": "019ab0f2-6c1e-7d31-8f0a-3c1d5e7f9a10",
    "by_untimed_event": "e-1",
}


@pytest.mark.parametrize(("index", "event"), EVENTS.items(), ids=EVENTS.keys())
def test_an_event_is_found_by_the_time_of_its_id_or_by_the_id(trail, index, event):
    """A UUID that begins with its time is looked for by it, another id by the filter."""
    trail.client.command(FILL, parameters={"writer": trail.claim(Place("t", 0))})
    plan = trail.client.command(
        f"EXPLAIN indexes = 1 {PLACES.format(ids='SELECT {event_id:String} AS id')}",
        parameters={"event_id": event},
    )
    assert f"Name: {index}" in str(plan)


@pytest.mark.parametrize(("index", "condition"), QUESTIONS.items(), ids=QUESTIONS.keys())
def test_a_question_uses_its_index(trail, index, condition):
    """The engine's plan names the index, asked through the view that people read."""
    trail.client.command(FILL, parameters={"writer": trail.claim(Place("t", 0))})
    query = f"EXPLAIN indexes = 1 SELECT event_id FROM v_access_events WHERE {condition}"
    assert f"Name: {index}" in str(trail.client.command(query))
