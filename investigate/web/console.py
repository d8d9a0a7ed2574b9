"""The pages for people who ask: a search box, and what it leads to."""

from dataclasses import replace
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from investigate.accounts.users import Role
from investigate.cursor import Paging
from investigate.inquiry import Asked
from investigate.masking import masked
from investigate.printing import plain
from investigate.questions import explaining
from investigate.web import links, questions, search
from investigate.web.asking import Asking, grounds_of, open_inquiry
from investigate.web.evidence import Unmasking, reveal, unmaskable
from investigate.web.pages import language, one_line, page
from investigate.web.parameters import ChosenFindings, Maybe, Status, ThatTime, Typed
from investigate.web.problems import ProblemError
from investigate.web.rights import may
from investigate.web.signing import Asker, Form, Here, landing
from investigate.web.signing import token as token_of
from investigate.web.targets import OTHERS

router = APIRouter(include_in_schema=False)


def asking(request: Request, here: Here, session: Asker) -> Asking:
    """Somebody who asks on the grounds of their session; leads to where they say them."""
    return open_inquiry(request, here, session, grounds_of(request, session))


Ask = Annotated[Asking, Depends(asking)]
Id = Annotated[str, Query(alias="id", min_length=1, max_length=512)]


@router.get("/")
def home(
    request: Request,
    here: Here,
    session: Asker,
    grounds: str = "",
    wanted: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """Ask on what grounds, and then for what; who is asked to explain is led there."""
    if session.role is Role.HANDLER:
        return RedirectResponse("/explanations", 303)
    return page(
        request,
        "home.html",
        session,
        purposes=sorted(here.archive.policy.newest.purposes),
        missing=grounds == "missing",
        late=here.cases.overdue() if may(session.role, "GET", "/cases") else 0,
        wanted=landing(wanted),
        kept=here.searches.of(session.name),
        others=[one for one in OTHERS if may(session.role, "GET", f"/{one}")],
    )


@router.post("/grounds")
def set_grounds(request: Request, here: Here, fields: Form) -> Response:
    """Remember on what grounds this person asks from here on, and go on to what they asked for."""
    said = [one_line(fields.get(name, "")) for name in ("purpose", "case", "justification")]
    here.sessions.set_grounds(token_of(request, here), *said)
    return RedirectResponse(landing(fields.get("next", "")), 303)


@router.get("/search")
def find(q: str = "") -> Response:
    """Lead to the page that answers what was typed."""
    return RedirectResponse(search.target(q) if q.strip() else "/", 303)


@router.get("/subject")
def subject(
    request: Request,
    session: Asker,
    ask: Ask,
    wanted: Id,
    time: ThatTime,
) -> Response:
    """Who looked at this person's data?"""
    found = questions.who_saw(ask, wanted, time.span)
    return page(request, "subject.html", session, id=wanted, time=time, found=found)


@router.get("/handler")
def handler_page(
    request: Request,
    session: Asker,
    ask: Ask,
    wanted: Id,
    time: ThatTime,
) -> Response:
    """What did this handler do in a time, or in the last thirty days, beside what is usual?"""
    found = questions.actor(ask, wanted, time.span)
    hours = {(one["weekday"], one["hour"]): one["accesses"] for one in found["profile"]["hours"]}
    shown: dict[str, Any] = {
        "id": wanted,
        "time": replace(time, start=found["start"]),
        "profile": found["profile"],
        "hours": hours,
        "most": max(hours.values()),
        "found": found,
    }
    return page(request, "handler.html", session, **shown)


@router.get("/where")
def where(  # noqa: PLR0913, PLR0917  each is a part of the query
    request: Request,
    session: Asker,
    ask: Ask,
    time: ThatTime,
    cookie: Maybe = None,
    ip: Maybe = None,
    mac: Maybe = None,
) -> Response:
    """Where was this cookie, IP or MAC address seen, and with whom?"""
    named = [one for one in (cookie, ip, mac) if one]
    if len(named) != 1:
        raise ProblemError(400, "name one of cookie, ip and mac")
    found = questions.where(ask, time.span, cookie, ip, mac)
    return page(request, "where.html", session, id=named[0], time=time, found=found)


@router.get("/event")
def event(
    request: Request, session: Asker, ask: Ask, wanted: Id, source: Typed = None
) -> Response:
    """Why was this event judged so, and what happened around it?"""
    found = ask.answer(
        Asked("why", action="read", filters={"event_id": wanted, "source": source}),
        lambda reader: explaining.why(reader, ask.policy, wanted, language(request), source),
        lambda found: 1 + len(found.by_actor) + len(found.of_subject),
        lambda found: found.event.subject or None,
    )
    plainly = plain(found)
    shown = masked("", plainly)
    hidden = unmaskable(plainly["event"], shown["event"])
    leads = links.of_event(plainly["event"], shown["event"], session.role)
    return page(request, "event.html", session, found=shown, hidden=hidden, leads=leads)


@router.post("/unmask")
def unmask(request: Request, here: Here, session: Asker, fields: Form) -> Response:
    """What is this masked value?"""
    try:
        wanted = Unmasking.model_validate(
            {
                "event": fields.get("event", ""),
                "source": fields.get("source", ""),
                "field": fields.get("field", ""),
                "purpose": session.purpose,
                "case": session.case,
                "justification": fields.get("justification", ""),
            }
        )
    except ValueError:
        raise ProblemError(400, "say which value you want to see, and why") from None
    value = reveal(request, here, session, wanted)
    lead = links.to(wanted.field, value, session.role)
    return page(request, "unmasked.html", session, wanted=wanted, value=value, lead=lead)


@router.get("/findings")
def found_misuse(  # noqa: PLR0913, PLR0917  FastAPI gives each
    request: Request,
    here: Here,
    session: Asker,
    ask: Ask,
    chosen: Annotated[ChosenFindings, Depends()],
    time: ThatTime,
) -> Response:
    """Which misuse is open, and what is known about it?"""
    span = replace(time.span, paging=Paging(time.cursor, 25))
    found = questions.found_misuse(ask, span, chosen, language(request))
    ids = [row["finding_id"] for row in found["rows"]]
    known = here.cases.having(ids) if may(session.role, "GET", "/cases") else {}
    statuses = get_args(Status), chosen.status
    shown: dict[str, Any] = {"found": found, "cases": known, "statuses": statuses}
    whole = replace(time, among={})  # findings rest on accesses of many purposes and roles
    return page(request, "findings.html", session, time=whole, **shown)


@router.get("/inquiries")
def inquiries(request: Request, session: Asker, ask: Ask, time: ThatTime) -> Response:
    """Who asked what, on which grounds, and was it allowed?"""
    found = questions.inquiries(ask, time.span)
    return page(request, "inquiries.html", session, time=time, found=found)
