"""The access event as producers write it: what has its default value is left out.

The types are those of `audit.events`, so that what is built here is what the worker reads.
"""

from audit.codec import encode
from audit.events import Access, AccessEvent, Actor, Client, RightsRequest, Usage

__all__ = [
    "Access",
    "AccessEvent",
    "Actor",
    "Client",
    "RightsRequest",
    "Usage",
    "encode",
    "uuid7",
]


def uuid7(milliseconds: int, random: int) -> str:
    """Form a UUID, version 7, from milliseconds since 1970 and 74 random bits (RFC 9562, 5.7).

    Ids of later milliseconds sort after earlier ones.
    """
    low = random & 0x3FFF_FFFF_FFFF_FFFF
    bits = (milliseconds << 80) | (7 << 76) | ((random >> 62) << 64) | (2 << 62) | low
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
