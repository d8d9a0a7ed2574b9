"""Somebody of the console who asks the trail: each question on record before its answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request

from audit.policy import Policy
from investigate.cursor import Page
from investigate.inquiry import Asked, Asker, Grounds, Inquiry
from investigate.masking import masked
from investigate.printing import plain
from investigate.reading import Reader
from investigate.web import metrics
from investigate.web.gate import HELD, too_often
from investigate.web.problems import ProblemError
from investigate.web.signing import Asker as SignedIn
from investigate.web.signing import Here, leading
from producers.wire import Actor, Client

Answer = TypeVar("Answer")
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Given:
    """On what grounds somebody asks."""

    purpose: str = ""
    case: str = ""
    justification: str = ""


def given(
    purpose: Annotated[
        str,
        Query(
            min_length=1,
            max_length=_LONGEST,
            pattern=r"\S",
            description="By the policy, as in audit.inspection.",
        ),
    ],
    case: Annotated[str, Query(max_length=_LONGEST, description="The case's number.")] = "",
    justification: Annotated[
        str, Query(max_length=4 * _LONGEST, description="Why, in your own words.")
    ] = "",
) -> Given:
    """Read the grounds from the request's query."""
    return Given(purpose, case, justification)


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks on some grounds."""

    inquiry: Inquiry
    policy: Policy

    @property
    def zone(self) -> tzinfo:
        """Whose days and hours count."""
        return self.policy.newest.zone

    def page(
        self,
        asked: Asked,
        find: Callable[[Reader], Page[Any]],
        known: Iterable[str | None] = (),
    ) -> dict[str, Any]:
        """The rows of a page, masked but for the values that the asker named, and what follows.

        Raises as `Inquiry.answer` does.
        """
        found = self.answer(asked, find, lambda page: len(page.rows))
        rows = masked("", plain(list(found.rows)), frozenset(one for one in known if one))
        return {"rows": rows, "next": found.following}

    def answer(
        self,
        asked: Asked,
        find: Callable[[Reader], Answer],
        rows: Callable[[Answer], int],
        subject: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """What is found, once it is recorded that it was asked for.

        Raises as `Inquiry.answer` does.
        """
        return self.inquiry.answer(asked, lambda: find(self.inquiry.reader), rows, subject)


def open_inquiry(request: Request, here: Here, session: SignedIn, said: Given) -> Asking:
    """Somebody who asks; raises ProblemError without purpose, and when they ask too much."""
    if not said.purpose.strip():
        raise ProblemError(400, "say what you ask for: a purpose, such as audit.inspection")
    if wait := here.questions.take(session.name):
        metrics.TOO_MANY.inc()
        raise too_often(wait)
    take_turn(request, here, session)
    metrics.ASKED.inc()
    archive = here.archive
    asker = Asker(
        Actor(f"staff:{session.name}", "staff", session.role),
        Client(
            ip=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent", "")[:_LONGEST] or None,
        ),
    )
    grounds = Grounds(said.purpose, said.case or None, said.justification or None)
    inquiry = Inquiry(archive.reader(), archive.log, asker, grounds, archive.patience)
    return Asking(inquiry, archive.policy)


def take_turn(request: Request, here: Here, session: SignedIn) -> None:
    """Be one of those who are answered, until the answer begins.

    Raises ProblemError while too much else is being answered: whoever signs in, or looks whether
    the console is there, needs a thread, too.
    """
    if not request.scope[HELD].enter_context(here.at_once.turn(session.name)):
        metrics.TOO_MANY.inc()
        raise too_often(1.0)


def grounds_of(request: Request, session: SignedIn) -> Given:
    """The grounds that somebody has said, for pages; leads to where they are said, and back.

    By the API they come with each question.
    """
    if not session.purpose:
        place = leading("/?grounds=missing", request)
        raise ProblemError(303, "say first what you ask for", Location=place)
    return Given(session.purpose, session.case, session.justification)


def _ask(
    request: Request, here: Here, session: SignedIn, grounds: Annotated[Given, Depends(given)]
) -> Asking:
    return open_inquiry(request, here, session, grounds)


Ask = Annotated[Asking, Depends(_ask)]
"""Somebody who asks on the grounds that the request's query gives."""
