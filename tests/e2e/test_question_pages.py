"""The pages with a form of their own show what was asked, masked, a page at a time, on record."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from audit.topics import ACCESS_EVENTS, BUSINESS_EVENTS
from tests.audit.test_codec import an_event
from tests.e2e.conftest import HANDLER, INSPECTOR, signed_in
from tests.e2e.test_detectors import a_payment
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("events")]

SUBJECT, RECIPIENT = f"member:{uuid4().int}", f"district:{uuid4().hex}"
SESSION, REQUEST, COOKIE = (f"{one}-{uuid4().hex}" for one in ("s", "r", "c0ffee"))
NOW = datetime.now(UTC)
TIMES = [NOW - timedelta(minutes=60 - one) for one in range(55)]
EVENTS = [str(uuid4()) for _ in TIMES]
QUESTIONS = {
    "session": {"id": SESSION},
    "request": {"id": REQUEST},
    "touched": {"file": "user_personal_information", "item": "name", "start": str(TIMES[0])},
    "recipient": {"id": RECIPIENT},
}
OLDEST_FIRST = {"session", "request"}
RECORDED = """
SELECT path, subject, records, verdict FROM v_access_events
WHERE source = '/services/investigate' AND path LIKE {path:String}
"""


@pytest.fixture(name="events", scope="module")
def _events(trail, producer):
    """Fifty-five accesses, a minute apart, and a business event before them."""
    for event, time in zip(EVENTS, TIMES, strict=True):
        document = an_event(id=event, time=time.isoformat(), subject=SUBJECT)
        document["data"]["client"] |= {"cookie": COOKIE}
        document["data"]["usage"] |= {"session": SESSION, "request_id": REQUEST}
        document["data"] |= {"recipient": RECIPIENT}
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=HANDLER.encode())
    paid = a_payment(SUBJECT) | {"time": (TIMES[0] - timedelta(minutes=1)).isoformat()}
    producer.send(BUSINESS_EVENTS, json.dumps(paid).encode(), key=SUBJECT.encode())
    producer.flush()
    for view, number in (("v_access_events", len(EVENTS)), ("v_business_events", 1)):
        query = f"SELECT count() FROM {view} WHERE subject = {{subject:String}}"
        eventually(lambda q=query, n=number: trail.rows(q, {"subject": SUBJECT})[0][0] == n)


@pytest.fixture(name="reader", scope="module")
def _reader(served):
    """An investigator with grounds, as a browser."""
    headers = signed_in(served, INSPECTOR)
    token = headers["Cookie"].partition("=")[2]
    served.sessions.set_grounds(token, "audit.inspection", "pages", "a complaint")
    with httpx2.Client(base_url=served.address.url, headers=headers, timeout=60) as client:
        yield client


def shown(reader, path, given):
    """The events of all pages, in their order, and how many each page has."""
    answer, ids, sizes = reader.get(path, params=given), [], []
    while True:
        assert answer.status_code == 200, answer.text
        assert COOKIE not in answer.text
        found = re.findall(r'/event\?id=([^"&]+)', answer.text)
        ids, sizes = ids + found, [*sizes, len(found)]
        following = re.search(r'rel="next" href="([^"]+)"', answer.text)
        if not following:
            return ids, sizes
        answer = reader.get(html.unescape(following[1]))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_shows_each_access_once(trail, reader, name):
    """Page after page, in the question's order; and each page is a question on record."""
    ids, sizes = shown(reader, f"/{name}", QUESTIONS[name])
    ours = [one for one in ids if one in EVENTS]
    assert ours == (EVENTS if name in OLDEST_FIRST else EVENTS[::-1])
    assert sizes[0] == 50
    recorded = "session" if name == "request" else name
    first = next(iter(QUESTIONS[name])).replace("id", "request_id" if name == "request" else name)
    where = {"path": f"/cases/pages/questions/{recorded}?%{first}=%"}
    rows = eventually(lambda: found if len(found := trail.rows(RECORDED, where)) >= 2 else None)
    assert {row[3] for row in rows} == {"allowed"}


