"""The roster, contract v1: who has which account, since when, and whose records are protected.

A compacted topic: the last entry of a key is what holds, from its time on. A CloudEvents 1.0
document in structured JSON, keyed by its subject: the account (`staff:0417`) or, for a protected
person, the data subject (`member:48213`).
"""

from typing import Literal

import msgspec
from msgspec import Struct

from audit.codec import Rejected, read
from audit.events import Name

ROSTER_TYPE: Literal["gamsa.roster.v1"] = "gamsa.roster.v1"


class Leave(Struct, frozen=True, gc=False):
    """Away from `first` up to, and without, `until`: RFC 3339 text with an offset."""

    first: Name
    until: Name


class Entry(Struct, frozen=True, gc=False):
    """What is known of an account, or of a protected person.

    `person`: the account holder's own record as a data subject. Colleagues share a `team`.
    `since`: the account has had this role since then; `until`: the holder left.
    """

    kind: Literal["account", "protected"]
    role: str | None = None
    organization: str | None = None
    team: str | None = None
    person: str | None = None
    since: str | None = None
    until: str | None = None
    leave: tuple[Leave, ...] = ()


class RosterEntry(Struct, frozen=True, gc=False):
    """One entry; `subject` is the account or the protected person."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Literal["gamsa.roster.v1"]
    time: Name
    subject: Name
    data: Entry
    datacontenttype: str | None = None


_decoder = msgspec.json.Decoder(RosterEntry)
encode = msgspec.json.Encoder().encode


def decode(raw: bytes | None) -> RosterEntry | Rejected:
    """Read a record of the topic; total, like `audit.codec.decode`."""
    return read(raw, _decoder, _times, "not_a_roster_entry")


def _times(entry: RosterEntry) -> list[str]:
    said = entry.data
    leave = [time for one in said.leave for time in (one.first, one.until)]
    return [entry.time, *leave, *(time for time in (said.since, said.until) if time is not None)]
