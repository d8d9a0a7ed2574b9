"""The pages with a form of their own, before anything is asked, and what leads to them."""

import re
from datetime import UTC, datetime

import pytest

from investigate.accounts.users import Role
from investigate.masking import masked
from investigate.web.links import of_event, to
from investigate.web.parameters import Choice
from investigate.web.targets import OTHERS, target
from tests.console.conftest import signed_in

SECRET = "c0ffee-4711-0815-secret"
EVENT = {
    "occurred_at": datetime(2026, 11, 29, 10, tzinfo=UTC),
    "actor": "staff:0417",
    "subject": "member:a.name",
    "file": "user_personal_information",
    "recipient": "",
    "ip": "2001:db8::9",
    "cookie": SECRET,
    "mac": "",
    "session": SECRET,
    "request_id": "r/1&x",
}


@pytest.fixture(name="person")
def _person(site):
    return signed_in(site, Role.INVESTIGATOR)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_form_asks_nothing_yet(person, name, lang):
    """Without grounds and without the trail the form is there, each field with its label."""
    answer = person.client.get(f"/{name}?lang={lang}")
    assert answer.status_code == 200
    main = answer.text.partition("<main")[2].partition("<details")[0]
    fields = re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', main)
    labels = re.findall(r'<label for="([^"]+)"', main)
    assert sorted(fields) == sorted(labels)
    assert {"start", "end"} < set(fields)
    assert f'lang="{lang}"' in answer.text
    assert not re.search(r"<script|style=|\son\w+=|https?://", answer.text)


@pytest.mark.parametrize(
    "asked",
    [
        *("/life?id=member:1", "/session?id=s-77", "/request?id=r-1", "/recipient?id=a&start="),
        *(
            "/touched?file=a&item=&accessed_for=b",
            "/count?by=day&by=purpose&subject=&outcome=denied",
        ),
    ],
)
def test_a_question_wants_its_grounds(person, asked):
    """Without grounds each leads to where they are said; with them it is asked of the trail."""
    led = person.client.get(asked)
    assert led.status_code == 303
    assert led.headers["location"].startswith("/?grounds=missing&next=%2F")
    given = {"csrf": person.form_secret, "purpose": "audit.inspection"}
    person.client.post("/grounds", data=given)
    assert person.client.get(asked).status_code == 503


@pytest.mark.parametrize(
    "wrong",
    [
        *("/count?by=cookie", "/count?by=subject", "/count?by=", "/count?by=day&verdict=either"),
        *(f"/life?id={'a' * 513}", "/session?id=a&start=yesterday"),
    ],
)
def test_what_is_wrong_is_refused(person, wrong):
    """By what is masked nothing is counted, and values keep to their bounds."""
    given = {"csrf": person.form_secret, "purpose": "audit.inspection"}
    person.client.post("/grounds", data=given)
    assert person.client.get(wrong).status_code == 400


def test_what_to_count_by_is_asked_for(person):
    """Filters alone count nothing: the form says what is missing, and keeps them."""
    page = person.client.get("/count?actor=staff%3A0417&outcome=").text
    assert 'role="alert"' in page
    assert (
        'name="actor" maxlength="512" autocomplete="off" spellcheck="false" value="staff:0417"'
        in page
    )
    assert all(f' name="{name}"' in page for name in Choice.__slots__)
    assert 'role="alert"' not in person.client.get("/count").text


def test_what_stands_twice_stays(person):
    """Links to other languages, and what is kept, hold each thing that is counted by."""
    given = {"csrf": person.form_secret, "purpose": "audit.inspection"}
    person.client.post("/grounds", data=given)
    away = person.client.get("/count?by=day&by=role&lang=en", headers={"Accept": "text/html"})
    links = re.findall(r'<a href="([^"]*)" lang="', away.text)
    assert links == [f"?by=day&amp;by=role&amp;lang={one}" for one in ("en", "ko")]
    assert target("/count?by=day&by=purpose&subject=&start=") == "/count?by=day&by=purpose"


def test_the_first_page_leads_to_what_the_role_may_ask(site):
    """Each role finds the forms that it may use, and no other."""

    def led(role):
        page = signed_in(site, role).client.get("/").text
        return [one for one in OTHERS if f'<li><a href="/{one}">' in page]

    assert led(Role.INVESTIGATOR) == list(OTHERS)
    assert led(Role.SECURITY_STAFF) == ["session", "request", "count"]
    assert led(Role.AUDITOR) == []


def test_an_event_leads_to_what_is_shown_of_it():
    """Each value has a link to its page; none tells what is masked, or is not for the role."""
    leads = of_event(EVENT, masked("", EVENT), Role.INVESTIGATOR)
    assert leads.keys() == {"actor", "file", "ip", "request_id"}
    assert leads["actor"] == "/handler?id=staff%3A0417"
    assert leads["file"] == "/touched?file=user_personal_information"
    assert leads["ip"] == "/where?ip=2001%3Adb8%3A%3A9"
    assert leads["request_id"].startswith("/request?id=r%2F1%26x&start=2026-11-29T09%3A00")
    assert not any(SECRET in lead or "a.name" in lead for lead in leads.values())
    assert of_event(EVENT, masked("", EVENT), Role.AUDITOR) == {}


def test_what_was_unmasked_leads_on():
    """Whoever has said why they see a cookie, a session or a subject goes on from it."""
    assert to("session", "s&1", Role.INVESTIGATOR) == "/session?id=s%261"
    assert to("cookie", SECRET, Role.INVESTIGATOR) == f"/where?cookie={SECRET}"
    assert to("path", "/x", Role.INVESTIGATOR) is None