def test_what_follows_of_a_handler_is_of_the_same_month(reader, tomorrow):
    """Page and API tell since when, so that a cursor still fits after midnight."""
    page = reader.get("/handler", params={"id": HANDLER}).text
    asked = {"actor": HANDLER, "limit": 1, "purpose": "audit.inspection"}
    told = reader.get("/v1/actor", params=asked).json()
    tomorrow()
    further = reader.get(html.unescape(re.search(r'rel="next" href="([^"]+)"', page)[1]))
    assert further.status_code == 200, further.text
    before, after = (set(re.findall(r"/event\?id=([^&]+)", one)) for one in (page, further.text))
    assert after
    assert not before & after
    asked |= {"start": told["start"], "cursor": told["next"]}
    (row,) = reader.get("/v1/actor", params=asked).json()["rows"]
    assert row["event_id"] != told["rows"][0]["event_id"]
    del asked["start"]
    assert reader.get("/v1/actor", params=asked).status_code == 400


def test_a_life_is_told_from_its_beginning(trail, reader):
    """What happened to the person's affairs is among the accesses, in order of time."""
    ids, (first, *_) = shown(reader, "/life", {"id": SUBJECT})
    assert [one for one in ids if one in EVENTS] == EVENTS
    assert first == 49
    page = reader.get("/life", params={"id": SUBJECT}).text
    rows = page.partition("<tbody>")[2].split("<tr>")
    assert "paid" in rows[1]
    assert "business event" in rows[1]
    where = {"path": "/cases/pages/questions/life"}
    rows = eventually(lambda: trail.rows(RECORDED, where))
    assert {(row[1], row[3]) for row in rows} == {(SUBJECT, "allowed")}
    part = {"id": SUBJECT, "start": TIMES[50].isoformat(), "end": TIMES[53].isoformat()}
    assert shown(reader, "/life", part)[0] == EVENTS[50:53]


def test_a_count_combines_filters(trail, reader):
    """Groups of whatever is ticked, of the accesses that are all that the form says."""
    given = {"by": ["purpose", "weekday"], "subject": SUBJECT, "cookie": COOKIE, "role": ""}
    page = reader.get("/count", params=given | {"organization": "", "end": ""}).text
    cells = re.findall(r'<td class="number">([^<]*)', page)
    assert sum(int(one) for one in cells[::4]) == len(EVENTS)
    assert re.findall(r'id="by-([a-z_]+)"[^>]*checked', page) == given["by"]
    where = {"path": "/cases/pages/questions/count?by=purpose%weekday&cookie=~%"}
    ((_, subject, _, verdict),) = eventually(lambda: trail.rows(RECORDED, where))
    assert (subject, verdict) == (SUBJECT, "allowed")


def test_an_event_leads_to_its_questions(reader):
    """What the event's page shows has a link; a session has one once it is unmasked."""
    page = reader.get("/event", params={"id": EVENTS[3]}).text
    leads = [html.unescape(one) for one in re.findall(r'<dd><a href="([^"]+)"', page)]
    assert {urlpath(one) for one in leads} == {
        *("/handler", "/subject", "/touched", "/recipient", "/where", "/request")
    }
    assert all(reader.get(one).status_code == 200 for one in leads)
    assert '<a href="/touched?file=user_personal_information&amp;item=mobile">mobile</a>' in page
    near = next(one for one in leads if one.startswith("/request"))
    assert EVENTS[3] in reader.get(near).text
    given = {"event": EVENTS[3], "field": "session", "justification": "to follow it"}
    unmasked = reader.post("/unmask", data=given).text
    assert f'<a href="/session?id={SESSION}">' in unmasked


def urlpath(address):
    return address.partition("?")[0]
