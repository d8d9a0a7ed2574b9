"""Misuse that was found, by checks and by detectors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from audit.policy import DAY
from investigate.cases.statuses import OPEN, STATUSES
from investigate.cursor import Cursor, Number, Page, Paging, begun, cut
from investigate.errors import NotThereError, WrongQuestionError
from investigate.filters import microseconds
from investigate.questions.accesses import EVER
from investigate.reading import Reader

SEVERITIES = "low", "medium", "high", "critical"
EVENTS = 20
"""How many of its events a finding names here; `v_findings` names up to a thousand."""


class Finding(Struct, frozen=True):
    """Misuse, and what is known about it. `sentence` and `title` are in the asked language."""

    finding_id: str
    status: str
    detector: str
    severity: str
    clause: str
    actor: str
    window_start: datetime
    title: str
    sentence: str
    runbook: str
    count: int
    first_occurred_at: datetime
    last_occurred_at: datetime
    subjects: Sequence[str]
    event_ids: Sequence[str]
    sources: Sequence[str]


class Wanted(Struct, frozen=True, kw_only=True):
    """Which findings: all that are given must hold.

    `status` is `new` until somebody says more; `open` are those that no case has settled. Of a
    time are those with an access in it, or before and after it; `start` is inclusive, `end` not.
    """

    status: str | None = "open"
    severity: str | None = None
    detector: str | None = None
    actor: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def texts(self) -> Mapping[str, str]:
        """What a finding must be, by its columns."""
        names = "status", "severity", "detector", "actor"
        return {name: one for name in names if (one := getattr(self, name)) is not None}


def open_findings(
    reader: Reader, wanted: Wanted, paging: Paging, *, korean: bool = False
) -> Page[Finding]:
    """Which misuse is open, and what is known about it, the newest window first?

    A finding keeps its window and its id while events are added to it, so it keeps its page. Which
    ones they are is asked first, by the keys alone, and then what is known about these.
    """
    if wanted.severity is not None and wanted.severity not in SEVERITIES:
        raise WrongQuestionError(f"severity is one of {', '.join(SEVERITIES)}")
    bound: dict[str, object] = {**wanted.texts}
    if wanted.status is not None and wanted.status not in {"open", *STATUSES}:
        raise WrongQuestionError(f"status is one of open, {', '.join(STATUSES)}")
    those = [f"{name} = {{{name}:String}}" for name in bound if bound[name] != "open"]
    those += [f"status IN {OPEN}"] if wanted.status == "open" else []
    times = {name: moment for name in _IN_TIME if (moment := getattr(wanted, name)) is not None}
    those += [_IN_TIME[name] for name in times]
    bound |= {name: microseconds(moment) for name, moment in times.items()}
    those = those or ["true"]
    question = f"findings {sorted(bound.items())}"
    begin = begun(paging, question, tuple[Number, str], lambda: 0)
    if begin.after:
        bound |= dict(zip(("after_at", "after_id"), begin.after, strict=True))
        those.append(_AFTER)
    most, ids = paging.size + 1, list[str]()
    for first, until in _spans(reader, begin, wanted):
        bound |= {"first": first, "until": until, "rows": most - len(ids)}
        ids += [one for (one,) in reader.rows(_KEYS.format(those=" AND ".join(those)), bound)]
        if len(ids) >= most:
            break
    found = named(reader, ids, korean=korean) if ids else []
    return cut(found, paging, question, begin, _key)


def named(
    reader: Reader, ids: Sequence[str], *, korean: bool = False, events: int = EVENTS
) -> Sequence[Finding]:
    """What is known about these findings? Those that the trail lacks are left out.

    Each names so many `events` at most.
    """
    query = _NAMED.format(language="_ko" if korean else "")
    bound = {"ids": list(ids), "rows": len(ids), "events": events}
    return [Finding(*row) for row in reader.rows(query, bound)]


def all_of(reader: Reader, ids: Sequence[str]) -> Sequence[Finding]:
    """What is known about each of these findings? Raises `NotThereError` where one is missing."""
    found = named(reader, ids)
    if missing := set(ids) - {one.finding_id for one in found}:
        raise NotThereError(f"the trail has no finding {min(missing)!r}")
    return found


def _spans(reader: Reader, begin: Cursor, wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Times one after another to look in, from where the page begins, in microseconds.

    The newest are shown, and mostly they are recent: gathering all findings to show fifty would
    be reading for nothing. A handler's are few.
    """
    until = EVER[1]
    if wanted.actor is None:
        newest = begin.after[0] if begin.after else reader.moment() * 1_000
        for days in _DAYS:
            first = newest - days * DAY
            yield first, until
            until = first
    yield EVER[0], until


def _key(finding: Finding) -> tuple[int, str]:
    return microseconds(finding.window_start), finding.finding_id


_AFTER = """
    (toInt64(toUnixTimestamp(window_start)) * 1000000, finding_id)
        < ({after_at:Int64}, {after_id:String})"""

_IN_TIME = {
    "start": "last_occurred_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')",
    "end": "first_occurred_at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')",
}

_KEYS = """
SELECT finding_id FROM v_findings
WHERE window_start >= fromUnixTimestamp64Micro({{first:Int64}}, 'UTC')
    AND window_start < fromUnixTimestamp64Micro({{until:Int64}}, 'UTC') AND {those}
ORDER BY window_start DESC, finding_id DESC
LIMIT {{rows:UInt32}}
"""

_NAMED = """
SELECT
    finding_id, status, detector, severity, clause, actor, window_start,
    if(title{language} = '', title, title{language}),
    if(sentence{language} = '', sentence, sentence{language}),
    runbook, count, first_occurred_at, last_occurred_at,
    arraySlice(subjects, 1, {{events:UInt32}}), arraySlice(event_ids, 1, {{events:UInt32}}),
    sources
FROM v_findings
WHERE finding_id IN {{ids:Array(String)}}
ORDER BY window_start DESC, finding_id DESC
LIMIT {{rows:UInt32}}
"""
_DAYS = 2, 30, 365
