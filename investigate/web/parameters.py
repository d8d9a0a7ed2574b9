"""What the questions over HTTP take: values, times, pages and choices, each within its bounds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, TypeAdapter

from investigate.cursor import MOST, Paging
from investigate.filters import AMONG, Filters
from investigate.questions.findings import Wanted
from investigate.web.pages import DASHBOARDS, zone_of

_FIRST, _LAST = 1970, 2200
"""Years, without the last, between which zones can be reckoned with."""

_YEAR = re.compile(r"\d{4}-")

Value = Annotated[str, Query(min_length=1, max_length=512)]
Maybe = Annotated[str | None, Query(min_length=1, max_length=512)]


def _told(value: object) -> object:
    """Nothing for a field of a form that was left empty."""
    return None if value == "" else value


Typed = Annotated[Annotated[str, Field(max_length=512)] | None, BeforeValidator(_told), Query()]
"""A field of a form, which may be left empty."""


Among = Mapping[str, tuple[str, ...]]
"""By names of `filters.AMONG`: the values that a dashboard was narrowed to."""
_ALL = frozenset({"All", "$__all"})
"""How Grafana's links tell of a variable that narrows nothing."""


def among(request: Request) -> Among:
    """What the dashboard that led here was narrowed to: its `var-role` and so on.

    The names are as Grafana writes them, whose format `queryparam` knows no others.
    """
    asked = request.query_params
    told = {name: tuple(filter(None, asked.getlist(f"{DASHBOARDS}{name}"))) for name in AMONG}
    return {name: some for name, some in told.items() if some and _ALL.isdisjoint(some)}


@dataclass(frozen=True, slots=True)
class Span:
    """A time, `start` inclusive and `end` exclusive, and a page of what was in it."""

    start: datetime | None
    end: datetime | None
    paging: Paging
    among: Among = field(default_factory=dict)

    def filters(self, **more: str | None) -> Filters:
        """The time and these, as filters."""
        return Filters(start=self.start, end=self.end, among=self.among, **more)


def _paging(
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Paging:
    return Paging(cursor, limit)


Pages = Annotated[Paging, Depends(_paging)]


def _dated(value: object) -> object:
    """A time begins with its year; a number alone would be taken for seconds since 1970."""
    if isinstance(value, str) and not _YEAR.match(value):
        raise ValueError("a time is written as in 2026-10-01T00:00:00Z")
    return value


def _of_these_centuries(moment: datetime | None) -> datetime | None:
    if moment is not None and not _FIRST <= moment.year < _LAST:
        raise ValueError("a time of these centuries")
    return moment


Instant = Annotated[AwareDatetime, BeforeValidator(_dated), AfterValidator(_of_these_centuries)]


def _span(
    paging: Pages,
    start: Annotated[Instant | None, Query(description="Inclusive.")] = None,
    end: Annotated[Instant | None, Query(description="Exclusive.")] = None,
) -> Span:
    return Span(start, end, paging)


Times = Annotated[Span, Depends(_span)]


Moment = Annotated[
    datetime | None, BeforeValidator(_told), AfterValidator(_of_these_centuries), Query()
]


@dataclass(frozen=True, slots=True)
class Period:
    """What a page is about: a time, `end` exclusive, and what the asker narrowed a dashboard to.

    It begins after the row of its cursor.
    """

    start: datetime | None
    end: datetime | None
    cursor: str | None
    among: Among

    @property
    def paging(self) -> Paging:
        """Fifty rows of it, from the cursor on."""
        return Paging(self.cursor, 50)

    @property
    def span(self) -> Span:
        """The same as the API takes it."""
        return Span(self.start, self.end, self.paging, self.among)


def _by_the_clock(
    request: Request,
    among: Annotated[Among, Depends(among)],
    start: Moment = None,
    end: Moment = None,
    cursor: Maybe = None,
) -> Period:
    """The period, whose time a form tells without a zone, by the institution's clock."""
    zone = zone_of(request)
    start, end = (
        one.replace(tzinfo=zone) if one is not None and one.tzinfo is None else one
        for one in (start, end)
    )
    return Period(start, end, cursor, among)


ThatTime = Annotated[Period, Depends(_by_the_clock)]


@dataclass(frozen=True, slots=True)
class Choice:
    """Accesses that are all this: every filter there is; `accessed_for` is their own purpose."""

    subject: Maybe = None
    actor: Maybe = None
    actor_kind: Maybe = None
    role: Maybe = None
    organization: Maybe = None
    ip: Maybe = None
    cookie: Maybe = None
    mac: Maybe = None
    session: Maybe = None
    request_id: Maybe = None
    event_id: Maybe = None
    source: Maybe = None
    file: Maybe = None
    item: Maybe = None
    action: Maybe = None
    accessed_for: Maybe = None
    legal_basis: Maybe = None
    recipient: Maybe = None
    outcome: Maybe = None
    verdict: Annotated[Literal["allowed", "misuse"] | None, Query()] = None
    reason: Maybe = None
    clause: Maybe = None

    @property
    def filters(self) -> dict[str, str | None]:
        """The choice, by the names of filters."""
        own = {"accessed_for": "purpose"}
        return {own.get(name, name): getattr(self, name) for name in self.__slots__}


Chosen = Annotated[Choice, Depends()]
_CHOICE = TypeAdapter(Choice)


def choice(fields: Mapping[str, str]) -> Choice:
    """What a form's fields choose; those left empty choose nothing. Raises ValueError."""
    given = {name: fields.get(name, "").strip() for name in Choice.__slots__}
    return _CHOICE.validate_python({name: one for name, one in given.items() if one})


Status = Literal["open", "new", "in_case", "explained", "misuse", "dismissed", "all"]
"""`new` and `in_case` are `open`; a case that is closed settles its findings."""


@dataclass(frozen=True, slots=True)
class ChosenFindings:
    """Findings that are all this."""

    status: Status = "open"
    severity: Annotated[Literal["low", "medium", "high", "critical"] | None, Query()] = None
    detector: Maybe = None
    actor: Maybe = None

    def within(self, start: datetime | None, end: datetime | None) -> Wanted:
        """The choice as the question takes it, in a time; of every status where it is `all`."""
        return Wanted(
            status=None if self.status == "all" else self.status,
            severity=self.severity,
            detector=self.detector,
            actor=self.actor,
            start=start,
            end=end,
        )
