"""Logs of which a repeated record changes nothing in ClickHouse: they are just stored."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from storage import logs
from storage.logs import Log
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError
from stream import metrics
from stream.auditing import Record

PAUSE = 1.0  # seconds between tries
Owned = Callable[[], bool]
"""Whether a partition is still ours."""

logger = logging.getLogger(__name__)


async def keep(
    trail: Trail, log: Log, place: Place, records: Sequence[Record], is_ours: Owned
) -> bool:
    """Store a chunk of a log; what cannot be read is counted, and stays in its topic.

    Returns whether it is stored: the partition may go to another meanwhile.
    """
    received = [(record.offset, record.timestamp, record.value) for record in records]

    def store() -> None:
        for offset, why in logs.store(trail, log, place, received):
            metrics.UNREAD.labels(log.table, why.reason).inc()
            logger.warning("%s cannot be read at offset %d: %s", log.table, offset, why.detail)

    return await insist(store, is_ours)


async def insist(store: Callable[[], None], is_ours: Owned) -> bool:
    """Store something, trying for as long as its partition is ours; returns whether it is."""
    while is_ours():
        try:
            await asyncio.to_thread(store)
        except TrailUnavailableError as error:
            logger.warning("ClickHouse did not take records, trying again: %s", error)
            await asyncio.sleep(PAUSE)
        else:
            return True
    return False
