"""Cases over HTTP: opened, listed, shown, taken further; and what a handler is asked."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from audit.policy import Language
from investigate.cases.case import State, Step
from investigate.cases.lookup import Wanted
from investigate.cases.register import Said
from investigate.cursor import Paging
from investigate.inquiry import Asked
from investigate.web.asking import Ask, Asking, Given
from investigate.web.case_answers import (
    Answered,
    CasePage,
    CaseRow,
    CaseTold,
    Explanation,
    Requests,
    page_told,
    requests_told,
)
from investigate.web.casework import Acting
from investigate.web.parameters import Pages
from investigate.web.signing import Asker, Here
from investigate.web.site import Site

router = APIRouter(prefix="/v1", tags=["cases"])

LONGEST = 4_000
"""Characters of a text."""


def written(text: str) -> str:
    """What somebody wrote, in lines, without what cannot be printed; ValueError for nothing."""
    lines = text.replace("\r\n", "\n").replace("\t", " ").split("\n")
    kept = "\n".join("".join(filter(str.isprintable, line)).rstrip() for line in lines).strip()
    if not kept:
        raise ValueError("say something")
    return kept


Text = Annotated[str, Field(max_length=LONGEST), AfterValidator(written)]
Title = Annotated[
    str,
    Field(max_length=200),
    AfterValidator(written),
    AfterValidator(lambda one: " ".join(one.split())),
]
Ids = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=128)]], Field(min_length=1, max_length=100)
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    justification: str = Field("", max_length=2048)


class Opening(_Body):
    """A case to be opened, for what purpose, and from which findings."""

    title: Title
    findings: Ids
    purpose: str = Field(min_length=1, max_length=512)


class Adding(_Body):
    """Findings to be added."""

    findings: Ids


class Question(_Body):
    """What a handler is asked, and until when: the end of a day, or an instant."""

    handler: str = Field(min_length=1, max_length=512)
    question: Text
    deadline: AwareDatetime | date


class Statement(_Body):
    """What somebody says with their step."""

    text: Text


class Remark(_Body):
    """What somebody may say with their step."""

    text: Text | None = None


def acting(request: Request, here: Here, session: Asker) -> Acting:
    """Somebody who is signed in, at cases."""
    return Acting(request, here, session)


Act = Annotated[Acting, Depends(acting)]


def _wanted(
    session: Asker,
    state: State | None = None,
    *,
    overdue: Annotated[bool, Query(description="Explanations beyond their deadline.")] = False,
    mine: Annotated[bool, Query(description="Opened by who asks.")] = False,
) -> Wanted:
    return Wanted(state, overdue, session.name if mine else None)


Those = Annotated[Wanted, Depends(_wanted)]


@router.get("/cases")
def cases(here: Here, ask: Ask, paging: Pages, wanted: Those) -> CasePage:
    """Which cases are there, the newest first?"""
    return listed(here, ask, paging, wanted)


def listed(here: Site, ask: Asking, paging: Paging, wanted: Wanted) -> CasePage:
    """A page of cases, once it is recorded who asked for it."""
    told = {"state": wanted.state, "overdue": wanted.overdue or None, "mine": wanted.mine}
    found = ask.answer(
        Asked("cases", filters=told),
        lambda _: here.cases.listed(wanted, paging),
        lambda page: len(page.rows),
    )
    return page_told(found, here.cases.clock())


@router.post("/cases", status_code=201)
def open_case(act: Act, response: Response, given: Opening) -> CaseRow:
    """Open a case from findings. Its number is the ground of every step in it."""
    grounds = Given(given.purpose, justification=given.justification)
    case = act.open(given.title, given.findings, grounds)
    response.headers["Location"] = f"/v1/cases/{case.number}"
    return act.told(case)


@router.get("/cases/{number}")
def case(
    act: Act,
    number: str,
    lang: Language = "en",
    justification: Annotated[str, Query(max_length=2048)] = "",
) -> CaseTold:
    """A case, its findings and its steps."""
    return act.show(number, lang, justification)


@router.post("/cases/{number}/findings")
def add(act: Act, number: str, given: Adding) -> CaseRow:
    """Add findings; what was answered is asked anew."""
    return act.told(act.add(number, given.findings, given.justification))


@router.post("/cases/{number}/ask")
def ask(act: Act, number: str, given: Question) -> CaseRow:
    """Ask a handler to explain their accesses among the findings."""
    said = given.handler, given.question, given.deadline
    return act.told(act.ask(number, *said, given.justification))


@router.post("/cases/{number}/explain")
def explain(act: Act, number: str, given: Statement) -> Answered:
    """Answer, as the handler who is asked; more may be said until it is decided."""
    case = act.take(number, Step.EXPLAIN, Said(given.text), given.justification)
    return Answered(number=case.number, state=case.state)


@router.post("/cases/{number}/approve")
def approve(act: Act, number: str, given: Remark) -> CaseRow:
    """Find the explanation sufficient."""
    return act.told(act.take(number, Step.APPROVE, Said(given.text or ""), given.justification))


@router.post("/cases/{number}/escalate")
def escalate(act: Act, number: str, given: Statement) -> CaseRow:
    """Find it insufficient, or missing after its deadline, and say why."""
    return act.told(act.take(number, Step.ESCALATE, Said(given.text), given.justification))


@router.post("/cases/{number}/close")
def close(act: Act, number: str, given: Remark) -> CaseRow:
    """Close a case about which nothing was asked, or which is decided."""
    return act.told(act.take(number, Step.CLOSE, Said(given.text or ""), given.justification))


@router.get("/cases/{number}/bundle", response_class=Response)
def bundle(
    act: Act,
    number: str,
    justification: Annotated[str, Query(min_length=1, max_length=2048)],
    lang: Language = "en",
) -> Response:
    """A case as one ZIP: events with their exact bytes, judgements, steps, policy, a report."""
    return act.bundle(number, lang, justification)


@router.get("/explanations")
def explanations(here: Here, session: Asker) -> Requests:
    """What am I asked to explain?"""
    return requests_told(here.cases.requests_to(session.actor), here.cases.clock())


@router.get("/explanations/{number}")
def explanation(act: Act, number: str) -> Explanation:
    """What am I asked in this case, about which accesses of mine?"""
    return act.show_request(number)
