"""Small histories that a detector must find something in, or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens: when, on which topic, and what.

    `at` is `DAY HH:MM[:SS]`, local time; day 1 is a Monday without a holiday near it, and 0 and
    less lie before. `fields` are those of an access (`audit.events.Access`, and those of its parts
    by their own names), of a business event or of a roster entry.
    """

    at: str
    topic: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Example:
    """A history, and the keys of the findings that are in it; none where all is well."""

    name: str
    history: tuple[Happening, ...]
    finds: tuple[str, ...] = ()


def example(name: str, *history: Happening | Iterable[Happening], finds: str = "") -> Example:
    """A history of happenings and runs of them; `finds` is the key of a finding, if any."""
    told: list[Happening] = []
    for one in history:
        told.extend([one] if isinstance(one, Happening) else one)
    return Example(name, tuple(told), (finds,) if finds else ())


def access(at: str, **fields: Any) -> Happening:
    """Somebody touches data: by default an officer who reads a member's record."""
    return Happening(at, "access", {**_ACCESS, **fields})


def login(at: str, member: str, outcome: str = "success", **fields: Any) -> Happening:
    """A member tries to log in."""
    return Happening(
        at, "access", {**_by(member), "action": "login", "outcome": outcome, **fields}
    )


def visit(at: str, member: str, **fields: Any) -> Happening:
    """A member looks at the own record."""
    return Happening(at, "access", {**_by(member), **fields})


def business(at: str, subject: str, kind: str, **fields: Any) -> Happening:
    """Something happens to a member's affairs."""
    return Happening(at, "business", {"subject": subject, "kind": kind, **fields})


def account(at: str, subject: str, **fields: Any) -> Happening:
    """The roster tells of an account."""
    return Happening(at, "roster", {"subject": subject, "kind": "account", **fields})


def protect(at: str, subject: str) -> Happening:
    """The roster names a protected person."""
    return Happening(at, "roster", {"subject": subject, "kind": "protected"})


def _by(member: str) -> Fields:
    return {
        **_ACCESS,
        "actor": member,
        "kind": "member",
        "role": "member",
        "subject": member,
        "ip": "198.51.100.7",
        "cookie": f"c-{member}",
        "session": f"s-{member}",
        "path": "/reservations/1",
    }


_ACCESS: Fields = {
    "actor": "staff:1",
    "kind": "staff",
    "role": "reservation_officer",
    "organization": "seoul-metropolitan-government",
    "subject": "member:100",
    "action": "read",
    "file": "user_personal_information",
    "items": ("name", "mobile"),
    "purpose": "reservation.processing",
    "legal_basis": "consent",
    "ip": "192.0.2.10",
    "cookie": "c-desk",
    "session": "s-desk",
    "mac": "02:00:00:00:00:01",
    "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/131.0.0.0",
    "source": "/services/reservation",
}
