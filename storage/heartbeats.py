"""Producers' heartbeats in ClickHouse: the last word of each hour of an epoch is kept."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from audit.heartbeat import Heartbeat
from storage.trail import Trail

Received = tuple[Heartbeat, int]
"""A heartbeat, and when the broker received it in milliseconds since 1970."""

_COLUMNS = (
    "producer",
    "epoch",
    "hour",
    "beat",
    "source",
    "first_sequence",
    "next_sequence",
    "acknowledged",
    "settled",
    "closing",
    "sent_at",
    "received_at",
)


def store(trail: Trail, heartbeats: Sequence[Received]) -> None:
    """Store heartbeats; storing one again changes nothing. Raises `TrailUnavailableError`."""
    rows = [row for heartbeat, received in heartbeats for row in _rows(heartbeat, received)]
    if rows:
        trail.insert("producer_heartbeats", _COLUMNS, rows)


def _rows(heartbeat: Heartbeat, received: int) -> Iterator[Sequence[object]]:
    said = heartbeat.data
    sent_at = datetime.fromisoformat(heartbeat.time)
    received_at = datetime.fromtimestamp(received / 1_000, UTC)
    for hour in said.hours:
        yield (
            heartbeat.producer,
            heartbeat.epoch,
            datetime.fromisoformat(hour.hour),
            heartbeat.sequence,
            heartbeat.source,
            hour.first_sequence,
            hour.next_sequence,
            hour.acknowledged,
            said.settled,
            said.closing,
            sent_at,
            received_at,
        )
