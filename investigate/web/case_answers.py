"""Cases and requests for explanation as the API answers them; times are UTC."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel

from investigate.accounts.users import Role
from investigate.cases import telling
from investigate.cases.case import Case, Head, Kept, Request, State, Step, Taken
from investigate.cursor import Page
from investigate.masking import masked
from investigate.printing import plain
from investigate.questions.accesses import Access
from investigate.questions.findings import Finding


class CaseRow(BaseModel):
    """A case in a list; `asked` and `deadline` are those of the last request."""

    number: str
    title: str
    state: State
    opened_by: str
    opened_at: datetime
    asked: str | None
    deadline: datetime | None
    overdue: bool


class CasePage(BaseModel):
    """Cases, the newest first, and the cursor of what follows."""

    rows: list[CaseRow]
    next: str | None


class CaseStep(BaseModel):
    """A step that was taken, and its event in the trail."""

    step: int
    what: Step
    at: datetime
    name: str
    role: Role
    text: str
    asked: str | None
    deadline: datetime | None
    event_id: str


class CaseFinding(BaseModel):
    """A finding of a case; what the trail has no more is null or empty."""

    finding_id: str
    detector: str
    severity: str
    actor: str
    title: str = ""
    sentence: str = ""
    clause: str = ""
    count: int | None = None
    first_occurred_at: datetime | None = None
    last_occurred_at: datetime | None = None
    subjects: list[str] = []
    event_ids: list[str] = []


class CaseTold(CaseRow):
    """A case with everything in it; `allowed` are the steps that who reads it may take."""

    purpose: str
    subject: str
    findings: list[CaseFinding]
    steps: list[CaseStep]
    allowed: list[Step]


class RequestRow(BaseModel):
    """A request for an explanation, as the handler's list shows it."""

    number: str
    state: State
    question: str
    deadline: datetime
    awaited: bool
    overdue: bool


class Answered(BaseModel):
    """What became of the case in which a handler answered."""

    number: str
    state: State


class Requests(BaseModel):
    """What a handler is asked to explain, the newest first."""

    rows: list[RequestRow]


class AskedEvent(BaseModel):
    """An access that a handler is asked about, masked as lists are."""

    event_id: str
    occurred_at: datetime
    subject: str
    action: str
    file: str
    items: list[str]
    records: int
    purpose: str
    justification: str
    ip: str
    path: str
    outcome: str
    verdict: str
    clauses: list[str]
    details: list[str]


class Explanation(BaseModel):
    """What a handler is asked, the accesses it is about, and what was said."""

    number: str
    state: State
    awaited: bool
    overdue: bool
    steps: list[CaseStep]
    events: list[AskedEvent]


def row_told(head: Head, now: int) -> CaseRow:
    """A case in a list."""
    return CaseRow.model_validate(telling.head(head, now))


def page_told(page: Page[Head], now: int) -> CasePage:
    """A page of cases."""
    rows = [row_told(head, now) for head in page.rows]
    return CasePage(rows=rows, next=page.following)


def case_told(
    case: Case, known: Sequence[Finding], allowed: Collection[Step], now: int
) -> CaseTold:
    """A case, with what the trail knows of its findings."""
    by_id = {one.finding_id: one for one in known}
    return CaseTold.model_validate(
        {
            **telling.head(case, now),
            "subject": masked("subject", case.subject),
            "findings": [_finding(one, by_id.get(one.finding_id)) for one in case.findings],
            "steps": [step_told(one) for one in case.taken],
            "allowed": [one for one in Step if one in allowed],
        }
    )


def step_told(taken: Taken) -> CaseStep:
    """A step."""
    return CaseStep.model_validate(telling.step(taken))


def requests_told(found: Sequence[Request], now: int) -> Requests:
    """A handler's list."""
    rows = [
        RequestRow(
            number=one.number,
            state=one.state,
            question=one.question,
            deadline=datetime.fromtimestamp(one.deadline, UTC),
            awaited=one.awaited,
            overdue=one.awaited and one.state is State.ASKED and one.deadline <= now,
        )
        for one in found
    ]
    return Requests(rows=rows)


def event_told(access: Access, actor: str) -> AskedEvent:
    """An access of this handler."""
    return AskedEvent.model_validate(masked("", plain(access), frozenset([actor])))


def _finding(kept: Kept, known: Finding | None) -> CaseFinding:
    return CaseFinding.model_validate(
        masked("", plain(known)) if known is not None else masked("", plain(kept))
    )
