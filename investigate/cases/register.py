"""Cases are opened and taken further.

A step is recorded in the trail first and then written here. Who comes second, of two who take a
step at once, is refused: their event is in the trail, and no row here names it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from investigate.accounts.tables import case_findings, case_steps, cases
from investigate.cases.case import Case, Kept, Person, State, Step, Taken, key, numbered
from investigate.cases.deciding import WHOSE, check_apart, decide
from investigate.cases.errors import NotTheirsError, OvertakenError, RefusedStepError
from investigate.cases.lookup import KEY, Lookup, is_case

Record = Callable[[str, str, Taken], str]
"""Records a step of the case of this number, about this one person or nobody, in the trail.

It returns the event's id, or raises.
"""

_TRIES = 8
"""How often a number is tried that somebody else takes at the same time."""


@dataclass(frozen=True, slots=True)
class Found:
    """Findings of a case, and the one person that all of them are about, or nobody."""

    subject: str
    findings: Sequence[Kept]


@dataclass(frozen=True, slots=True)
class New:
    """A case as it is opened."""

    title: str
    purpose: str
    found: Found


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says with a step. Who asks says whom, and until when."""

    text: str = ""
    asked: str | None = None
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Register(Lookup):
    """The cases of one database, taken further; the number's year is that of `zone`."""

    zone: tzinfo

    def open(self, who: Person, new: New, record: Record) -> Case:
        """Open a case under the next number, once that is recorded.

        Raises NotTheirsError, RefusedStepError without findings, OvertakenError, and as `record`.
        """
        if who.role is not WHOSE[Step.OPEN]:
            raise NotTheirsError(f"to open a case is for the role {WHOSE[Step.OPEN]}")
        if not new.found.findings:
            raise RefusedStepError("a case is opened from findings; choose at least one")
        check_apart(who, new.found.findings)
        now = self.clock()
        year = datetime.fromtimestamp(now, self.zone).year
        first = Taken(1, Step.OPEN, now, who.name, who.role, new.title)
        for _ in range(_TRIES):
            serial = self._last(year) + 1
            number = numbered(year, serial)
            taken = replace(first, event_id=record(number, new.found.subject, first))
            try:
                with self.database.begin() as connection:
                    row = insert(cases).values(year=year, serial=serial, **_opened(new, taken))
                    connection.execute(row)
                    _add(connection, (year, serial), taken, new.found.findings)
            except IntegrityError:  # the number is another's by now
                continue
            return self.find(number)
        raise OvertakenError("too many cases are opened at once; try again")

    def take(  # noqa: PLR0913, PLR0917  each is a part of a step
        self,
        number: str,
        step: Step,
        who: Person,
        said: Said,
        record: Record,
        more: Callable[[Case], Found] | None = None,
    ) -> Case:
        """Take this step, once it is recorded; `more` tells the findings that it adds.

        Raises as `find`, `decide`, `more` and `record` do, RefusedStepError for a deadline that is
        over and for a handler who cannot sign in, and OvertakenError.
        """
        case, now = self.find(number), self.clock()
        state = decide(case, step, who, now, said.asked)
        if step is Step.ASK:
            self._check(said, now)
        added = None if more is None else _new(case, more(case))
        if added is not None:
            check_apart(who, added.findings)
        taken = Taken(case.steps + 1, step, now, who.name, who.role, **asdict(said))
        subject = case.subject if added is None else added.subject
        taken = replace(taken, event_id=record(number, subject, taken))
        changed = {"state": str(state), "steps": taken.step, "subject": subject}
        if step is Step.ASK:
            changed |= {"asked": said.asked, "deadline": said.deadline}
        held = update(cases).where(*is_case(cases, key(number)), cases.c.steps == case.steps)
        with self.database.begin() as connection:
            if connection.execute(held.values(changed)).rowcount != 1:
                raise OvertakenError("somebody else took a step meanwhile; look at it again")
            _add(connection, key(number), taken, () if added is None else added.findings)
        return self.find(number)

    def _check(self, said: Said, now: int) -> None:
        if said.deadline is None or said.deadline <= now:
            raise RefusedStepError("the deadline is over; name a later one")
        if said.asked not in self.handlers():
            raise RefusedStepError(
                f"nobody signs in as {said.asked}; on the server: "
                f"gamsa user add NAME --role handler --actor {said.asked}"
            )

    def _last(self, year: int) -> int:
        query = select(func.max(cases.c.serial)).where(cases.c.year == year)
        with self.database.connect() as connection:
            return connection.execute(query).scalar_one() or 0


def _opened(new: New, taken: Taken) -> dict[str, Any]:
    return {
        "title": new.title,
        "purpose": new.purpose,
        "subject": new.found.subject,
        "opened_by": taken.name,
        "opened_at": taken.at,
        "state": str(State.OPEN),
        "steps": taken.step,
    }


def _new(case: Case, added: Found) -> Found:
    """Without what the case has already; raises RefusedStepError where that is all."""
    known = {one.finding_id for one in case.findings}
    fresh = [one for one in added.findings if one.finding_id not in known]
    if not fresh:
        raise RefusedStepError("the case has these findings already")
    return replace(added, findings=fresh)


def _add(
    connection: Connection, case: tuple[int, int], taken: Taken, findings: Sequence[Kept]
) -> None:
    of_case = dict(zip(KEY, case, strict=True))
    connection.execute(insert(case_steps).values(**of_case, **_plain(taken)))
    if findings:
        rows = [of_case | asdict(one) for one in findings]
        connection.execute(insert(case_findings), rows)


def _plain(taken: Taken) -> dict[str, Any]:
    return asdict(taken) | {"what": str(taken.what), "role": str(taken.role)}
