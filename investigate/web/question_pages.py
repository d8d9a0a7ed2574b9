"""Pages with a form of their own: a life, a session, a request, a file, a recipient, and counts.

What they show is what the API answers to the same question, asked on the session's grounds.
"""

from dataclasses import replace
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from investigate.accounts.sessions import Session
from investigate.web import questions
from investigate.web.console import asking
from investigate.web.pages import page
from investigate.web.parameters import Choice, ThatTime, Typed, choice
from investigate.web.problems import ProblemError
from investigate.web.signing import Asker, Here

router = APIRouter(include_in_schema=False)

Id = Annotated[Typed, Query(alias="id")]
Found = dict[str, Any] | None
"""What was found; None where nothing was asked yet, and there is a form alone."""


@router.get("/life")
def life(
    request: Request, here: Here, session: Asker, time: ThatTime, wanted: Id = None
) -> Response:
    """What happened to one person's data over its life, the oldest first?"""
    found: Found = None
    if wanted:
        found = questions.lived(asking(request, here, session), wanted, time.span)
    fields = {"id": ("subject", wanted)}
    whole = replace(time, among={})  # affairs have no roles and purposes to narrow them to
    return page(request, "life.html", session, fields=fields, time=whole, found=found)


@router.get("/session")
def in_session(
    request: Request, here: Here, session: Asker, time: ThatTime, wanted: Id = None
) -> Response:
    """What happened in one session, in order?"""
    found: Found = None
    if wanted:
        found = questions.in_session(asking(request, here, session), wanted, time.span)
    return _accesses(request, session, time, found, {"id": ("session", wanted)})


@router.get("/request")
def in_request(
    request: Request, here: Here, session: Asker, time: ThatTime, wanted: Id = None
) -> Response:
    """What happened in one request, in order?"""
    found: Found = None
    if wanted:
        found = questions.in_request(asking(request, here, session), wanted, time.span)
    return _accesses(request, session, time, found, {"id": ("request_id", wanted)})


@router.get("/touched")
def touched(  # noqa: PLR0913, PLR0917  each is a part of the query
    request: Request,
    here: Here,
    session: Asker,
    time: ThatTime,
    file: Typed = None,
    item: Typed = None,
    accessed_for: Typed = None,
) -> Response:
    """Which accesses touched this file, or an item of it, for this purpose?"""
    found: Found = None
    if file:
        ask = asking(request, here, session)
        found = questions.touched(ask, file, time.span, item, accessed_for)
    fields = {
        "file": ("file", file),
        "item": ("item", item),
        "accessed_for": ("accessed_for", accessed_for),
    }
    return _accesses(request, session, time, found, fields)


@router.get("/recipient")
def recipient(
    request: Request, here: Here, session: Asker, time: ThatTime, wanted: Id = None
) -> Response:
    """What went to this recipient, and on which ground?"""
    found: Found = None
    if wanted:
        found = questions.recipient(asking(request, here, session), wanted, time.span)
    return _accesses(request, session, time, found, {"id": ("recipient", wanted)}, "legal_basis")


@router.get("/count")
def count(
    request: Request,
    here: Here,
    session: Asker,
    time: ThatTime,
    by: Annotated[list[questions.By], Query(default_factory=list)],
) -> Response:
    """How many accesses are all this, in groups, the largest first?"""
    given = dict(request.query_params)
    try:
        chosen = choice(given)
    except ValueError:
        raise ProblemError(400, "a value is too long, or no verdict") from None
    found: Found = None
    if by:
        found = questions.count(asking(request, here, session), chosen, time.span, by)
    shown: dict[str, Any] = {
        "names": Choice.__slots__,
        "groups": get_args(questions.By),
        "fields": given,
        "time": time,
        "by": by,
        "found": found,
    }
    return page(request, "count.html", session, **shown)


def _accesses(
    request: Request,
    session: Session,
    time: ThatTime,
    found: Found,
    fields: dict[str, tuple[str, str | None]],
    *also: str,
) -> Response:
    """Accesses under the form that asks for them; `also` names further columns."""
    shown: dict[str, Any] = {"fields": fields, "time": time, "found": found, "also": also}
    return page(request, "accesses.html", session, **shown)
