"""Where somebody lands who asked for a page before they were signed in, or said their grounds."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from investigate.accounts.users import Role
from investigate.web.signing import landing
from tests.accounts.conftest import GOOD
from tests.console.conftest import browser, signed_in

ASKED = "/subject?id=member%3A48213&start=2026-11-01T00:00:00.000Z"
OURS = [ASKED, "/event?id=1&lang=ko", "/where?cookie=%2F%2Fevil", "/%2F%2Fevil.example"]
FOREIGN = [
    *("", "event", "//evil.example", "///", "/\\evil.example", "\\evil", "\\\\evil", "/x\\y"),
    *("https://evil.example", "javascript:alert(1)", " /evil", "/a b", "/\t/evil.example"),
    *("/\n/evil", "/\x00", "/\x7f", "/" + "x" * 3000),
]


@pytest.mark.parametrize(
    ("wanted", "lands"), [*((one, one) for one in OURS), *((one, "/") for one in FOREIGN)]
)
def test_nobody_is_led_elsewhere(wanted, lands):
    """Only a path of ours is landed on; what a browser could take for a host is none."""
    assert landing(wanted) == lands


@pytest.mark.parametrize("wanted", FOREIGN)
def test_no_form_leads_elsewhere(client, inspector, site, wanted):
    """Neither signing in nor saying the grounds leads to another site, whatever the form says."""
    given = {"name": inspector, "password": GOOD, "next": wanted}
    assert client.post("/sign-in", data=given).headers["location"] == "/"
    person = signed_in(site, Role.INVESTIGATOR)
    grounds = {"csrf": person.form_secret, "purpose": "audit.inspection", "next": wanted}
    assert person.client.post("/grounds", data=grounds).headers["location"] == "/"
    shown = browser(site).get("/sign-in", params={"next": wanted}).text
    assert not re.search(r"evil|javascript", shown.partition("<main")[2])


def next_of(answer):
    """Where an answer leads on to, in the end."""
    (wanted,) = parse_qs(urlsplit(answer.headers["location"]).query)["next"]
    return wanted


def test_what_was_asked_for_comes_after_signing_in_and_the_grounds(client, inspector):
    """A link leads to the sign-in, from there to the grounds, and from there to its page."""
    wanted = next_of(client.get(ASKED))
    assert wanted == ASKED
    shown = client.get("/sign-in", params={"next": wanted}).text
    assert f'<input type="hidden" name="next" value="{ASKED.replace("&", "&amp;")}">' in shown
    refused = client.post("/sign-in", data={"name": inspector, "next": wanted})
    assert refused.status_code == 401
    assert 'name="next" value="/subject' in refused.text
    given = {"name": inspector, "password": GOOD, "next": wanted}
    assert client.post("/sign-in", data=given).headers["location"] == ASKED
    grounds = next_of(client.get(ASKED))
    assert grounds == ASKED
    shown = client.get("/", params={"grounds": "missing", "next": grounds}).text
    assert 'name="next" value="/subject' in shown
    secret = client.get("/v1/session").json()["form_secret"]
    given = {"csrf": secret, "purpose": "audit.inspection", "next": grounds}
    assert client.post("/grounds", data=given).headers["location"] == ASKED


def test_an_export_is_landed_on_as_well(site):
    """The link of a subject's page, or a kept search, leads over the grounds to what it says."""
    person, wanted = signed_in(site, Role.INVESTIGATOR), "/export?subject=member%3A48213"
    assert next_of(person.client.get(wanted)) == wanted
    sent = person.client.post("/export", data={"format": "csv"}, headers=person.headers)
    assert next_of(sent) == "/export"


def test_who_is_signed_in_goes_on_by_a_click(client):
    """A link of another site brings no cookie: the page offers to go on, and does not by itself.

    No question is recorded in somebody's name because another site had their browser ask it.
    """
    shown = client.get("/sign-in", params={"next": "/event?id=1"}).text
    assert '<a href="/event?id=1">' in shown
    assert "http-equiv" not in shown
    assert "<code>" not in client.get("/sign-in").text
