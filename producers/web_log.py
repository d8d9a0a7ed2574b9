r"""A web server's log in Apache's and nginx's *combined* format, turned into usage history.

Every field stays as the server wrote it: escapes such as `\x22` or `\"` and the bare hyphen are
kept, and bytes that are not UTF-8 are written the way Apache writes them, `\xe9`. The user agent
of a line that was cut off has no closing quote and is taken to the end of the line.

The library nearest to this, apachelogs 0.6.1, decodes the escapes and refuses cut lines.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from producers.wire import Access, AccessEvent, Actor, Client, Usage

Acting = Literal["visitor", "system"]

# Names the ids of replayed lines; a second replay of the same file gives the same ids.
LINES = UUID("6f0c7a3e-5d7e-4c55-9b0e-0a3f1f6f2d61")

FILE, ITEMS = "automatic_collection", ("ip_address", "service_use_history")
MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_QUOTED = r'"((?:[^"\\]|\\.)*)'
_LINE = re.compile(
    rf'(\S+) (\S+) (.+?) \[([^\]]*)\] {_QUOTED}" (\d{{3}}|-) (\d+|-) {_QUOTED}" {_QUOTED}"?\s*'
).fullmatch
_TIME = re.compile(
    r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})"
).fullmatch
_REQUEST = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (.+?)(?: HTTP/[0-9.]+)?").fullmatch


class Request(NamedTuple):
    """One line of the log; `time` is RFC 3339, everything else as the server wrote it."""

    host: str
    user: str
    time: str
    method: str | None
    path: str
    status: str
    referrer: str
    user_agent: str


class Log(NamedTuple):
    """A whole log: the SHA-256 of its bytes, the service that wrote it, and why it is read."""

    digest: str
    service: str
    purpose: str
    acting: Acting = "visitor"


class Unreadable(NamedTuple):
    """A line that is no request, and why."""

    reason: str


def parse(line: bytes) -> Request | Unreadable:
    """Read one line without its line end."""
    found = _LINE(line.decode("utf-8", "backslashreplace"))
    if found is None:
        return Unreadable(_why(line))
    host, _, user, stamp, request, status, _, referrer, user_agent = found.groups()
    time = _TIME(stamp)
    if time is None or time[2] not in MONTHS:
        return Unreadable(f"the time {stamp[:40]!r} is not like 17/May/2015:10:05:03 +0000")
    day, month, year, clock, hours, minutes = time.groups()
    asked = _REQUEST(request)
    return Request(
        host,
        user,
        f"{year}-{MONTHS[month]:02}-{day}T{clock}{hours}:{minutes}",
        asked[1] if asked else None,
        asked[2] if asked else request,
        status,
        referrer,
        user_agent,
    )


def events(
    lines: Iterable[bytes], log: Log
) -> Iterator[tuple[int, bytes, AccessEvent | Unreadable]]:
    """Each line with its number from 1, and the event that it becomes.

    By default the visitor acts, on traces of their own:
    so a visitor's requests share a key and stay in order, visitors spread over the partitions,
    and what the detectors count per actor is what one visitor did. With "system" the web server
    acts on the visitor's traces, and all of them share one partition.
    """
    for number, line in enumerate(lines, 1):
        bare = line.rstrip(b"\r\n")
        if not bare:
            continue
        request = parse(bare)
        if isinstance(request, Unreadable):
            yield number, line, request
            continue
        yield number, line, _event(request, number, log)


def _event(request: Request, number: int, log: Log) -> AccessEvent:
    visitor = f"visitor:{request.host if request.user == '-' else request.user}"
    actor = (
        Actor(visitor, "member", "member")
        if log.acting == "visitor"
        else Actor(f"system:{log.service}", "system", "login_service")
    )
    access = Access(
        actor,
        "read",
        FILE,
        ITEMS,
        log.purpose,
        Client(ip=request.host, user_agent=request.user_agent),
        Usage(f"line-{number}", request.method, request.path, referrer=request.referrer),
        legal_basis="consent",
        outcome=_outcome(request.status),
        collected_at=request.time,
    )
    return AccessEvent(
        "1.0",
        str(uuid5(LINES, f"{log.digest}:{number}")),
        f"/services/{log.service}",
        "gamsa.access.v1",
        request.time,
        access,
        visitor,
        "application/json",
    )


def _outcome(status: str) -> str:
    if status in {"401", "403"}:
        return "denied"
    return "failure" if status >= "400" else "success"


def _why(line: bytes) -> str:
    quotes = line.replace(b'\\"', b"").count(b'"')
    if b"[" not in line:
        return "there is no time in brackets"
    if quotes < 5:
        return f"there are {quotes} quotation marks, and the combined format has 6"
    return "the fields are not host, ident, user, time, request, status, size, referrer, agent"
