"""What cases make of their findings, told to the trail: nothing else of the console writes there.

A status follows from all the cases that have the finding, as they are when it is told, so that
telling it again changes nothing. What the trail did not take is told with the next step, or when
the console starts again.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

from investigate.cases.case import Case, Kept, State, Step, Taken
from investigate.cases.lookup import Lookup
from storage.trail import Trail, TrailUnavailableError, connect

IN_CASE, DISMISSED = "in_case", "dismissed"
DECIDED: Mapping[Step, str] = {Step.APPROVE: "explained", Step.ESCALATE: "misuse"}
STATUSES = "new", IN_CASE, *DECIDED.values(), DISMISSED
OPEN = "new", IN_CASE

_WEIGHTS: Mapping[str | None, int] = {
    None: 0,
    DISMISSED: 1,
    IN_CASE: 2,
    **dict.fromkeys(DECIDED.values(), 3),
}

_COLUMNS = "finding_id", "status", "changed_by", "changed_at"
_log = logging.getLogger(__name__)


def status(case: Case, finding: Kept) -> str | None:
    """What a case says of one of its findings; nothing, where it closed without settling it.

    A decision settles the findings of whom was asked, and those of nobody in particular.
    """
    if case.state is not State.CLOSED:
        return IN_CASE
    decided = _decided(case)
    if decided is None:
        return DISMISSED
    asked = {one.asked for one in case.taken if one.what is Step.ASK}
    return DECIDED[decided.what] if finding.actor in {*asked, ""} else None


def settled(cases: Sequence[Case], finding_id: str) -> tuple[str, Case]:
    """What all cases that have a finding make of it, and which of them says so.

    The latest decision, if any: it outweighs what an investigator says alone.
    """

    def weight(known: tuple[str | None, Case]) -> tuple[int, int]:
        said, case = known
        return _WEIGHTS[said], (_decided(case) or case.taken[-1]).at

    said, case = max(
        (
            (status(case, one), case)
            for case in cases
            for one in case.findings
            if one.finding_id == finding_id
        ),
        key=weight,
    )
    return said or IN_CASE, case


def _decided(case: Case) -> Taken | None:
    return next((one for one in reversed(case.taken) if one.what in DECIDED), None)


@dataclass(frozen=True, slots=True)
class Statuses:
    """The trail's word on findings; `clickhouse` is its URL."""

    clickhouse: str
    _untold: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, cases: Lookup, numbers: Iterable[str]) -> None:
        """Tell the trail of these cases and of those that it has not taken yet."""
        with self._lock:
            self._untold.update(numbers)
            rows = {row[0]: row for one in sorted(self._untold) for row in _rows(cases, one)}
            try:
                if rows:
                    self._insert(list(rows.values()))
                self._untold.clear()
            except TrailUnavailableError as error:
                late = ", ".join(sorted(self._untold))
                _log.warning("findings of %s keep their status until later: %s", late, error)

    def _insert(self, rows: Sequence[Sequence[object]]) -> None:
        trail = Trail(connect(self.clickhouse))
        try:
            trail.insert("finding_statuses", _COLUMNS, rows)
        finally:
            trail.client.close()


def _rows(cases: Lookup, number: str) -> Iterator[tuple[str, str, str, datetime]]:
    having = cases.having([one.finding_id for one in cases.find(number).findings])
    known = {one: cases.find(one) for one in set(chain.from_iterable(having.values()))}
    for finding_id, numbers in having.items():
        those = [known[one] for one in numbers]
        said, case = settled(those, finding_id)
        at = datetime.fromtimestamp(max(one.taken[-1].at for one in those), UTC)
        yield finding_id, said, f"staff:{case.taken[-1].name}", at
