"""Pages as HTML: rendered here, in the reader's language, without any script."""

from datetime import datetime, tzinfo
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import pass_context
from jinja2.runtime import Context

from audit.policy import Language
from investigate.accounts.sessions import Session
from investigate.markup import templates_of
from investigate.web.rights import may
from investigate.web.targets import target
from investigate.web.words import words

LANGUAGES: tuple[Language, ...] = ("en", "ko")
STATIC = {
    one.name: one.read_bytes() for one in resources.files(__package__).joinpath("static").iterdir()
}
"""The files that pages load, by name."""

DASHBOARDS = "var-"
"""What the names begin with by which a dashboard tells what it was narrowed to."""

_COOKIE = "language"
templates = templates_of(__package__)


@pass_context
def _when(page: Context, moment: datetime) -> str:
    """A time by the institution's clock, to the second, with its offset."""
    return moment.astimezone(page["zone"]).strftime("%Y-%m-%d %H:%M:%S %z")


@pass_context
def _field(page: Context, moment: datetime | None) -> str:
    """A time as a form's field holds it: by the institution's clock, without saying so."""
    return "" if moment is None else moment.astimezone(page["zone"]).strftime("%Y-%m-%dT%H:%M:%S")


templates.filters |= {"when": _when, "field": _field}


def zone_of(request: Request) -> tzinfo:
    """The institution's time zone, in which days begin and times are told."""
    zone: tzinfo = request.app.state.site.archive.policy.newest.zone
    return zone


def language(request: Request) -> Language:
    """The language asked for by `lang`, chosen before, or liked best by the browser."""
    asked = request.query_params.get("lang") or request.cookies.get(_COOKIE)
    if asked not in LANGUAGES:
        asked = request.headers.get("accept-language", "")[:2].lower()
    return "ko" if asked == "ko" else "en"


def _kept(request: Request, status: int) -> str | None:
    """What a search for this page would lead to, where it is one that asks."""
    asked = f"{request.url.path}?{request.url.query}"
    return target(asked) if (request.method, status) == ("GET", 200) else None


def one_line(text: str) -> str:
    """What was typed as one line of bounded length, without what cannot be printed."""
    printable = (one if one.isprintable() else " " for one in text[:2048])
    return " ".join("".join(printable).split())


def page(
    request: Request,
    template: str,
    session: Session | None,
    status: int = 200,
    *,
    spent: bool = False,
    **values: Any,
) -> HTMLResponse:
    """The page of this template.

    Its links to other languages keep to its address without repeating the path, which may be
    `//evil.example`. A page that answers a form, or whose address is
    `spent` and answers once, has none to come back to; they lead to the first page.
    """
    chosen = language(request)
    asked = [] if spent else request.query_params.multi_items()
    first = "/" if session else "/sign-in"
    here = first if spent or request.method == "POST" else ""
    others = [pair for pair in asked if pair[0] != "lang"]
    links = {one: f"{here}?{urlencode([*others, ('lang', one)])}" for one in LANGUAGES}
    kept = [(name, value) for name, value in others if value and name != "cursor"]
    text = templates.get_template(template).render(
        t=words(chosen),
        lang=chosen,
        zone=zone_of(request),
        links=links,
        session=session,
        path=request.url.path,
        asked=kept,
        wide=[pair for pair in kept if not pair[0].startswith(DASHBOARDS)],
        keep=_kept(request, status) if session else None,
        may=lambda method, path: may(session.role if session else None, method, path),
        **values,
    )
    response = HTMLResponse(text, status, {"Content-Language": chosen, "Vary": "Accept-Language"})
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(_COOKIE, chosen, max_age=365 * 24 * 3600, samesite="strict", path="/")
    return response
