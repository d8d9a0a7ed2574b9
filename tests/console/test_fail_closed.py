"""A question that cannot be recorded is not answered."""

from contextlib import suppress

import pytest

from investigate.accounts.users import Role
from investigate.cases.case import Kept, Person, State
from investigate.cases.register import Found, New
from investigate.web.archive import Archive
from investigate.web.site import Site
from policies import load_policy
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from tests.console.conftest import AWAY, HANDLER, NAMES, signed_in

GROUNDS = {"purpose": "audit.inspection", "case": "2026-17", "justification": "a complaint"}
TRAIL_AWAY = "no answer is given, for the trail does not answer; try again"
NOT_TAKEN = "nothing is done, for it could not be recorded; try again"
NOT_RECORDED = "no answer is given, for it is not recorded that it was asked; try again"


@pytest.fixture(name="unrecorded")
def _unrecorded(site, database, trail, tmp_path):
    """A console whose trail answers, and whose Kafka is away."""
    assert trail.rows("SELECT count() FROM v_access_events", {}) == [(0,)]
    log = AccessLog("investigate", bootstrap=AWAY, home=tmp_path / "log")
    archive = Archive(database, log, load_policy(), patience=0.3)
    yield Site(site.users, site.sessions, site.address, archive, site.clock)
    archive.close()
    with suppress(UndeliveredError):
        log.close(timeout=0)


@pytest.mark.slow
def test_without_kafka_there_is_no_answer(unrecorded):
    """While Kafka is away every question is a problem 503 that says so, and shows nothing."""
    inspector = signed_in(unrecorded, Role.PRIVACY_OFFICER).client
    asked = {
        "who-saw": {"subject": "member:1"},
        "inquiries": {},
        "count": {"by": "verdict"},
        "why": {"event": "none"},
        "export": {"format": "csv"},
    }
    for path, given in asked.items():
        answer = inspector.get(f"/v1/{path}", params={**given, **GROUNDS})
        assert answer.status_code == 503
        assert answer.json()["detail"] == NOT_RECORDED
        assert "rows" not in answer.json()


@pytest.mark.slow
def test_without_kafka_nothing_is_done(unrecorded):
    """A step that cannot be recorded is not taken: the case is as it was."""
    person = Person(NAMES[Role.INVESTIGATOR], Role.INVESTIGATOR)
    found = Found("", [Kept("f-1", "purpose_not_allowed", "high", HANDLER)])
    new = New("Reads", "audit.inspection", found)
    number = unrecorded.cases.open(person, new, lambda *_: "event-1").number
    inspector = signed_in(unrecorded, Role.INVESTIGATOR)
    given = {"handler": HANDLER, "question": "Why?", "deadline": "2999-01-01"}
    answer = inspector.client.post(
        f"/v1/cases/{number}/ask", json=given, headers=inspector.headers
    )
    assert (answer.status_code, answer.json()["detail"]) == (503, NOT_TAKEN)
    assert unrecorded.cases.find(number).state is State.OPEN
    answer = inspector.client.get(f"/v1/cases/{number}")
    assert (answer.status_code, answer.json()["detail"]) == (503, NOT_RECORDED)


def test_without_the_trail_there_is_no_answer(site, caplog):
    """While ClickHouse is away a question is a problem 503, whose cause is logged; we go on."""
    inspector = signed_in(site, Role.INVESTIGATOR).client
    answer = inspector.get("/v1/who-saw", params={"subject": "member:1", **GROUNDS})
    assert answer.status_code == 503
    assert answer.json()["detail"] == TRAIL_AWAY
    assert AWAY in caplog.text
    assert inspector.get("/v1/session").status_code == 200


def test_a_person_gets_a_page(site):
    """What goes wrong on a page is said on a page, with the way back."""
    inspector = signed_in(site, Role.INVESTIGATOR).client
    asked = inspector.get("/subject?id=member:1").headers["location"]
    assert asked == "/?grounds=missing&next=%2Fsubject%3Fid%3Dmember%3A1"
    token = inspector.cookies.get(site.address.cookie)
    site.sessions.set_grounds(token, *GROUNDS.values())
    answer = inspector.get("/subject?id=member:1", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert 'role="alert"' in answer.text


def test_who_asks_too_much_waits(site):
    """Sixty questions a minute are taken from one person; the next is told to wait."""
    inspector = signed_in(site, Role.INVESTIGATOR).client
    codes = {inspector.get("/v1/findings", params=GROUNDS).status_code for _ in range(60)}
    assert codes == {503}
    assert inspector.get("/v1/findings", params=GROUNDS).status_code == 429
