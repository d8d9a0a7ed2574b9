"""The producers' heartbeats on their way to ClickHouse. They are few, and only the last counts."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial

from audit import heartbeat
from audit.codec import Rejected
from storage import heartbeats
from storage.heartbeats import Received
from storage.rows import Place
from storage.trail import Trail
from stream import metrics
from stream.auditing import Record
from stream.logs import Owned, insist

logger = logging.getLogger(__name__)


async def keep(trail: Trail, _place: Place, records: Sequence[Record], is_ours: Owned) -> bool:
    """Store a chunk of heartbeats, trying for as long as the partition is ours.

    Returns whether they are stored. A repeat changes nothing, so nobody asks what is there.
    """

    def refuse(one: Received, why: str) -> None:
        metrics.NOT_HEARTBEATS.labels(metrics.REFUSED_BY_STORE).inc()
        logger.error("ClickHouse refuses a heartbeat of %s: %s", one[0].producer, why)

    store = partial(heartbeats.store, trail)
    return await insist(store, list(read(records)), refuse, is_ours)


def read(records: Sequence[Record]) -> Iterator[Received]:
    """Decode each record; what is no heartbeat is counted, and stays in its topic."""
    for record in records:
        said = heartbeat.decode(record.value)
        if isinstance(said, Rejected):
            metrics.NOT_HEARTBEATS.labels(said.reason).inc()
            logger.warning("no heartbeat at offset %d: %s", record.offset, said.detail)
        else:
            yield said, record.timestamp
