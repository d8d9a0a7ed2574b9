"""Cases as pages: for who investigates, who decides, and the handler who is asked."""

from collections.abc import Mapping
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ValidationError

from investigate.cases.case import State, Step
from investigate.cases.register import Said
from investigate.cursor import Paging
from investigate.web.asking import Given
from investigate.web.case_answers import requests_told
from investigate.web.cases import Act, Opening, Question, Remark, Statement, Those, listed
from investigate.web.console import Ask
from investigate.web.pages import language, page
from investigate.web.parameters import Maybe
from investigate.web.problems import ProblemError
from investigate.web.signing import Asker, Form, Here

router = APIRouter(include_in_schema=False)

Body = TypeVar("Body", bound=BaseModel)
_CHOSEN = "finding:"


@router.get("/cases")
def cases(  # noqa: PLR0913, PLR0917  each is a part of the request
    request: Request, here: Here, session: Asker, ask: Ask, wanted: Those, cursor: Maybe = None
) -> Response:
    """Which cases are there, the newest first?"""
    found = listed(here, ask, Paging(cursor, 50), wanted)
    late = here.cases.overdue()
    return page(
        request, "cases.html", session, found=found, wanted=wanted, states=State, late=late
    )


@router.post("/cases")
def open_case(act: Act, session: Asker, fields: Form) -> Response:
    """Open a case from the findings that were chosen, or add them to one."""
    chosen = [name.removeprefix(_CHOSEN) for name in fields if name.startswith(_CHOSEN)]
    if not chosen:
        raise ProblemError(400, "choose at least one finding")
    if number := fields.get("number", "").strip():
        return _to(act.add(number, chosen, session.justification).number)
    if not session.purpose:
        raise ProblemError(303, "say first what you ask for", Location="/?grounds=missing")
    given = _read(Opening, fields, findings=chosen, purpose=session.purpose)
    grounds = Given(given.purpose, justification=session.justification)
    return _to(act.open(given.title, given.findings, grounds).number)


@router.get("/cases/{number}")
def case(request: Request, here: Here, session: Asker, act: Act, number: str) -> Response:
    """A case, its findings and steps, and what may be done."""
    told = act.show(number, language(request), session.justification)
    known, handlers = {one.actor for one in told.findings}, here.cases.handlers()
    concerned = sorted(handlers, key=lambda one: (one not in known, one))
    return page(request, "case.html", session, case=told, handlers=concerned, known=known)


@router.post("/cases/{number}/ask")
def ask(act: Act, session: Asker, number: str, fields: Form) -> Response:
    """Ask a handler to explain."""
    given = _read(Question, fields)
    said = given.handler, given.question, given.deadline
    return _to(act.ask(number, *said, session.justification).number)


@router.post("/cases/{number}/approve")
def approve(act: Act, session: Asker, number: str, fields: Form) -> Response:
    """Find the explanation sufficient."""
    return _step(act, session, number, Step.APPROVE, _remark(fields))


@router.post("/cases/{number}/escalate")
def escalate(act: Act, session: Asker, number: str, fields: Form) -> Response:
    """Find it insufficient, or missing."""
    return _step(act, session, number, Step.ESCALATE, _read(Statement, fields).text)


@router.post("/cases/{number}/close")
def close(act: Act, session: Asker, number: str, fields: Form) -> Response:
    """Close it."""
    return _step(act, session, number, Step.CLOSE, _remark(fields))


@router.post("/cases/{number}/bundle")
def bundle(request: Request, act: Act, number: str, fields: Form) -> Response:
    """Take the case away."""
    return act.bundle(number, language(request), fields.get("justification", ""))


@router.get("/explanations")
def explanations(request: Request, here: Here, session: Asker) -> Response:
    """What am I asked to explain?"""
    found = requests_told(here.cases.requests_to(session.actor), here.cases.clock())
    return page(request, "explanations.html", session, found=found)


@router.get("/explanations/{number}")
def explanation(request: Request, session: Asker, act: Act, number: str) -> Response:
    """What am I asked in this case, about which accesses of mine?"""
    return page(request, "explanation.html", session, told=act.show_request(number))


@router.post("/explanations/{number}")
def explain(act: Act, number: str, fields: Form) -> Response:
    """Answer."""
    act.take(number, Step.EXPLAIN, Said(_read(Statement, fields).text))
    return RedirectResponse(f"/explanations/{number}", 303)


def _step(act: Act, session: Asker, number: str, step: Step, text: str) -> Response:
    return _to(act.take(number, step, Said(text), session.justification).number)


def _to(number: str) -> Response:
    """Lead to the case; the number is one that a case has."""
    return RedirectResponse(f"/cases/{number}", 303)


def _remark(fields: Mapping[str, str]) -> str:
    """What is said, where something is."""
    return (_read(Remark, fields).text or "") if fields.get("text", "").strip() else ""


def _read(kind: type[Body], fields: Mapping[str, str], **more: object) -> Body:
    """What a form says, as the API would take it; raises ProblemError where it would not."""
    given = {name: value for name, value in fields.items() if name in kind.model_fields}
    try:
        return kind.model_validate(given | more)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ProblemError(400, "; ".join(wrong)) from None
