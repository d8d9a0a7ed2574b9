"""Somebody of the console at a case: each step on record before it is taken.

Within a case its own purpose is the asker's ground, and its number the case; what they say beside
is the justification.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from fastapi import Request, Response

from audit.policy import Language, Version
from investigate.accounts.users import Role
from investigate.cases.bundle import Institution, take
from investigate.cases.case import (
    Case,
    Kept,
    Person,
    State,
    Step,
    Taken,
    instant,
    state_to,
    told_to,
)
from investigate.cases.deciding import allowed
from investigate.cases.errors import UnknownCaseError
from investigate.cases.register import Found, New, Register, Said
from investigate.errors import NotRecordedError, NotTakenError
from investigate.inquiry import FILE, Asked
from investigate.questions import accesses, findings
from investigate.reading import Reader
from investigate.web.asking import Asking, Given, open_inquiry
from investigate.web.case_answers import (
    CaseRow,
    CaseTold,
    Explanation,
    case_told,
    event_told,
    row_told,
    step_told,
)
from investigate.web.problems import ProblemError
from investigate.web.signing import Asker, Here

MOST_EVENTS = 200
"""Of the accesses that a handler is asked about, as many are shown."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who is signed in and acts in cases."""

    request: Request
    here: Here
    session: Asker

    @property
    def register(self) -> Register:
        """The cases."""
        return self.here.cases

    @property
    def who(self) -> Person:
        """The person, as cases know them."""
        return Person(self.session.name, self.session.role, self.session.actor)

    def open(self, title: str, ids: Sequence[str], grounds: Given) -> Case:
        """Open a case from these findings, for the purpose that is said.

        It is everybody's in the case, and cannot be changed: ProblemError, where it is none that a
        handler may read for.
        """
        if grounds.purpose not in (known := _purposes(self.here.archive.policy.newest)):
            raise ProblemError(400, f"a case is for one of: {', '.join(sorted(known))}")
        asking = self._asking(grounds)
        new = New(title, grounds.purpose, found(asking.inquiry.reader, ids))
        return self._settled(
            self.register.open(self.who, new, lambda *step: _recorded(asking, *step))
        )

    def take(self, number: str, step: Step, said: Said, justification: str = "") -> Case:
        """Take a step in a case."""
        asking = self._at(self.find(number), justification)
        return self._settled(
            self.register.take(
                *(number, step, self.who, said), lambda *told: _recorded(asking, *told)
            )
        )

    def add(self, number: str, ids: Sequence[str], justification: str = "") -> Case:
        """Add findings to a case."""
        asking = self._at(self.find(number), justification)
        return self._settled(
            self.register.take(
                *(number, Step.ADD, self.who, Said()),
                lambda *told: _recorded(asking, *told),
                lambda case: found(asking.inquiry.reader, ids, case),
            )
        )

    def ask(
        self, number: str, handler: str, question: str, deadline: date | datetime, reason: str = ""
    ) -> Case:
        """Ask a handler to explain, until a day is over or until an instant."""
        until = instant(deadline, self.register.zone)
        return self.take(number, Step.ASK, Said(question, handler, until), reason)

    def show(self, number: str, lang: Language, justification: str = "") -> CaseTold:
        """A case with what the trail knows of its findings, once it is recorded who reads it."""
        case = self.find(number)
        ids = [one.finding_id for one in case.findings]
        known = self._at(case, justification).answer(
            Asked("case", case.subject or None, "read"),
            lambda reader: findings.named(reader, ids, korean=lang == "ko"),
            len,
        )
        now = self.register.clock()
        return case_told(case, known, allowed(case, self.who, now), now)

    def show_request(self, number: str) -> Explanation:
        """What a handler is asked to explain, with their accesses; nothing of others."""
        case = self.find(number)
        actor = self.session.actor
        ids = [one.finding_id for one in case.findings]
        events = self._at(case).answer(
            Asked("explanation", case.subject or None, "read"),
            lambda reader: accesses.of_findings(reader, ids, actor, MOST_EVENTS),
            len,
        )
        awaited = case.asked == actor and case.state in {State.ASKED, State.ANSWERED}
        return Explanation(
            number=number,
            state=state_to(case, actor),
            awaited=awaited,
            overdue=awaited and case.overdue(self.register.clock()),
            steps=[step_told(one) for one in told_to(case, actor)],
            events=[event_told(one, actor) for one in events],
        )

    def bundle(self, number: str, lang: Language, justification: str) -> Response:
        """A case to take away, once that is recorded; see `bundle.take`."""
        case, archive = self.find(number), self.here.archive
        institution = Institution(archive.policy, archive.catalogue, self.register.zone)
        inquiry = self._at(case, justification).inquiry
        whole = take(inquiry, case, institution, self.register.clock(), lang)
        name = f'attachment; filename="case-{case.number}.zip"'
        return Response(whole, media_type="application/zip", headers={"Content-Disposition": name})

    def told(self, case: Case) -> CaseRow:
        """A case after a step."""
        return row_told(case, self.register.clock())

    def find(self, number: str) -> Case:
        """The case, which for a handler who was never asked in it is not there."""
        case = self.register.find(number)
        if self.session.role is Role.HANDLER and not told_to(case, self.session.actor):
            raise UnknownCaseError(f"there is no case {number}")
        return case

    def _settled(self, case: Case) -> Case:
        """The case after a step, once the trail was told what it makes of its findings."""
        self.here.statuses.tell(self.register, [case.number])
        return case

    def _at(self, case: Case, justification: str = "") -> Asking:
        return self._asking(Given(case.purpose, case.number, justification))

    def _asking(self, grounds: Given) -> Asking:
        return open_inquiry(self.request, self.here, self.session, grounds)


def _purposes(version: Version) -> Collection[str]:
    """For what a handler may read; any purpose, where the access rights have no such role."""
    if (handler := version.roles.get(Role.HANDLER)) is None:
        return version.purposes
    return {purpose for file, purpose, how in handler.grants if (file, how) == (FILE, "read")}


def found(reader: Reader, ids: Sequence[str], case: Case | None = None) -> Found:
    """These findings, and the one person they and those of the case are about, or nobody.

    Of the case's own some may be gone from the trail; raises NotThereError for another.
    """
    new = findings.all_of(reader, list(dict.fromkeys(ids)))
    had = [one.finding_id for one in case.findings] if case else []
    old = findings.named(reader, had) if had else []
    subjects = {subject for one in (*new, *old) for subject in one.subjects if subject}
    if case and len(old) < len(had):
        subjects.add(case.subject)
    kept = [Kept(one.finding_id, one.detector, one.severity, one.actor) for one in new]
    return Found(subjects.pop() if len(subjects) == 1 else "", kept)


def _recorded(asking: Asking, number: str, subject: str, taken: Taken) -> str:
    """Record a step: its number, the SHA-256 of its text, whom it asks and until when."""
    grounds = replace(asking.inquiry.grounds, case=number)
    deadline = None if taken.deadline is None else datetime.fromtimestamp(taken.deadline, UTC)
    told = {
        "step": taken.step,
        "text_sha256": hashlib.sha256(taken.text.encode()).hexdigest() if taken.text else None,
        "asked": taken.asked,
        "deadline": deadline,
    }
    asked = Asked(str(taken.what), subject or None, "read", told, step=True)
    try:
        return replace(asking.inquiry, grounds=grounds).record(asked, 1)
    except NotRecordedError as error:
        raise NotTakenError(str(error)) from error
