"""What `gamsa watch` asks: the queries of the dashboard *Now*, with Grafana's macros expanded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboards import macros
from dashboards.grafana import sql
from dashboards.macros import Asked
from storage.trail import Trail

Rows = list[dict[str, Any]]

POINTS = 60
"""How many points of time a line has at most."""
NAMES = ("ledger", "severities", "rejected", "latest", "freshness", "services")
"""The questions, by their files in `dashboards/queries`."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is looked at."""

    end: datetime
    length: timedelta

    def expand(self, query: str) -> str:
        """Put the time in place of the macros; KeyError names one that is not known."""
        step = int(self.length.total_seconds()) // POINTS
        return macros.expand(query, Asked(self.end - self.length, self.end, interval=step))


def ask(trail: Trail, span: Span) -> dict[str, Rows]:
    """Ask every question once; raises `TrailUnavailableError`."""
    return {name: trail.named_rows(span.expand(sql(name))) for name in NAMES}
