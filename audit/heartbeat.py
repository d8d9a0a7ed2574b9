"""A producer's heartbeat, contract v1: how many events it has numbered, and where they are.

A CloudEvents 1.0 document in structured JSON, every ten seconds and once more at a clean end.
Everything in it is counted from the beginning of the epoch, so that the last one says all and a
lost one loses nothing. Numbers of an hour are neighbours: an hour is a range of numbers.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from audit.codec import InvalidTimeError, Rejected, microseconds, read
from audit.events import Count, Name

HEARTBEAT_TYPE: Literal["gamsa.heartbeat.v1"] = "gamsa.heartbeat.v1"
INTERVAL = 10.0
"""Seconds between two heartbeats."""
SILENT_AFTER = 60.0
"""Seconds without a heartbeat after which a producer counts as silent."""
# Microseconds since 1970: ClickHouse's DateTime holds no hour before, nor one after 2105.
_END_OF_HOURS = microseconds("2106-01-01T00:00:00Z")


class Hour(Struct, frozen=True, gc=False):
    """The numbers given in one hour of the producer's clock, which is RFC 3339 text.

    From `first_sequence` up to, and without, `next_sequence`; `acknowledged` of them are in Kafka.
    """

    hour: Name
    first_sequence: Count
    next_sequence: Count
    acknowledged: Count


class Numbered(Struct, frozen=True, gc=False):
    """How far a producer has come in its epoch.

    `next_sequence` numbers are given. Below `settled` none waits any more: each is in Kafka, or
    in quarantine. `hours` are those of which something may have changed, the current one last.
    `closing`: the producer ends, and this is its last heartbeat.
    """

    next_sequence: Count
    settled: Count
    hours: tuple[Hour, ...]
    closing: bool = False


class Heartbeat(Struct, frozen=True, gc=False):
    """One heartbeat; `sequence` counts the heartbeats of the epoch, not its events."""

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Literal["gamsa.heartbeat.v1"]
    time: Name
    producer: Name
    epoch: Count
    sequence: Count
    data: Numbered
    datacontenttype: str | None = None


_decoder = msgspec.json.Decoder(Heartbeat)
encode = msgspec.json.Encoder().encode


def decode(raw: bytes | None) -> Heartbeat | Rejected:
    """Read a record of the topic; total, like `audit.codec.decode`."""
    return read(raw, _decoder, _times, "not_a_heartbeat")


def _times(heartbeat: Heartbeat) -> list[str]:
    for one in heartbeat.data.hours:
        if not 0 <= microseconds(one.hour) < _END_OF_HOURS:
            raise InvalidTimeError(f"hour {one.hour!r} is outside the years 1970 to 2105")
    return [heartbeat.time]
