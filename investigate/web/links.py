"""From a value that a page shows to the page that asks about it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from investigate.web.rights import Who, may

_PAGES = {
    "actor": ("/handler", "id"),
    "subject": ("/subject", "id"),
    "file": ("/touched", "file"),
    "recipient": ("/recipient", "id"),
    "ip": ("/where", "ip"),
    "cookie": ("/where", "cookie"),
    "mac": ("/where", "mac"),
    "session": ("/session", "id"),
    "request_id": ("/request", "id"),
}
"""By an event's field."""
_NEAR = timedelta(hours=1)
"""A request is over by then. It has no index, and is looked for in this time only."""


def to(field: str, value: str, who: Who, **more: str) -> str | None:
    """The page about this value of an event, where there is one and they may see it."""
    page, name = _PAGES.get(field, ("", ""))
    return f"{page}?{urlencode({name: value, **more})}" if may(who, "GET", page) else None


def of_event(event: Mapping[str, Any], shown: Mapping[str, Any], who: Who) -> Mapping[str, str]:
    """The pages about what an event holds, by field; none for what is not `shown` as it is."""
    at = event["occurred_at"]
    near = {"start": (at - _NEAR).isoformat(), "end": (at + _NEAR).isoformat()}
    known = {name: event[name] for name in _PAGES if event[name] and event[name] == shown[name]}
    leads = {
        name: to(name, value, who, **(near if name == "request_id" else {}))
        for name, value in known.items()
    }
    return {name: lead for name, lead in leads.items() if lead}
