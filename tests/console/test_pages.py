"""The pages: two languages, no script, nothing from elsewhere."""

import re

import pytest

from audit.completeness import DETECTOR
from investigate.accounts.users import Role
from investigate.cases.case import Kept, Person, Step
from investigate.cases.register import Found, New, Said
from investigate.web.pages import templates
from investigate.web.words import WORDS, words
from tests.console.conftest import HANDLER, NAMES, signed_in

PAGE = {"Accept": "text/html"}


def test_a_page_speaks_the_readers_language(client):
    """Korean where the browser likes it best or it was chosen, else English."""
    assert 'lang="en"' in client.get("/sign-in").text
    korean = client.get("/sign-in", headers={"Accept-Language": "ko-KR,ko;q=0.9"}).text
    assert "<h1>로그인</h1>" in korean
    client.get("/sign-in?lang=ko")
    assert "<h1>로그인</h1>" in client.get("/sign-in").text
    assert "<h1>Sign in</h1>" in client.get("/sign-in?lang=en").text


def languages(answer):
    """Where the links to the other languages lead."""
    return re.findall(r'<a href="([^"]*)" lang="', answer.text)


def test_a_language_is_chosen_at_the_same_address(client):
    """The links keep the question, and never lead to another host, whatever the path is."""
    links = languages(client.get("/sign-in?back=1&lang=en"))
    assert links == ["?back=1&amp;lang=en", "?back=1&amp;lang=ko"]
    odd = client.get("http://127.0.0.1:8443//evil.example/x", headers=PAGE)
    assert odd.status_code == 404
    assert languages(odd) == ["?lang=en", "?lang=ko"]


def test_after_a_form_a_language_leads_to_the_first_page(client, site):
    """A page that answers a form has no address of its own to come back to."""
    refused = client.post("/sign-in", data={"name": "nobody", "password": "wrong"})
    assert languages(refused) == ["/sign-in?lang=en", "/sign-in?lang=ko"]
    person = signed_in(site, Role.INVESTIGATOR)
    answer = person.client.post("/unmask", headers=person.headers | PAGE)
    assert answer.status_code == 400
    assert languages(answer) == ["/?lang=en", "/?lang=ko"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_page_needs_nothing_but_us(client, lang):
    """No script, no inline style, no address of another machine."""
    text = client.get(f"/sign-in?lang={lang}").text
    assert not re.search(r"<script|style=|\son\w+=|https?://", text)


def test_nobody_yet_is_said(client, site):
    """Where nobody may sign in yet, the page names the command that changes it."""
    assert "gamsa user add" not in client.get("/sign-in").text
    for one in site.users.all():
        site.users.remove(one.name)
    assert "gamsa user add" in client.get("/sign-in").text


def test_every_word_is_in_both_languages():
    """No word is missing, and none is left untranslated."""
    for english, korean in WORDS.values():
        assert english
        assert re.search(r"[가-힣]", korean)


@pytest.mark.parametrize(("lang", "words"), [("en", "Overdue explanations: 1"), ("ko", "소명: 1")])
def test_what_is_overdue_is_said_on_the_first_page(site, clock, lang, words):
    """In words, to who may read cases; a handler is led to their own requests."""
    who = Person(NAMES[Role.INVESTIGATOR], Role.INVESTIGATOR)
    found = Found("", [Kept("f-1", "purpose_not_allowed", "high", HANDLER)])
    new, record = New("Reads", "audit.inspection", found), lambda *_: "event"
    number = site.cases.open(who, new, record).number
    site.cases.take(number, Step.ASK, who, Said("Why?", HANDLER, clock() + 60), record)

    def home(role):
        return signed_in(site, role).client.get(f"/?lang={lang}")

    assert words not in home(Role.INVESTIGATOR).text
    clock.pass_(60)
    assert words in home(Role.INVESTIGATOR).text
    assert words in home(Role.AUDITOR).text
    assert words not in home(Role.SECURITY_STAFF).text
    assert home(Role.HANDLER).headers["location"] == "/explanations"
    own = signed_in(site, Role.HANDLER).client.get("/explanations", params={"lang": lang}).text
    assert WORDS["overdue"][lang == "ko"] in own
    assert number in own


@pytest.mark.parametrize(("detector", "links"), [("unknown_purpose", 5), (DETECTOR, 0)])
def test_a_finding_leads_to_its_events(detector, links):
    """A hole in a producer's numbers names no events but the numbers, which lead nowhere."""
    row = {"detector": detector, "event_ids": ["p-1/7/3-5"] * 6}
    parts = templates.get_template("parts.html").module
    assert parts.events(row, words("en")).count("<a href=") == links
