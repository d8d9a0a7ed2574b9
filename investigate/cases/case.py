"""What a case is: its number, its state, the steps that were taken, and its findings.

Times are whole seconds since 1970-01-01T00:00:00Z.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta, tzinfo
from enum import StrEnum

from investigate.accounts.users import Role
from investigate.cases.errors import RefusedStepError, UnknownCaseError

_NUMBER = re.compile(r"([0-9]{4})-([1-9][0-9]{0,8})")


class State(StrEnum):
    """How far a case is."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    APPROVED = "approved"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Step(StrEnum):
    """What somebody does in a case."""

    OPEN = "open"
    ADD = "add"
    ASK = "ask"
    EXPLAIN = "explain"
    APPROVE = "approve"
    ESCALATE = "escalate"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes a step; `actor` is who they are in the trail, or empty."""

    name: str
    role: Role
    actor: str = ""

    @property
    def own(self) -> frozenset[str]:
        """Who they are in the trail: bound to an account there, and by what they ask here."""
        return frozenset(filter(None, (self.actor, f"staff:{self.name}")))


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and the event that says so in the trail.

    A request for an explanation says who is `asked`, by their name in the trail, and the deadline.
    """

    step: int
    what: Step
    at: int
    name: str
    role: Role
    text: str
    asked: str | None = None
    deadline: int | None = None
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a case keeps of a finding; the rest is in the trail."""

    finding_id: str
    detector: str
    severity: str
    actor: str


@dataclass(frozen=True, slots=True)
class Head:
    """A case as a list shows it. `asked` and `deadline` are those of the last request."""

    number: str
    title: str
    purpose: str
    subject: str
    opened_by: str
    opened_at: int
    state: State
    steps: int
    asked: str | None
    deadline: int | None

    def overdue(self, now: int) -> bool:
        """Whether an explanation is waited for although its time is over."""
        return self.state is State.ASKED and self.deadline is not None and self.deadline <= now


@dataclass(frozen=True, slots=True)
class Case(Head):
    """A case with everything in it, in the order in which it came."""

    taken: Sequence[Taken]
    findings: Sequence[Kept]


@dataclass(frozen=True, slots=True)
class Request:
    """A request for an explanation, as a list shows it to the handler who is asked."""

    number: str
    state: State
    question: str
    deadline: int
    awaited: bool
    """Whether it is theirs to answer, or to add to what they answered."""


def key(number: str) -> tuple[int, int]:
    """The year and the serial of `2026-17`; raises UnknownCaseError for what is no number."""
    if (found := _NUMBER.fullmatch(number)) is None:
        raise UnknownCaseError(f"there is no case {number}")
    return int(found[1]), int(found[2])


def numbered(year: int, serial: int) -> str:
    """The number of a case, as people write it."""
    return f"{year}-{serial}"


def instant(deadline: date | datetime, zone: tzinfo) -> int:
    """When the time is over: at the instant, or when the day ends there."""
    if deadline.year == MAXYEAR:  # beyond it no zone can be reckoned with
        raise RefusedStepError(f"{deadline} is no deadline that anybody lives to see")
    if isinstance(deadline, datetime):
        return int(deadline.timestamp())
    following = deadline + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=zone)
    return int(midnight.timestamp())


def told_to(case: Case, actor: str) -> Sequence[Taken]:
    """The steps that concern this handler: what they were asked, what they said, what came of it.

    Nothing, where they were never asked.
    """
    concerned, told = False, []
    for one in case.taken:
        if one.what is Step.ASK:
            concerned = one.asked == actor
        if concerned and one.what in {Step.ASK, Step.EXPLAIN, Step.APPROVE, Step.ESCALATE}:
            told.append(one)
    return told


def state_to(case: Case, actor: str) -> State:
    """How far the request to this handler is; of what others were asked since it says nothing."""
    if case.asked == actor:
        return case.state
    return State.ANSWERED if told_to(case, actor)[-1].what is Step.EXPLAIN else State.CLOSED
