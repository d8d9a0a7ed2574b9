"""Cases as the console's database has them: found, listed, counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Table, and_, func, or_, select

from investigate.accounts.tables import case_findings, case_steps, cases, users
from investigate.accounts.users import Clock, Role
from investigate.cases.case import (
    Case,
    Head,
    Kept,
    Request,
    State,
    Step,
    Taken,
    key,
    numbered,
    state_to,
)
from investigate.cases.errors import UnknownCaseError
from investigate.cursor import Number, Page, Paging, begun, cut

KEY = "year", "serial"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: all that is given must hold; `mine` is whose."""

    state: State | None = None
    overdue: bool = False
    mine: str | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """The cases of one database, as they are."""

    database: Engine
    clock: Clock

    def find(self, number: str) -> Case:
        """The case of this number; raises UnknownCaseError."""
        wanted = key(number)
        with self.database.connect() as connection:
            row = connection.execute(select(cases).where(*is_case(cases, wanted))).first()
            if row is None:
                raise UnknownCaseError(f"there is no case {number}")
            steps = (
                select(case_steps).where(*is_case(case_steps, wanted)).order_by(case_steps.c.step)
            )
            taken = [_taken(one) for one in connection.execute(steps)]
            findings = select(case_findings).where(*is_case(case_findings, wanted))
            ordered = findings.order_by(case_findings.c.finding_id)
            kept = [Kept(*one[2:]) for one in connection.execute(ordered)]
        # What a step wrote between these questions is not seen by halves.
        return Case(**_head(row), taken=taken[: row.steps], findings=kept)

    def numbers(self) -> Sequence[str]:
        """Of every case, the oldest first."""
        query = select(cases.c.year, cases.c.serial).order_by(cases.c.year, cases.c.serial)
        with self.database.connect() as connection:
            return [numbered(year, serial) for year, serial in connection.execute(query)]

    def listed(self, wanted: Wanted, paging: Paging) -> Page[Head]:
        """Which cases are all this, the newest first?"""
        question = f"cases {sorted(asdict(wanted).items(), key=str)}"
        begin = begun(paging, question, tuple[Number, Number], lambda: 0)
        query = select(cases).where(*self._conditions(wanted))
        if begin.after:
            year, serial = begin.after
            before = and_(cases.c.year == year, cases.c.serial < serial)
            query = query.where(or_(cases.c.year < year, before))
        query = query.order_by(cases.c.year.desc(), cases.c.serial.desc())
        with self.database.connect() as connection:
            rows = connection.execute(query.limit(paging.size + 1)).all()
        found = [Head(**_head(row)) for row in rows]
        return cut(found, paging, question, begin, lambda head: key(head.number))

    def requests_to(self, actor: str) -> Sequence[Request]:
        """What is this handler asked to explain, the newest first?"""
        query = (
            select(case_steps, cases.c.state, cases.c.asked.label("last"))
            .join(cases, and_(*(case_steps.c[one] == cases.c[one] for one in KEY)))
            .where(case_steps.c.asked == actor)
            .order_by(case_steps.c.at, case_steps.c.step)
        )
        with self.database.connect() as connection:
            rows = connection.execute(query).all()
        newest = {numbered(row.year, row.serial): row for row in rows}
        return [
            Request(
                *(number, self._state_to(number, row, actor), row.text, row.deadline),
                awaited=row.last == actor and row.state in {State.ASKED, State.ANSWERED},
            )
            for number, row in sorted(newest.items(), key=lambda one: -one[1].at)
        ]

    def _state_to(self, number: str, row: Row[Any], actor: str) -> State:
        return State(row.state) if row.last == actor else state_to(self.find(number), actor)

    def having(self, findings: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The numbers of the cases that have these findings, by finding, the oldest first."""
        known = case_findings.c
        query = (
            select(known.finding_id, known.year, known.serial)
            .where(known.finding_id.in_(findings))
            .order_by(known.year, known.serial)
        )
        numbers: dict[str, list[str]] = {}
        with self.database.connect() as connection:
            for finding, year, serial in connection.execute(query):
                numbers.setdefault(finding, []).append(numbered(year, serial))
        return numbers

    def handlers(self) -> frozenset[str]:
        """Who may be asked to explain, by their names in the trail."""
        query = select(users.c.actor).where(
            users.c.role == str(Role.HANDLER), users.c.removed_at.is_(None)
        )
        with self.database.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def counts(self) -> Mapping[State, int]:
        """How many cases are in each state."""
        query = select(cases.c.state, func.count()).group_by(cases.c.state)
        with self.database.connect() as connection:
            known = {State(state): number for state, number in connection.execute(query)}
        return {state: known.get(state, 0) for state in State}

    def overdue(self) -> int:
        """How many explanations are waited for although their time is over."""
        query = select(func.count()).select_from(cases)
        with self.database.connect() as connection:
            late = query.where(*self._conditions(Wanted(overdue=True)))
            return int(connection.execute(late).scalar_one())

    def _conditions(self, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
        if wanted.state is not None:
            yield cases.c.state == str(wanted.state)
        if wanted.overdue:
            yield and_(cases.c.state == str(State.ASKED), cases.c.deadline <= self.clock())
        if wanted.mine is not None:
            yield cases.c.opened_by == wanted.mine


def is_case(table: Table, case: tuple[int, int]) -> Sequence[ColumnElement[bool]]:
    """Conditions: a row of this table is of this case."""
    return [table.c[name] == value for name, value in zip(KEY, case, strict=True)]


def _head(row: Row[Any]) -> dict[str, Any]:
    known = row._asdict()
    state = State(known["state"])
    kept = {name: known[name] for name in known if name not in {*KEY, "state"}}
    return {"number": numbered(row.year, row.serial), "state": state, **kept}


def _taken(row: Row[Any]) -> Taken:
    known = {name: value for name, value in row._asdict().items() if name not in KEY}
    return Taken(**known | {"what": Step(row.what), "role": Role(row.role)})
