"""Signing in and out: secrets, locks, ends, and other people's cookies."""

import asyncio

import pytest

from investigate.accounts.sessions import Lifetime
from investigate.accounts.users import FREE_TRIES
from investigate.web.app import application
from investigate.web.site import Address, Site
from tests.accounts.conftest import GOOD, opened
from tests.console.conftest import browser

WRONG = "not the password at all"


def sign_in(client, name, password, **more):
    return client.post("/sign-in", data={"name": name, "password": password}, **more)


def test_signing_in_and_out(client, inspector):
    """Name and password lead to the first page; after signing out nothing is shown any more."""
    assert client.get("/").headers["location"] == "/sign-in"
    assert sign_in(client, inspector, GOOD).headers["location"] == "/"
    assert inspector in client.get("/").text
    secret = client.get("/v1/session").json()["form_secret"]
    assert client.post("/sign-out", data={"csrf": secret}).headers["location"] == "/sign-in"
    assert client.get("/v1/session").status_code == 401


def test_a_form_that_is_cut_off_is_no_error_of_ours(site, caplog):
    """Whoever goes away half-way is answered like any other form that is none."""
    here = site.address.url.removeprefix("http://").encode()
    body = [
        {"type": "http.request", "body": b"name=a", "more_body": True},
        {"type": "http.disconnect"},
    ]
    answer = []

    async def receive():
        return body.pop(0)

    async def send(message):
        answer.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/sign-in",
        "query_string": b"",
        "headers": [(b"host", here), (b"content-type", b"application/x-www-form-urlencoded")],
    }
    asyncio.run(application(site)(scope, receive, send))
    assert answer[0]["status"] == 400
    assert not caplog.records


def test_a_program_signs_in(client, inspector):
    """By JSON: the answer names the role and the form secret, and sets the cookie."""
    told = client.post("/v1/session", json={"name": inspector, "password": GOOD}).json()
    assert (told["name"], told["role"]) == (inspector, "investigator")
    assert client.get("/v1/session").json() == told
    gone = client.delete("/v1/session", headers={"X-CSRF-Token": told["form_secret"]})
    assert gone.status_code == 204
    assert client.get("/v1/session").status_code == 401


def test_wrong_name_and_wrong_password_look_the_same(client, inspector):
    """Nobody learns from an answer who has an account."""
    answers = [
        client.post("/v1/session", json={"name": name, "password": WRONG})
        for name in (inspector, "nobody.here")
    ]
    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].content == answers[1].content


def test_a_locked_user_waits(client, inspector, clock):
    """After five wrong passwords the right one is refused, in the same words, for a minute."""
    refusals = {sign_in(client, inspector, WRONG).text for _ in range(FREE_TRIES)}
    refusals.add(sign_in(client, inspector, GOOD).text)
    assert len(refusals) == 1
    clock.pass_(60)
    assert sign_in(client, inspector, GOOD).status_code == 303


def test_guessing_over_many_names_is_slowed(client):
    """An address has ten tries a minute, whatever names it tries."""
    codes = [sign_in(client, f"name{number}", WRONG).status_code for number in range(11)]
    assert codes == [401] * 10 + [429]


def test_a_session_brought_along_is_not_taken_over(client, site, inspector):
    """Signing in gives a fresh secret, and ends the session that the browser came with."""
    planted = opened(site.sessions, inspector)
    client.cookies.set(site.address.cookie, planted)
    sign_in(client, inspector, GOOD)
    given = client.cookies.get(site.address.cookie, path="/", domain="127.0.0.1")
    assert given
    assert given != planted
    assert site.sessions.find(planted) is None


def test_an_idle_session_ends(client, inspector, clock):
    """Fifteen minutes without a request sign out."""
    sign_in(client, inspector, GOOD)
    clock.pass_(Lifetime().idle)
    assert client.get("/v1/session").status_code == 401


def test_the_cookie_is_for_this_site_alone(client, inspector):
    """No script reads the session's cookie, and no other site sends it."""
    cookie = sign_in(client, inspector, GOOD).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie


def test_by_tls_the_cookie_is_secure(clock, site, inspector):
    """By TLS the cookie goes by TLS alone, no other host can set it, and browsers remember TLS."""
    secure = Site(site.users, site.sessions, Address("https://audit.example"), site.archive, clock)
    answer = sign_in(browser(secure), inspector, GOOD)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-gamsa=")
    assert "; Secure" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    "name",
    [
        "' OR 1=1 --",
        "inspector\x00",
        "<script>alert(1)</script>",
        "\u202e",
        "a" * 5000,
        "\ud7ff",
    ],
)
def test_hostile_names_are_just_wrong(client, name):
    """Whatever is given as a name, it is refused, and never comes back in the page."""
    answer = sign_in(client, name, GOOD)
    assert answer.status_code == 401
    assert "<script" not in answer.text
    by_program = client.post("/v1/session", json={"name": name, "password": GOOD})
    assert by_program.status_code in {400, 401}
    assert by_program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"%ff=%fe", b"\xff\xfe", b"&" * 60_000, b"a=" * 100, b""])
def test_a_broken_form_is_refused(client, body):
    """What is no form of ours is refused, never a failure of the console."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=body, headers=form).status_code in {400, 401}


@pytest.mark.parametrize("token", ["x", "é", "\x7f", "0" * 4000, "';--"])
def test_a_made_up_cookie_is_nobody(client, site, token):
    """A secret that was not given signs nobody in."""
    headers = {"Cookie": f"{site.address.cookie}={token}".encode()}
    assert client.get("/v1/session", headers=headers).status_code == 401
