"""Holes in producers' numbers as rows of `findings`.

Such a finding rests on no event: its row has no topic, stands at the first missing number in the
place of the offset, and names the missing events by their numbers.
"""

from collections.abc import Sequence
from datetime import datetime

from audit.completeness import DETECTOR, RUNBOOK, SEVERITY, TITLE, TITLE_KO, Hole
from storage.trail import Trail

_COLUMNS = (
    *("finding_id", "detector", "severity", "clause", "actor", "window_start"),
    *("title", "title_ko", "runbook", "event_id", "subject", "source", "detail"),
    *("occurred_at", "policy_revision", "topic_id", "partition", "offset", "received_at"),
)


def store(trail: Trail, holes: Sequence[Hole], now: datetime) -> None:
    """Store a finding for each hole, seen at `now`; one stored again collapses with the first.

    Raises `TrailUnavailableError`.
    """
    if holes:
        trail.insert("findings", _COLUMNS, [_row(hole, now) for hole in holes])


def _row(hole: Hole, now: datetime) -> Sequence[object]:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return (
        *(hole.finding_id, DETECTOR, SEVERITY, "", hole.producer, hour),
        *(TITLE, TITLE_KO, RUNBOOK, hole.name, "", hole.source, str(hole)),
        *(now, "", "", 0, hole.first, now),
    )
