"""Kept searches in the console: they lead to pages of ours, and hold no grounds."""

import pytest

from investigate.accounts.users import Role
from investigate.web.targets import LONGEST, target
from tests.console.conftest import signed_in

NAME = "<script>alert(1)</script> \"'& 검색"


@pytest.fixture(name="person")
def _person(site):
    return signed_in(site, Role.INVESTIGATOR)


def keep(person, name, page):
    given = {"name": name, "target": page}
    return person.client.post("/v1/searches", json=given, headers=person.headers)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/findings", "/findings"),
        ("/findings?", "/findings"),
        ("/findings?cursor=abc&lang=ko", "/findings"),
        ("/subject?id=member:1&purpose=x&case=1&justification=y", "/subject?id=member%3A1"),
        ("/where?cookie=a%26b%3Dc", "/where?cookie=a%26b%3Dc"),
        ("/subject?id=%00%22%3E%3Cscript%3E", "/subject?id=%00%22%3E%3Cscript%3E"),
        ("/subject?id=1#javascript:alert(1)", "/subject?id=1"),
    ],
)
def test_a_target_is_a_page_and_what_it_asks(text, kept):
    """It is written anew: path and filters, without grounds, page and language."""
    assert target(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", "findings", "//evil.example/findings", "https://evil.example/findings"),
        *("javascript:alert(1)", "/\\evil.example", "\\\\evil.example/findings", "/v1/export"),
        *("/sign-out", "/findings/../export", "/%66indings", "//findings", "http:///findings"),
        *(
            "data:text/html,/findings",
            "//[/findings",
            "/\tfindings/",
            f"/event?id={'a' * LONGEST}",
        ),
        "/subject?id=\ud800",
    ],
)
def test_a_target_is_nothing_else(person, text):
    """Other sites, scripts, other pages and what is too long are refused."""
    assert target(text) is None
    if text.isprintable():
        assert keep(person, "other", text).status_code == 400


def test_a_search_is_kept_and_forgotten(site, person):
    """By program: it is told with its id, is its owner's alone, and can be forgotten once."""
    told = keep(person, NAME, "/subject?id=member:1")
    assert told.status_code == 201
    assert told.json()["target"] == "/subject?id=member%3A1"
    assert person.client.get("/v1/searches").json() == {"rows": [told.json()]}
    other = signed_in(site, Role.AUDITOR)
    address = f"/v1/searches/{told.json()['id']}"
    assert other.client.get("/v1/searches").json() == {"rows": []}
    assert other.client.delete(address, headers=other.headers).status_code == 404
    assert keep(person, NAME, "/findings").status_code == 409
    assert person.client.delete(address, headers=person.headers).status_code == 204
    assert person.client.delete(address, headers=person.headers).status_code == 404


def test_a_name_is_shown_and_never_run(person):
    """The first page leads to what is kept, with a name that is text and nothing else."""
    keep(person, NAME, "/subject?id=member:1&x=%22%3E")
    page = person.client.get("/").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<a href="/subject?id=member%3A1&amp;x=%22%3E">' in page


def test_a_form_keeps_the_page_it_is_on(person):
    """Its name becomes one line; it is forgotten by the button beside it."""
    given = {"name": " open \n misuse ", "target": "/findings?lang=ko"}
    person.client.post("/searches", data=given, headers=person.headers)
    (kept,) = person.client.get("/v1/searches").json()["rows"]
    assert (kept["name"], kept["target"]) == ("open misuse", "/findings")
    person.client.post("/searches/forget", data={"search": kept["id"]}, headers=person.headers)
    assert person.client.get("/v1/searches").json() == {"rows": []}


def test_nobody_keeps_a_page_that_they_may_not_see(site):
    """A page that is not for the role is refused."""
    auditor = signed_in(site, Role.AUDITOR)
    assert keep(auditor, "members", "/subject?id=member:1").status_code == 403
    assert keep(auditor, "asked", "/inquiries").status_code == 201
