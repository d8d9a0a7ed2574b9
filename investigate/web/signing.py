"""Who sends a request, whether they may, and whether they meant to."""

import hmac
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from investigate.accounts.sessions import Session
from investigate.accounts.users import Admitted
from investigate.web.gate import SAFE, too_often
from investigate.web.problems import ProblemError
from investigate.web.rights import ANYBODY, RIGHTS, may
from investigate.web.site import Site

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 50
_OURS = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")
_REFUSED = "name and password do not fit, or there were too many tries; wait a while"


def site(request: Request) -> Site:
    """The console that this request came to."""
    known: Site = request.app.state.site
    return known


async def form(request: Request) -> Mapping[str, str]:
    """The fields of a form; nothing where the body is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return {}
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (ValueError, ClientDisconnect):
        raise ProblemError(400, "the form is not one, or was cut off") from None


Here = Annotated[Site, Depends(site)]
Form = Annotated[Mapping[str, str], Depends(form)]


def token(request: Request, here: Site) -> str:
    """The secret that the browser brings; empty where it brings none."""
    return request.cookies.get(here.address.cookie, "")


def authorised(request: Request, here: Here, fields: Form) -> Session | None:
    """Who it is. Raises ProblemError where they may not, or a form is not of their session.

    Every route has this, by the application; the table of rights decides.
    """
    brought = token(request, here)
    session = here.sessions.find(brought) if brought else None
    request.state.session = session
    method, path = request.method, request.scope["route"].path
    if not may(session.role if session else None, method, path):
        if session is None and method == "GET" and not path.startswith("/v1/"):
            raise ProblemError(303, "sign in first", Location=leading("/sign-in", request))
        if session is None:
            raise ProblemError(401, "sign in first")
        raise ProblemError(403, f"this is not for the role {session.role}")
    if session and method not in SAFE and RIGHTS[f"{method} {path}"] != ANYBODY:
        said = request.headers.get("x-csrf-token") or fields.get("csrf", "")
        if not hmac.compare_digest(said.encode(), session.form_secret.encode()):
            raise ProblemError(403, "the form is not of this session; load the page again")
    return session


def signed_in(session: Annotated[Session | None, Depends(authorised)]) -> Session:
    """Who it is, on a route that only people who are signed in reach."""
    if session is None:
        raise ProblemError(401, "sign in first")
    return session


Maybe = Annotated[Session | None, Depends(authorised)]
Asker = Annotated[Session, Depends(signed_in)]


def slow_down(request: Request, here: Site) -> None:
    """Raise ProblemError where this address has tried to sign in too often."""
    if wait := here.sign_ins.take(request.client.host if request.client else ""):
        raise too_often(wait)


def admit(request: Request, here: Site, name: str, password: str) -> Admitted:
    """The user of this name and password; raises ProblemError, the same for all that is wrong."""
    if not here.passwords:
        raise ProblemError(403, "no password lets in here; sign in through the provider")
    slow_down(request, here)
    with here.hashing:
        user = here.users.admit(name, password)
    if user is None:
        raise ProblemError(401, _REFUSED)
    return user


def sign_in(request: Request, response: Response, here: Site, user: Admitted) -> str:
    """Begin a session under a fresh secret, whatever the browser brought; return the secret.

    Raises ProblemError as `admit` does where the user was changed meanwhile.
    """
    here.sessions.close(token(request, here))
    fresh = here.sessions.open(user.name, user.password_hash)
    if fresh is None:
        raise ProblemError(401, _REFUSED)
    response.set_cookie(
        here.address.cookie,
        fresh,
        path="/",
        secure=here.address.secure,
        httponly=True,
        samesite="strict",
    )
    return fresh


def landing(wanted: str) -> str:
    """The page that somebody wanted, where it is a path of ours, else the first page.

    What browsers take for another host is none: `//evil`, a backslash, or a tab between slashes.
    """
    return wanted if _OURS.fullmatch(wanted) else "/"


def leading(place: str, request: Request) -> str:
    """The address of this place, which leads on to what the request asked for."""
    wanted = landing(f"{request.url.path}?{request.url.query}".rstrip("?"))
    if wanted == "/":
        return place
    return f"{place}{'&' if '?' in place else '?'}{urlencode({'next': wanted})}"


def sign_out(request: Request, response: Response, here: Site) -> None:
    """End the session, here and in the browser."""
    name = here.address.cookie
    here.sessions.close(token(request, here))
    response.delete_cookie(
        name, path="/", secure=here.address.secure, httponly=True, samesite="strict"
    )
    response.headers["Clear-Site-Data"] = '"cache"'
