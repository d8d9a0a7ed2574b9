"""The ClickHouse data source's macros, expanded as its version 4 does on the way to the server."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

CALL = re.compile(r"\$__(\w+)\(([^()]*)\)")


@dataclass(frozen=True)
class Asked:
    """What a panel is asked for: a range of time, and how wide a point is in seconds."""

    start: datetime
    end: datetime
    interval: float = 60.0


def _time_filter(column: str, asked: Asked) -> str:
    start, end = (int(at.timestamp()) for at in (asked.start, asked.end))
    return f"{column} >= toDateTime({start}) AND {column} <= toDateTime({end})"


def _time_interval(column: str, asked: Asked) -> str:
    seconds = int(max(asked.interval, 1))
    return f"toStartOfInterval(toDateTime({column}), INTERVAL {seconds} second)"


MACROS: Mapping[str, Callable[[str, Asked], str]] = {
    "timeFilter": _time_filter,
    "timeInterval": _time_interval,
}


def expand(sql: str, asked: Asked) -> str:
    """Return the query as the server gets it; KeyError names a macro that is unknown here."""
    return CALL.sub(lambda call: MACROS[call[1]](call[2], asked), sql)
