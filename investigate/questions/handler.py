"""One handler's work over a time, beside what is usual for the role."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from investigate.errors import NotThereError, WrongQuestionError
from investigate.filters import Filters, conditions
from investigate.reading import Reader

A_MONTH = timedelta(days=30)
WHAT = "purpose", "file", "action"


@dataclass(frozen=True, slots=True)
class Usual:
    """What the accounts of a role do on a day on which they work: middle, and one day in twenty.

    `days`: how many such days that is known from; 0 where no closed day is summed up.
    """

    days: int
    accesses: float
    accesses_often: float
    subjects: float
    subjects_often: float


@dataclass(frozen=True, slots=True)
class Handler:
    """What a handler did. `hours`: accesses by weekday (1 is Monday) and hour of the zone.

    `days`: on how many days of the zone. `by`: accesses by purpose, file and action.
    """

    actor: str
    roles: Sequence[str]
    days: int
    accesses: int
    subjects: int
    records: int
    exports: int
    misuse: int
    by: Mapping[str, Mapping[str, int]]
    hours: Mapping[tuple[int, int], int]
    usual: Mapping[str, Usual]


def month_of(
    actor: str, start: datetime | None, end: datetime | None, zone: tzinfo = UTC
) -> Filters:
    """The accesses of a handler in a time, or in the month up to its end, or to today's begin.

    Its start, in UTC, is told with the answer: what follows is asked with it, perhaps tomorrow.
    """
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        begin = (start or (end or today) - A_MONTH).astimezone(UTC)
    except OverflowError:
        raise WrongQuestionError("that is before all time; ask for a later one") from None
    return Filters(actor=actor, start=begin, end=end)


def profile(reader: Reader, filters: Filters) -> Handler:
    """What did this handler do in this period, beside what is usual for the role?

    Raises `NotThereError` where the handler did nothing in it.
    """
    sql, bound = conditions(filters)
    where, zone = " AND ".join(sql), reader.zone()
    ((*totals, roles),) = reader.rows(_TOTALS.format(those=where), {**bound, "zone": zone})
    days, accesses, subjects, records, exports, misuse = map(int, totals)
    if not accesses:
        raise NotThereError(f"the trail has no access by {filters.actor!r} in this time")
    told: dict[str, Counter[str]] = {name: Counter() for name in WHAT}
    hours: Counter[tuple[int, int]] = Counter()
    for row in reader.rows(_PARTS.format(those=where), {**bound, "zone": zone}):
        *what, weekday, hour, number = row
        hours[int(weekday), int(hour)] += int(number)
        for name, value in zip(WHAT, what, strict=True):
            told[name][str(value)] += int(number)
    usual = {role: _usual(reader, role, filters) for role in roles}
    return Handler(
        str(filters.actor),
        roles,
        days,
        accesses,
        subjects,
        records,
        exports,
        misuse,
        {name: dict(counts.most_common()) for name, counts in told.items()},
        dict(hours),
        usual,
    )


def _usual(reader: Reader, role: str, filters: Filters) -> Usual:
    times, bound = conditions(Filters(start=filters.start, end=filters.end))
    those = [one.replace("occurred_at", "day") for one in times]
    query = _USUAL.format(those=" AND ".join(["role = {role:String}", *those]))
    ((days, accesses, subjects),) = reader.rows(query, {**bound, "role": role})
    return Usual(int(days), *map(float, (*accesses, *subjects))) if days else Usual(0, 0, 0, 0, 0)


_TOTALS = """
SELECT
    uniqExact(toDate(toTimeZone(occurred_at, {{zone:String}}))), count(),
    uniqExactIf(subject, subject != ''), sum(records), countIf(action = 'export'),
    countIf(verdict = 'misuse'), arraySort(groupUniqArray(20)(toString(role)))
FROM v_access_events WHERE {those}
"""

_PARTS = """
SELECT
    purpose, file, action, toDayOfWeek(toTimeZone(occurred_at, {{zone:String}})) AS weekday,
    toHour(toTimeZone(occurred_at, {{zone:String}})) AS hour, count()
FROM v_access_events WHERE {those}
GROUP BY purpose, file, action, weekday, hour
"""

_USUAL = """
SELECT count(), quantiles(0.5, 0.95)(accesses), quantiles(0.5, 0.95)(subjects)
FROM v_account_days WHERE {those}
"""
