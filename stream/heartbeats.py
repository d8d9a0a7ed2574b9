"""The producers' heartbeats on their way to ClickHouse. They are few, and only the last counts."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence

from audit import heartbeat
from audit.codec import Rejected
from storage import heartbeats
from storage.heartbeats import Received
from storage.trail import Trail, TrailUnavailableError
from stream import metrics
from stream.auditing import Record

PAUSE = 1.0  # seconds between tries

logger = logging.getLogger(__name__)


async def keep(trail: Trail, records: Sequence[Record], is_ours: Callable[[], bool]) -> bool:
    """Store a chunk of heartbeats, trying for as long as the partition is ours.

    Returns whether they are stored. A repeat changes nothing, so nobody asks what is there.
    """
    received = list(read(records))
    while is_ours():
        try:
            await asyncio.to_thread(heartbeats.store, trail, received)
        except TrailUnavailableError as error:
            logger.warning("ClickHouse did not take heartbeats, trying again: %s", error)
            await asyncio.sleep(PAUSE)
        else:
            return True
    return False


def read(records: Sequence[Record]) -> Iterator[Received]:
    """Decode each record; what is no heartbeat is counted, and stays in its topic."""
    for record in records:
        said = heartbeat.decode(record.value)
        if isinstance(said, Rejected):
            metrics.NOT_HEARTBEATS.labels(said.reason).inc()
            logger.warning("no heartbeat at offset %d: %s", record.offset, said.detail)
        else:
            yield said, record.timestamp
