"""The ClickHouse data source's macros, expanded as its version 4 does on the way to the server."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

CALL = re.compile(r"\$__(\w+)(?:\(([^()]*)\))?")
CONDITIONAL = "$__conditionalAll("
VARIABLE = re.compile(r"\$\{(\w+):singlequote\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a panel is asked for: a range of time, and how wide a point is in seconds.

    `chosen` has the values of each variable; one that is left out is at All.
    """

    start: datetime
    end: datetime
    interval: float = 60.0
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _moment(at: datetime) -> str:
    return f"toDateTime({int(at.timestamp())})"


def _time_filter(column: str, asked: Asked) -> str:
    return f"{column} >= {_moment(asked.start)} AND {column} <= {_moment(asked.end)}"


def _time_interval(column: str, asked: Asked) -> str:
    return f"toStartOfInterval(toDateTime({column}), INTERVAL {_seconds(asked)} second)"


def _seconds(asked: Asked) -> int:
    return int(max(asked.interval, 1))


MACROS: Mapping[str, Callable[[str, Asked], str]] = {
    "timeFilter": _time_filter,
    "timeInterval": _time_interval,
    "fromTime": lambda _, asked: _moment(asked.start),
    "toTime": lambda _, asked: _moment(asked.end),
    "interval_s": lambda _, asked: str(_seconds(asked)),
}


def expand(sql: str, asked: Asked) -> str:
    """Return the query as the server gets it; KeyError names a macro that is unknown here."""
    chosen = VARIABLE.sub(lambda name: _quoted(asked.chosen[name[1]]), conditional(sql, asked))
    return CALL.sub(lambda call: MACROS[call[1]](call[2] or "", asked), chosen)


def conditional(sql: str, asked: Asked) -> str:
    """Return the query with each condition on a variable, or what is always true for All."""
    while (start := sql.find(CONDITIONAL)) >= 0:
        condition, variable, end = _arguments(sql, start + len(CONDITIONAL))
        holds = condition if asked.chosen.get(variable.strip().removeprefix("$")) else "1=1"
        sql = sql[:start] + holds + sql[end:]
    return sql


def _arguments(sql: str, start: int) -> tuple[str, str, int]:
    """The two arguments that begin at `start`, and where the call ends."""
    depth, comma = 1, start
    for at in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        if sql[at] == "," and depth == 1:
            comma = at
        if depth == 0:
            return sql[start:comma], sql[comma + 1 : at], at + 1
    raise ValueError(sql[start:])


def _quoted(values: Sequence[str]) -> str:
    return ",".join("'" + value.replace("'", "\\'") + "'" for value in values)
