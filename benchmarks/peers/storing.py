"""How the peers store what they judged: in the same columns and with the same durability."""

from collections.abc import Sequence

import pyarrow as pa

from audit.topics import ACCESS_EVENTS
from storage import rows
from storage.chunks import Chunk
from storage.rows import Place
from storage.trail import Trail, connect
from stream import topics
from stream.auditing import Sifted


class Storing:
    """Inserts batches of one partition, each once, with nothing asked before."""

    def __init__(self, kafka: str, clickhouse: str) -> None:
        self._trail = Trail(connect(clickhouse))
        self._topic_id = topics.ids(kafka, [ACCESS_EVENTS])[ACCESS_EVENTS]
        self._writers: dict[int, str] = {}

    def insert(self, partition: int, events: Sequence[Sifted]) -> None:
        """Store what was judged, in the order given."""
        place = Place(self._topic_id, partition)
        if partition not in self._writers:
            self._writers[partition] = self._trail.claim(place)
        judged = rows.access_events(place, [row for each in events for row in each.judged])
        refused = [row for each in events for row in each.refused]
        found = [row for each in events for row in each.found]
        chunk = Chunk(place, pa.Table.from_batches([judged]), refused, found)
        self._trail.append(chunk, writer=self._writers[partition])
