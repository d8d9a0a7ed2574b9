"""What `gamsa watch` asks: the queries of the dashboard *Now*, with Grafana's macros expanded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from storage.trail import Trail

Rows = list[dict[str, Any]]

POINTS = 60
"""How many points of time a line has at most."""
NAMES = ("ledger", "severities", "rejected", "latest", "freshness", "services")
"""The questions, by their files in `dashboards/queries`."""
_MACRO = re.compile(r"\$__(\w+)\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is looked at."""

    end: datetime
    length: timedelta

    def expand(self, query: str) -> str:
        """Put the time in place of the macros; KeyError names one that is not known here."""
        start, end = (int(at.timestamp()) for at in (self.end - self.length, self.end))
        step = max(1, int(self.length.total_seconds()) // POINTS)
        known: Mapping[str, str] = {
            "timeFilter": f"{{0}} >= toDateTime({start}) AND {{0}} <= toDateTime({end})",
            "timeInterval": f"toStartOfInterval(toDateTime({{0}}), INTERVAL {step} second)",
        }
        return _MACRO.sub(lambda call: known[call[1]].format(call[2]), query)


def ask(trail: Trail, span: Span) -> dict[str, Rows]:
    """Ask every question once; raises `TrailUnavailableError`."""
    return {name: trail.named_rows(span.expand(_query(name))) for name in NAMES}


def _query(name: str) -> str:
    return (files("dashboards") / "queries" / f"{name}.sql").read_text(encoding="utf-8")
