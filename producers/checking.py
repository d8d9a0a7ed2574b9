"""Whether an access is what the contract wants, before it is recorded."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec.structs import astuple

from audit import events
from audit.codec import MAX_BYTES, Rejected, decode
from producers.errors import InvalidAccessError
from producers.wire import AccessEvent, encode


def encoded(event: AccessEvent, *, check: bool) -> bytes:
    """Encode, and `check` by reading it as the worker will; raises InvalidAccessError.

    What could be neither keyed nor sent is refused unasked.
    """
    if not isinstance(event.data.actor.id, str):
        raise InvalidAccessError("data.actor.id must be text: it is the key")
    try:
        value = encode(event)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidAccessError(f"the access cannot be written as JSON: {error}") from None
    if len(value) > MAX_BYTES:
        raise InvalidAccessError(
            f"the access is not recorded: it has {len(value)} bytes, "
            f"more than the {MAX_BYTES} that an event may have"
        )
    if check:
        read = decode(value, 0)
        if isinstance(read, Rejected):
            raise InvalidAccessError(f"the access is not recorded, {read.reason}: {read.detail}")
        if _texts(event) != _texts(read.event):  # msgspec writes bytes as base64, for one
            wrong = [
                name
                for name, given, got in zip(_TEXTS, _texts(event), _texts(read.event), strict=True)
                if given != got
            ]
            raise InvalidAccessError(f"{' and '.join(wrong)} must be text throughout")
    return value


_TEXTS = ("actor", "client", "usage", "subject", "data")


def _texts(event: events.AccessEvent) -> tuple[Any, ...]:
    data = event.data
    return (
        astuple(data.actor),
        astuple(data.client),
        astuple(data.usage),
        event.subject,
        (
            *(data.action, data.file, data.purpose, data.legal_basis, data.recipient),
            *(data.outcome, data.justification, data.approval, data.items),
        ),
    )


def names(items: Iterable[str]) -> tuple[str, ...]:
    """Take the names of items; raises InvalidAccessError for a single one."""
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise InvalidAccessError(f"items must be several names, such as ('name',), not {items!r}")
    return tuple(items)


def text(field: str, moment: datetime) -> str:
    """Write a time as RFC 3339; raises InvalidAccessError when it has no time zone."""
    if not isinstance(moment, datetime):
        raise InvalidAccessError(f"{field} must be a datetime, not {type(moment).__name__}")
    if moment.tzinfo is None:
        raise InvalidAccessError(f"{field} must have a time zone: give datetime.now(UTC)")
    return moment.isoformat()
