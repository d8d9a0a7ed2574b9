"""Who may do what: one table, from which both the check and its test are made."""

from collections.abc import Iterable, Mapping, Sequence

from investigate.accounts.users import Role

Who = Role | None
"""A role, or None for somebody who is not signed in."""

SIGNED_IN: frozenset[Who] = frozenset(Role)
ANYBODY: frozenset[Who] = SIGNED_IN | {None}

_ASK: frozenset[Who] = frozenset({Role.INVESTIGATOR, Role.PRIVACY_OFFICER})
_WATCH: frozenset[Who] = _ASK | {Role.SECURITY_STAFF}
_INSPECT: frozenset[Who] = frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER})
_STAFF: frozenset[Who] = _WATCH | _INSPECT
_READ_CASES: frozenset[Who] = _ASK | _INSPECT
_PURSUE: frozenset[Who] = frozenset({Role.INVESTIGATOR})
_DECIDE: frozenset[Who] = frozenset({Role.PRIVACY_OFFICER})
_EXPLAIN: frozenset[Who] = frozenset({Role.HANDLER})

RIGHTS: Mapping[str, frozenset[Who]] = {
    "GET /health": ANYBODY,
    "GET /static/{name}": ANYBODY,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/oidc": ANYBODY,
    "GET /sign-in/oidc/return": ANYBODY,
    "GET /sign-out/oidc": ANYBODY,
    "POST /sign-out": SIGNED_IN,
    "POST /v1/session": ANYBODY,
    "GET /v1/session": SIGNED_IN,
    "DELETE /v1/session": SIGNED_IN,
    "GET /v1/openapi.json": _STAFF,
    "GET /v1/searches": _STAFF,
    "POST /v1/searches": _STAFF,
    "DELETE /v1/searches/{search}": _STAFF,
    "GET /v1/who-saw": _ASK,
    "GET /v1/life": _ASK,
    "GET /v1/touched": _ASK,
    "GET /v1/recipient": _ASK,
    "GET /v1/actor": _WATCH,
    "GET /v1/where": _WATCH,
    "GET /v1/session-of": _WATCH,
    "GET /v1/request-of": _WATCH,
    "GET /v1/count": _WATCH,
    "GET /v1/findings": _STAFF,
    "GET /v1/why": _STAFF,
    "POST /v1/unmask": _ASK,
    "GET /v1/export": _ASK,
    "GET /v1/inquiries": _INSPECT,
    "GET /": SIGNED_IN,
    "GET /search": _STAFF,
    "POST /grounds": _STAFF,
    "POST /searches": _STAFF,
    "POST /searches/forget": _STAFF,
    "GET /subject": _ASK,
    "GET /handler": _WATCH,
    "GET /life": _ASK,
    "GET /touched": _ASK,
    "GET /recipient": _ASK,
    "GET /where": _WATCH,
    "GET /session": _WATCH,
    "GET /request": _WATCH,
    "GET /count": _WATCH,
    "GET /event": _STAFF,
    "GET /findings": _STAFF,
    "POST /unmask": _ASK,
    "GET /export": _ASK,
    "POST /export": _ASK,
    "GET /export/{ticket}": _ASK,
    "GET /inquiries": _INSPECT,
    "GET /v1/cases": _READ_CASES,
    "GET /v1/cases/{number}": _READ_CASES,
    "GET /v1/cases/{number}/bundle": _ASK,
    "POST /v1/cases": _PURSUE,
    "POST /v1/cases/{number}/findings": _PURSUE,
    "POST /v1/cases/{number}/ask": _PURSUE,
    "POST /v1/cases/{number}/close": _PURSUE,
    "POST /v1/cases/{number}/approve": _DECIDE,
    "POST /v1/cases/{number}/escalate": _DECIDE,
    "POST /v1/cases/{number}/explain": _EXPLAIN,
    "GET /v1/explanations": _EXPLAIN,
    "GET /v1/explanations/{number}": _EXPLAIN,
    "GET /cases": _READ_CASES,
    "GET /cases/{number}": _READ_CASES,
    "POST /cases/{number}/bundle": _ASK,
    "POST /cases": _PURSUE,
    "POST /cases/{number}/ask": _PURSUE,
    "POST /cases/{number}/close": _PURSUE,
    "POST /cases/{number}/approve": _DECIDE,
    "POST /cases/{number}/escalate": _DECIDE,
    "GET /explanations": _EXPLAIN,
    "GET /explanations/{number}": _EXPLAIN,
    "POST /explanations/{number}": _EXPLAIN,
}


def may(who: Who, method: str, path: str) -> bool:
    """Whether this person may; `path` is the route's, such as `/static/{name}`."""
    return who in RIGHTS.get(f"{method} {path}", frozenset())


def methods(path: str) -> Sequence[str]:
    """The methods of this path, of all its routes."""
    return [one.partition(" ")[0] for one in RIGHTS if one.partition(" ")[2] == path]


def check(routes: Iterable[str]) -> None:
    """Raise RuntimeError unless exactly these routes stand in the table."""
    known, there = set(RIGHTS), set(routes)
    if known != there:
        raise RuntimeError(
            f"routes without rights: {sorted(there - known)}; "
            f"rights without route: {sorted(known - there)}; mend investigate/web/rights.py"
        )
