"""What a dead process left in its spool, made ready to be sent again."""

import msgspec
from msgspec import Struct

from producers.carrier import Entry
from producers.spool import Left


class _Actor(Struct):
    id: str


class _Data(Struct):
    actor: _Actor


class _Event(Struct):
    """As much of an event as it takes to send it again."""

    id: str
    sequence: int
    data: _Data


class _Document(Struct):
    """As much of a business event or a roster entry; they have no number of their own."""

    id: str
    source: str
    subject: str | None = None


_event = msgspec.json.Decoder(_Event)
_document = msgspec.json.Decoder(_Document)


def entry(left: Left, epoch: int) -> Entry | str:
    """Make an event that was left ready to send, or say why it never can be.

    Whatever has a key and a number is sent: what else the contract wants is the worker's to judge.
    """
    if not left.intact:
        return "its checksum is wrong"
    try:
        event = _event.decode(left.event)
        key = event.data.actor.id.encode()
    except (msgspec.DecodeError, UnicodeError) as error:
        return f"it cannot be read, {error}"
    return Entry(key, len(left.event), event.id, epoch, event.sequence, left.segment, left.place)


def document(left: Left, epoch: int) -> Entry | str:
    """Make a business event or a roster entry that was left ready, or say why it never can be."""
    if not left.intact:
        return "its checksum is wrong"
    try:
        found = _document.decode(left.event)
        key = (found.subject or found.source).encode()
    except (msgspec.DecodeError, UnicodeError) as error:
        return f"it cannot be read, {error}"
    return Entry(key, len(left.event), found.id, epoch, left.sequence, left.segment, left.place)
