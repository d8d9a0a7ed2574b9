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


_event = msgspec.json.Decoder(_Event)


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
    return Entry(key, left.event, event.id, epoch, event.sequence, left.segment, left.place)
