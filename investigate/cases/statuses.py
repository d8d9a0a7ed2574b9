"""What cases make of their findings, told to the trail: nothing else of the console writes there.

A status follows from its case alone, so that telling it again changes nothing. What the trail did
not take is told with the next step, or when the console starts again.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from investigate.cases.case import Case, State, Step
from storage.trail import Trail, TrailUnavailableError, connect

IN_CASE, DISMISSED = "in_case", "dismissed"
DECIDED: Mapping[Step, str] = {Step.APPROVE: "explained", Step.ESCALATE: "misuse"}
STATUSES = "new", IN_CASE, *DECIDED.values(), DISMISSED
OPEN = "new", IN_CASE

_COLUMNS = "finding_id", "status", "changed_by", "changed_at"
_log = logging.getLogger(__name__)


def status(case: Case) -> str:
    """What a case says of its findings: by its last decision once it is closed."""
    if case.state is not State.CLOSED:
        return IN_CASE
    decided = [DECIDED[one.what] for one in case.taken if one.what in DECIDED]
    return decided[-1] if decided else DISMISSED


@dataclass(frozen=True, slots=True)
class Statuses:
    """The trail's word on findings; `clickhouse` is its URL."""

    clickhouse: str
    _untold: dict[str, Case] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, cases: Iterable[Case]) -> None:
        """Tell the trail of these cases and of those that it has not taken yet."""
        with self._lock:
            self._untold.update({case.number: case for case in cases})
            rows = [row for case in self._untold.values() for row in _rows(case)]
            try:
                if rows:
                    self._insert(rows)
                self._untold.clear()
            except TrailUnavailableError as error:
                numbers = ", ".join(self._untold)
                _log.warning("findings of %s keep their status until later: %s", numbers, error)

    def _insert(self, rows: list[tuple[object, ...]]) -> None:
        trail = Trail(connect(self.clickhouse))
        try:
            trail.insert("finding_statuses", _COLUMNS, rows)
        finally:
            trail.client.close()


def _rows(case: Case) -> list[tuple[object, ...]]:
    last, said = case.taken[-1], status(case)
    at = datetime.fromtimestamp(last.at, UTC)
    return [(one.finding_id, said, f"staff:{last.name}", at) for one in case.findings]
