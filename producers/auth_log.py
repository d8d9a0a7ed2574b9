r"""The log of OpenSSH and of Linux's `login`, as in `auth.log` or `secure`, turned into logins.

A login that was accepted, one that failed, and one with the name of no user: each is an event.
What other programs say, and what sshd says beside that, is passed over and counted. Syslog's old
times have neither year nor zone: both must be told; its new ones, RFC 3339, have them.

Bytes that are not UTF-8 are written as `\xe9`.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from audit.codec import InvalidTimeError, microseconds
from producers.web_log import MONTHS, Unreadable
from producers.wire import Access, AccessEvent, Actor, Client, Usage

# Names the ids of replayed lines; a second replay of the same file gives the same ids.
LINES = UUID("d3d1c1f0-3f52-4a0c-8a4e-0f5a5a3f8f0e")

FILE, PURPOSE = "user_personal_information", "member.registration"
MOST_REPEATED = 10_000
_LINE = re.compile(
    r"(?:<\d{1,3}>)?(?:(\d{4}-\d{2}-\d{2}T\S+)|([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2})) "
    r"(\S+) ([^\s:\[]+(?:\[[^\]\d][^\]]*\])?)(?:\[(\d+)\])?: ?(.*)"
).fullmatch
_REPEATED = re.compile(r"message repeated (\d{1,6}) times: \[ ?(.*)\]").fullmatch
# The last " from " counts: before it stands what somebody typed as a name.
_SSHD = (
    ("success", re.compile(r"Accepted (\S+) for (.*) from (\S+) port \d+(?: .*)?").fullmatch),
    ("denied", re.compile(r"Failed (\S+) for invalid user (.*) from (\S+) port \d+.*").fullmatch),
    ("failure", re.compile(r"Failed (\S+) for (.*) from (\S+) port \d+.*").fullmatch),
    ("denied", re.compile(r"(Invalid) user (.*) from (\S+)(?: port \d+)?").fullmatch),
    ("denied", re.compile(r"(Illegal) user (.*) from (\S+)(?: port \d+)?").fullmatch),
)
# Old systems log what PAM says and not what sshd does.
_PAM = re.compile(r"(authentication failure); .*?rhost=(\S+)(?: +user=(\S+))?\s*").fullmatch
_LOGIN = (
    ("failure", re.compile(r"FAILED LOGIN (?:\(\d+\) )?on '(\S+)' FOR '(.*)', .*").fullmatch),
    ("success", re.compile(r"(?:ROOT )?LOGIN ON (\S+)(?: BY (\S+))?.*").fullmatch),
)


class Log(NamedTuple):
    """A whole log: the SHA-256 of its bytes, the service it is of, its first year, its zone."""

    digest: str
    service: str
    year: int
    zone: ZoneInfo


class Login(NamedTuple):
    """What one line says: `user` tried to log in from `host`, `times` over."""

    outcome: str
    user: str
    host: str
    method: str
    times: int = 1


class Other(NamedTuple):
    """A line that is none of a login."""

    program: str


def first_year(lines: Iterable[bytes], last_year: int) -> int:
    """The year of the first line, if that of the last is known: Januaries after Decembers tell."""
    turns, before = 0, 0
    for line in lines:
        found = _parts(line)
        if found is not None and found[2] in MONTHS:
            turns += MONTHS[found[2]] < before - 6
            before = MONTHS[found[2]]
    return last_year - turns


def events(
    lines: Iterable[bytes], log: Log
) -> Iterator[tuple[int, bytes, AccessEvent | Other | Unreadable]]:
    """Each line with its number from 1, and the events that it becomes, or why it is none."""
    year, before = log.year, 0
    for number, line in enumerate(lines, 1):
        if not line.rstrip(b"\r\n"):
            continue
        found = _parts(line)
        if found is None:
            yield number, line, Unreadable("it does not begin with time, host and program")
            continue
        rfc3339, month, day, clock, host, program, pid, text = found.groups()
        if month in MONTHS:
            year += MONTHS[month] < before - 6
            before = MONTHS[month]
        said = _said(program, text)
        if isinstance(said, Other):
            yield number, line, said
            continue
        time = _new(rfc3339) if rfc3339 else _old(year, month, day, clock, log.zone)
        if isinstance(time, Unreadable):
            yield number, line, time
            continue
        for again in range(said.times):
            name = f"{log.digest}:{number}" + (f":{again}" if again else "")
            usage = Usage(
                f"line-{number}", said.method, f"{host}/{program}", pid and f"{host}-{pid}"
            )
            yield number, line, _event(said, time, usage, str(uuid5(LINES, name)), log.service)


def _parts(line: bytes) -> re.Match[str] | None:
    return _LINE(line.rstrip(b"\r\n").decode("utf-8", "backslashreplace"))


def _said(program: str, text: str) -> Login | Other:
    repeated = _REPEATED(text)
    if repeated is not None:
        said = _said(program, repeated[2])
        times = min(int(repeated[1]), MOST_REPEATED)
        return said._replace(times=times) if isinstance(said, Login) else said
    if program in {"sshd", "sshd-session"}:
        for outcome, form in _SSHD:
            found = form(text)
            if found is not None:
                return Login(outcome, found[2], found[3], found[1])
    elif program == "sshd(pam_unix)":
        found = _PAM(text)
        if found is not None:
            return Login("failure" if found[3] else "denied", found[3] or "", found[2], "pam")
    elif program == "login":
        for outcome, form in _LOGIN:
            found = form(text)
            if found is not None:
                return Login(outcome, found[2] or "root", found[1], "login")
    return Other(program)


def _new(time: str) -> str | Unreadable:
    try:
        microseconds(time)
    except InvalidTimeError as error:
        return Unreadable(str(error))
    return time


def _old(year: int, month: str, day: str, clock: str, zone: ZoneInfo) -> str | Unreadable:
    written = f"{month} {day} {clock}"
    if month not in MONTHS:
        return Unreadable(f"the time {written!r} is not like Nov 24 10:15:00")
    try:
        moment = datetime.fromisoformat(f"{year:04}-{MONTHS[month]:02}-{int(day):02}T{clock}")
    except ValueError as error:
        return Unreadable(f"the time {written!r} is none of the year {year}: {error}")
    return moment.replace(tzinfo=zone).isoformat()


def _event(said: Login, time: str, usage: Usage, event_id: str, service: str) -> AccessEvent:
    account = f"account:{said.user}"
    access = Access(
        Actor(account, "member", "member"),
        "login",
        FILE,
        (),
        PURPOSE,
        Client(ip=said.host),
        usage,
        legal_basis="consent",
        outcome=said.outcome,
        collected_at=time,
    )
    return AccessEvent(
        "1.0",
        event_id,
        f"/services/{service}",
        "gamsa.access.v1",
        time,
        access,
        account if said.outcome == "success" else None,
        "application/json",
    )
