"""Logs of which a repeated record changes nothing in ClickHouse: they are just stored."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from storage import logs
from storage.logs import Log
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError, ValueRefusedError
from stream import metrics
from stream.auditing import Record

PAUSE = 1.0  # seconds between tries
Owned = Callable[[], bool]
"""Whether a partition is still ours."""
One = TypeVar("One")

logger = logging.getLogger(__name__)


async def keep(
    trail: Trail, log: Log, place: Place, records: Sequence[Record], is_ours: Owned
) -> bool:
    """Store a chunk of a log; what cannot be read is counted, and stays in its topic.

    Returns whether it is stored: the partition may go to another meanwhile.
    """
    received = [(record.offset, record.timestamp, record.value) for record in records]

    def store(some: Sequence[logs.Received]) -> None:
        for offset, why in logs.store(trail, log, place, some):
            metrics.UNREAD.labels(log.table, why.reason).inc()
            logger.warning("%s cannot be read at offset %d: %s", log.table, offset, why.detail)

    def refuse(one: logs.Received, why: str) -> None:
        metrics.UNREAD.labels(log.table, metrics.REFUSED_BY_STORE).inc()
        logger.error(
            "ClickHouse refuses the record of %s at offset %d: %s", log.table, one[0], why
        )

    return await insist(store, received, refuse, is_ours)


async def insist(
    store: Callable[[Sequence[One]], None],
    records: Sequence[One],
    refuse: Callable[[One, str], None],
    is_ours: Owned,
) -> bool:
    """Store records, trying for as long as their partition is ours; returns whether they are.

    One that ClickHouse refuses for a value in it is found by halving, and `refuse` is told.
    """
    while is_ours():
        try:
            await asyncio.to_thread(store, records)
        except ValueRefusedError as error:
            if len(records) == 1:
                refuse(records[0], str(error))
                return True
            middle = len(records) // 2
            first, second = records[:middle], records[middle:]
            return await insist(store, first, refuse, is_ours) and await insist(
                store, second, refuse, is_ours
            )
        except TrailUnavailableError as error:
            logger.warning("ClickHouse did not take records, trying again: %s", error)
            await asyncio.sleep(PAUSE)
        else:
            return True
    return False
