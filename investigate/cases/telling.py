"""Cases as JSON has them: fields by name, times as RFC 3339 in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from investigate.cases.case import Case, Head, Taken
from investigate.printing import plain

_HEAD = "number", "title", "state", "purpose", "subject", "opened_by", "asked"


def head(case: Head, now: int) -> Mapping[str, Any]:
    """A case as a list shows it."""
    moments = {name: moment(getattr(case, name)) for name in ("opened_at", "deadline")}
    told = {name: getattr(case, name) for name in _HEAD}
    return {**told, **moments, "overdue": case.overdue(now)}


def whole(case: Case, now: int) -> Mapping[str, Any]:
    """A case with its findings and steps."""
    steps = [step(one) for one in case.taken]
    return {**head(case, now), "findings": plain(list(case.findings)), "steps": steps}


def step(taken: Taken) -> Mapping[str, Any]:
    """A step."""
    moments = {name: moment(getattr(taken, name)) for name in ("at", "deadline")}
    return {**plain(taken), **moments}


def moment(seconds: int | None) -> str | None:
    """A time, if there is one."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
