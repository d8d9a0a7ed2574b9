"""The documents as producers write them: what has its default value is left out.

The types are those of `audit`, so that what is built here is what the worker reads.
"""

import msgspec

from audit import business, roster
from audit.events import Access, AccessEvent, Actor, Client, RightsRequest, Usage

__all__ = [
    "Access",
    "AccessEvent",
    "Account",
    "Actor",
    "Business",
    "BusinessEvent",
    "Client",
    "Leave",
    "RightsRequest",
    "RosterEntry",
    "Usage",
    "encode",
    "uuid7",
]


class Business(business.Business, frozen=True, gc=False, omit_defaults=True):
    """What happened to somebody's affairs."""


class BusinessEvent(business.BusinessEvent, frozen=True, gc=False, omit_defaults=True):
    """One business event."""


class Leave(roster.Leave, frozen=True, gc=False):
    """Away from work."""


class Account(roster.Entry, frozen=True, gc=False, omit_defaults=True):
    """What is known of an account, or of a protected person."""


class RosterEntry(roster.RosterEntry, frozen=True, gc=False, omit_defaults=True):
    """One entry of the roster."""


encode = msgspec.json.Encoder().encode


def uuid7(milliseconds: int, random: int) -> str:
    """Form a UUID, version 7, from milliseconds since 1970 and 74 random bits (RFC 9562, 5.7).

    Ids of later milliseconds sort after earlier ones.
    """
    low = random & 0x3FFF_FFFF_FFFF_FFFF
    bits = (milliseconds << 80) | (7 << 76) | ((random >> 62) << 64) | (2 << 62) | low
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
