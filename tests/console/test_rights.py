"""Every route for every role and for nobody, as the table in docs/console.md says."""

import re
from pathlib import Path

import pytest

from investigate.accounts.users import Role
from investigate.web import rights
from investigate.web.app import routed
from investigate.web.rights import RIGHTS
from tests.console.conftest import ROLES, browser, signed_in

REFUSALS = {401, 403}
PATHS = {"/static/{name}": "/static/console.css"}
QUESTIONS = {
    "who saw, life, touched, recipient": (
        *("GET /v1/who-saw", "GET /v1/life", "GET /v1/touched", "GET /v1/recipient"),
        *("GET /subject", "GET /life", "GET /touched", "GET /recipient"),
    ),
    "actor, where, session, request, count": (
        *("GET /v1/actor", "GET /v1/where", "GET /v1/session-of", "GET /v1/request-of"),
        *("GET /v1/count", "GET /handler", "GET /where", "GET /session", "GET /request"),
        "GET /count",
    ),
    "findings, why": ("GET /v1/findings", "GET /v1/why", "GET /findings", "GET /event"),
    "unmask a value, export": (
        *("POST /v1/unmask", "POST /unmask", "GET /v1/export", "GET /export", "POST /export"),
        "GET /export/{ticket}",
        *("GET /v1/cases/{number}/bundle", "POST /cases/{number}/bundle"),
    ),
    "who asked what": ("GET /v1/inquiries", "GET /inquiries"),
    "cases: read": (
        *("GET /v1/cases", "GET /v1/cases/{number}", "GET /cases", "GET /cases/{number}"),
    ),
    "cases: open, add findings, ask, close": (
        *("POST /v1/cases", "POST /v1/cases/{number}/findings", "POST /v1/cases/{number}/ask"),
        *("POST /v1/cases/{number}/close", "POST /cases", "POST /cases/{number}/ask"),
        "POST /cases/{number}/close",
    ),
    "cases: approve, escalate": (
        *("POST /v1/cases/{number}/approve", "POST /v1/cases/{number}/escalate"),
        *("POST /cases/{number}/approve", "POST /cases/{number}/escalate"),
    ),
    "their own requests for explanation": (
        *("GET /v1/explanations", "GET /v1/explanations/{number}", "GET /explanations"),
        *("GET /explanations/{number}", "POST /explanations/{number}"),
        "POST /v1/cases/{number}/explain",
    ),
    "search, keep searches, say the grounds, read the API's description": (
        *("GET /search", "POST /grounds", "GET /v1/openapi.json", "GET /v1/searches"),
        *("POST /v1/searches", "DELETE /v1/searches/{search}", "POST /searches"),
        "POST /searches/forget",
    ),
}
"""The routes of each row of the table."""
TO_ALL = (
    *("GET /health", "GET /static/{name}", "GET /sign-in", "POST /sign-in", "POST /v1/session"),
    *("GET /sign-in/oidc", "GET /sign-in/oidc/return", "GET /sign-out/oidc"),
)
TO_WHO_IS_SIGNED_IN = (*("POST /sign-out", "GET /v1/session", "DELETE /v1/session", "GET /"),)


def documented():
    """Who may what, by route, as the table tells it to people."""
    text = Path(__file__).parents[2].joinpath("docs", "console.md").read_text()
    table = text.partition("## Who may what\n")[2].partition("\n\n")[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table)
    roles = [Role(re.sub(r"\W+", "_", one)) for one in head[1:]]
    said = {
        row[0]: {role for role, mark in zip(roles, row[1:], strict=True) if mark == "✓"}
        for row in rows
    }
    assert said.keys() == QUESTIONS.keys()
    return {
        **{route: said[row] for row, routes in QUESTIONS.items() for route in routes},
        **{key: set(ROLES) for key in TO_ALL},
        **{key: set(Role) for key in TO_WHO_IS_SIGNED_IN},
    }


WHO = documented()


def ask(site, who, route, **more):
    method, path = route.split()
    if who is None:
        return browser(site).request(method, PATHS.get(path, path), **more)
    person = signed_in(site, who)
    headers = person.headers | more.pop("headers", {})
    return person.client.request(method, PATHS.get(path, path), headers=headers, **more)


def test_the_rights_are_those_that_are_documented():
    """The table that decides is the table that people read, and names nothing beside it."""
    assert RIGHTS == WHO


@pytest.mark.parametrize("who", ROLES, ids=str)
@pytest.mark.parametrize("route", WHO)
def test_only_whom_the_table_names_gets_in(site, route, who):
    """A route answers the roles of its row, and says 401 to nobody and 403 to other roles."""
    answer = ask(site, who, route)
    if who in WHO[route]:
        wrong_credentials = route.endswith(("/sign-in", "/v1/session")) and route.startswith(
            "POST"
        )
        assert wrong_credentials or answer.status_code not in REFUSALS
    elif who is None and route.startswith("GET") and "/v1/" not in route:
        assert answer.status_code == 303
        assert answer.headers["location"].partition("?")[0] == "/sign-in"
    else:
        assert answer.status_code == (401 if who is None else 403)


@pytest.mark.parametrize(
    "route", [one for one, who in RIGHTS.items() if None not in who and not one.startswith("GET")]
)
def test_a_change_wants_the_secret_of_the_session(site, route):
    """What changes something is refused without, and with another session's, form secret."""
    who = next(role for role in Role if role in RIGHTS[route])
    for wrong in ("", "0" * 64, "é"):
        answer = ask(site, who, route, headers={"X-CSRF-Token": wrong.encode()})
        assert answer.status_code == 403
        assert "not of this session" in answer.json()["detail"]


def test_a_route_without_rights_fails_the_start(site, monkeypatch):
    """The console does not start with a route that the table does not name."""
    monkeypatch.delitem(rights.RIGHTS, "GET /v1/session")
    with pytest.raises(RuntimeError, match=r"routes without rights: \['GET /v1/session'\]"):
        routed(site)


def test_rights_without_a_route_fail_the_start(site, monkeypatch):
    """A row of the table whose route is gone is not left to mislead."""
    monkeypatch.setitem(rights.RIGHTS, "GET /gone", frozenset(Role))
    with pytest.raises(RuntimeError, match=r"rights without route: \['GET /gone'\]"):
        routed(site)


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/v1", "/V1/session", "/static/../gate.py"]
)
def test_what_is_not_in_the_table_is_not_there(client, path):
    """A path of no route is a problem 404, whoever asks."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_somebody_without_a_role_may_nothing():
    """A path and method that the table lacks are nobody's."""
    assert not any(rights.may(who, "PUT", "/v1/session") for who in ROLES)
