"""Searches that somebody keeps, over HTTP and on pages."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from investigate.accounts.errors import WrongAccountError
from investigate.accounts.searches import LONGEST_NAME, Search
from investigate.accounts.sessions import Session
from investigate.web import answers
from investigate.web.pages import one_line
from investigate.web.problems import ProblemError
from investigate.web.rights import may
from investigate.web.signing import Asker, Form, Here
from investigate.web.targets import LONGEST, PAGES, target

router = APIRouter()


class Keeping(BaseModel):
    """A search to keep."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="Unique among yours.")
    target: str = Field(
        min_length=1,
        max_length=LONGEST,
        pattern=r"^/[a-z]",
        description="A page of the console that asks, with its query: `/subject?id=member:1`.",
    )


@router.get("/v1/searches", tags=["searches"], response_model=answers.Searches)
def searches(here: Here, session: Asker) -> dict[str, object]:
    """Which searches do you keep?"""
    return {"rows": [_told(one) for one in here.searches.of(session.name)]}


@router.post("/v1/searches", tags=["searches"], response_model=answers.Search, status_code=201)
def keep(here: Here, session: Asker, wanted: Keeping) -> dict[str, object]:
    """Keep a search. Its grounds are not kept: they are said when it is asked."""
    return _told(_keep(here, session, wanted.name, wanted.target))


@router.delete("/v1/searches/{search}", tags=["searches"], status_code=204)
def forget(
    here: Here,
    session: Asker,
    search: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Its `id`.")],
) -> Response:
    """Forget a search."""
    if not here.searches.forget(session.name, search):
        raise ProblemError(404, "you keep no such search")
    return Response(status_code=204)


@router.post("/searches", include_in_schema=False)
def keep_form(here: Here, session: Asker, fields: Form) -> Response:
    """Keep the search of the page that this form was on."""
    _keep(here, session, one_line(fields.get("name", "")), fields.get("target", ""))
    return RedirectResponse("/", 303)


@router.post("/searches/forget", include_in_schema=False)
def forget_form(here: Here, session: Asker, fields: Form) -> Response:
    """Forget a search; one that is gone already is no error."""
    here.searches.forget(session.name, fields.get("search", ""))
    return RedirectResponse("/", 303)


def _keep(here: Here, session: Session, name: str, text: str) -> Search:
    page = target(text)
    if page is None:
        raise ProblemError(400, f"a search leads to one of {', '.join(sorted(PAGES))}")
    if not may(session.role, "GET", urlsplit(page).path):
        raise ProblemError(403, f"this page is not for the role {session.role}")
    try:
        return here.searches.keep(session.name, name, page)
    except WrongAccountError as refused:
        raise ProblemError(409, str(refused)) from None


def _told(search: Search) -> dict[str, object]:
    made_at = datetime.fromtimestamp(search.made_at, UTC)
    return {"id": search.id, "name": search.name, "target": search.target, "made_at": made_at}
