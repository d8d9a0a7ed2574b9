"""Signing in through the institution's OpenID provider, and out of it."""

import hmac
import logging
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from investigate.accounts.arrivals import PATIENCE, derived
from investigate.accounts.errors import WrongAccountError
from investigate.oidc import errors
from investigate.oidc.provider import Provider
from investigate.web.pages import one_line, page
from investigate.web.problems import ProblemError
from investigate.web.signing import Here, landing, sign_in, slow_down
from investigate.web.site import Site

router = APIRouter(include_in_schema=False)

_START = "/sign-in/oidc"
_RETURN = f"{_START}/return"
_SAID: Mapping[type[Exception], tuple[int, str]] = {
    errors.ProviderAwayError: (503, "provider_away"),
    errors.WrongTokenError: (403, "provider_wrong"),
    errors.RefusedThereError: (403, "provider_refused"),
    errors.NoRoleError: (403, "no_role"),
    WrongAccountError: (403, "no_account"),
}
"""The status and the word of why somebody is not let in; details are logged."""
_MOST_TOLD = 300
_FROM, _OURS = "sec-fetch-site", "same-origin"
Part = Annotated[str, Query(max_length=4096)]

logger = logging.getLogger(__name__)


@router.get(_START)
def begin(
    request: Request, here: Here, wanted: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Lead to the provider, and remember in this browser that it was asked for here.

    What leads here from elsewhere is shown the page to sign in first, whose link is a click: whom
    the provider knows comes back without one, and would ask whatever another site wanted.
    """
    if request.headers.get(_FROM, _OURS) != _OURS:
        return RedirectResponse(f"/sign-in?{urlencode({'next': landing(wanted)})}", 303)
    slow_down(request, here)
    secret = here.arrivals.begin(landing(wanted))
    try:
        place = _provider(here).entrance(secret, here.address.url + _RETURN)
    except errors.ProviderAwayError as error:
        return _not_in(request, error)
    response = RedirectResponse(place, 303)
    response.set_cookie(  # Lax, for the provider's page leads back here
        _cookie(here),
        secret,
        max_age=PATIENCE,
        path=_START,
        secure=here.address.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(_RETURN)
def come_back(  # noqa: PLR0913, PLR0917  each is a part of the query
    request: Request,
    here: Here,
    state: Part = "",
    code: Part = "",
    iss: Part = "",
    error: Part = "",
    error_description: Part = "",
) -> Response:
    """Let in whom the provider names, where the sign-in was begun in this browser.

    The provider's page led here, so a browser would not bring our cookie to the next page, were
    this a redirect; from a page of ours it does. It goes on by itself where `begin` knew where
    the browser came from.
    """
    provider, secret = _provider(here), request.cookies.get(_cookie(here), "")
    ours = secret and hmac.compare_digest(state.encode(), derived(secret, "state").encode())
    wanted = here.arrivals.end(secret) if ours else None
    if wanted is None:
        return _page(request, 403, "not_begun")
    if error or iss not in {"", provider.client.issuer}:
        return _page(
            request, 403, "provider_refused", one_line((error_description or error)[:_MOST_TOLD])
        )
    try:
        back, now = here.address.url + _RETURN, here.users.clock()
        user = here.arrivals.admit(provider.identity(secret, code, back, now))
    except tuple(_SAID) as refused:
        return _not_in(request, refused)
    response = page(
        request, "go_on.html", None, spent=True, to=wanted, known=_FROM in request.headers
    )
    sign_in(request, response, here, user)
    response.delete_cookie(_cookie(here), path=_START, secure=here.address.secure, httponly=True)
    return response


@router.get("/sign-out/oidc")
def leave(request: Request, here: Here) -> Response:
    """Lead to where somebody signs out of the provider."""
    slow_down(request, here)
    try:
        place = _provider(here).exit(f"{here.address.url}/sign-in")
    except errors.ProviderAwayError as error:
        return _not_in(request, error)
    return RedirectResponse(place or "/sign-in", 303)


def _provider(here: Site) -> Provider:
    if here.provider is None:
        raise ProblemError(404, "this console has no OpenID provider")
    return here.provider


def _cookie(here: Site) -> str:
    """The name of the cookie; by TLS one that no page without TLS can set."""
    return "__Secure-gamsa-sign-in" if here.address.secure else "gamsa-sign-in"


def _not_in(request: Request, refused: Exception) -> HTMLResponse:
    logger.warning("nobody is let in through the provider: %s", refused)
    status, why = _SAID[type(refused)]
    return _page(request, status, why)


def _page(request: Request, status: int, why: str, detail: str = "") -> HTMLResponse:
    return page(request, "not_in.html", None, status, spent=True, why=why, detail=detail)
