"""Which events need their exact bytes kept, and which the view writes again from the columns.

An event of our SDK is what `audit.codec.encode` makes of it, byte for byte. Where besides nothing
had to be escaped and its times are written as usual, the bytes say no more than the columns do:
`v_access_events.raw` puts them together (migration 0007). The bytes of any other event are kept.
"""

import msgspec
from msgspec import Struct

from audit.codec import encode
from audit.events import AccessEvent, ReceivedEvent, RightsRequest

# The columns hold missing text as empty text, and what is in quotes as it is.
_ESCAPED, _EMPTY_TEXT, _EMPTY_OBJECT = b"\\", b'""', b"{}"
# Equal to its default, and yet written: decoded text is no longer the default itself.
_SAID_DEFAULT = b'"outcome":"success"'

_encode = msgspec.json.Encoder().encode


class _Rest(Struct, frozen=True, gc=False, omit_defaults=True):
    """The last fields of `audit.events.Access`, which have no columns of their own."""

    ended_at: str | None = None
    approval: str | None = None
    request: RightsRequest | None = None


def form(received: ReceivedEvent) -> str:
    """What the columns lack to write the bytes again; empty where the bytes must be kept.

    The offsets of `time` and `collected_at`, as `+09:00`, and the media type. An event without
    `collected_at` names the first offset twice.
    """
    event, raw = received.event, received.raw
    if (
        _ESCAPED in raw
        or _EMPTY_TEXT in raw
        or _EMPTY_OBJECT in raw
        or _SAID_DEFAULT in raw
        or event.data.client.cookie_refused
        or encode(event) != raw
    ):
        return ""
    zone = _zone(event.time)
    at = event.data.collected_at
    other = zone if at is None else _zone(at)
    return f"{zone}{other}{event.datacontenttype or ''}" if zone and other else ""


def rest(event: AccessEvent) -> bytes:
    """The fields after `collected_at`, as they stand in the event's JSON; empty without any."""
    data = event.data
    if data.ended_at is None and data.approval is None and data.request is None:
        return b""
    return _encode(_Rest(data.ended_at, data.approval, data.request))[1:-1]


def _zone(time: str) -> str:
    """The offset of a time that `datetime.isoformat` would write the same, else nothing."""
    if len(time) == 32:
        return time[26:] if time[20:26] != "000000" else ""
    return time[19:] if len(time) == 25 and time[22] == ":" else ""
