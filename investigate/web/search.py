"""What somebody typed into the one search box, told apart by its form."""

import ipaddress
from urllib.parse import urlencode
from uuid import UUID

from investigate.filters import is_mac
from investigate.masking import HANDLERS

_NAMED = {
    "event": ("/event", "id"),
    "subject": ("/subject", "id"),
    "actor": ("/handler", "id"),
    "cookie": ("/where", "cookie"),
    "ip": ("/where", "ip"),
    "mac": ("/where", "mac"),
    "session": ("/session", "id"),
    "request": ("/request", "id"),
    "file": ("/touched", "file"),
    "recipient": ("/recipient", "id"),
    "life": ("/life", "id"),
}


def target(text: str) -> str:
    """The page that answers it: of an event, a subject, a handler, or of where something was seen.

    `cookie:…`, `event:…` and the like say themselves what they are; the rest is told by its form,
    and what has none is a cookie. An event's id in capitals is looked for in small letters, as ids
    are made; after `event:` as it is typed.
    """
    typed = text.strip()
    word, colon, rest = typed.partition(":")
    if colon and word in _NAMED and rest:
        page, name = _NAMED[word]
        return _page(page, name, rest.strip())
    for is_one, page, name in _BY_FORM:
        if is_one(typed):
            return _page(page, name, typed.lower() if page == "/event" else typed)
    return _page("/where", "cookie", typed)


def _page(page: str, name: str, value: str) -> str:
    return f"{page}?{urlencode({name: value})}"


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def _is_handler(text: str) -> bool:
    kind, _, own = text.partition(":")
    return kind in HANDLERS and bool(own)


def _is_member(text: str) -> bool:
    return text.startswith("member:") and text != "member:"


_BY_FORM = (
    (_is_uuid, "/event", "id"),
    (is_mac, "/where", "mac"),
    (_is_ip, "/where", "ip"),
    (_is_handler, "/handler", "id"),
    (_is_member, "/subject", "id"),
)
