"""The same work with Faust as its documentation shows it: an agent that takes event by event.

Decode, judge and columns are Gamsa's own functions; rows are inserted in batches of one partition
by the same `Trail`. What differs is the way from Kafka to the agent, and that nothing makes it
exact. Run: `python -m benchmarks.peers.stock_faust KAFKA CLICKHOUSE POLICY FOLDER GROUP`.
"""

import asyncio
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pyarrow as pa

import policies
from audit.topics import ACCESS_EVENTS
from storage import rows
from storage.rows import Place
from storage.trail import Chunk, Trail, connect
from stream import topics
from stream.auditing import Sifted, read, sift

BATCH = 5_000
WITHIN = 1.0  # seconds


def main(kafka: str, clickhouse: str, policy_folder: str, folder: str, group: str) -> None:
    app = faust.App(
        group,
        broker=f"kafka://{kafka}",
        datadir=Path(folder),
        store="memory://",
        value_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=8 << 20,
        stream_buffer_maxsize=131_072,
    )
    policy = policies.load_policy(policy_folder)
    trail = Trail(connect(clickhouse))
    topic_id = topics.ids(kafka, [ACCESS_EVENTS])[ACCESS_EVENTS]
    waiting: dict[int, list[Sifted]] = defaultdict(list)
    writers: dict[int, str] = {}

    async def insert(partition: int) -> None:
        events = waiting.pop(partition, [])
        if events:
            place = Place(topic_id, partition)
            judged = rows.access_events(place, [row for each in events for row in each.judged])
            refused = [row for each in events for row in each.refused]
            found = [row for each in events for row in each.found]
            whole = Chunk(place, pa.Table.from_batches([judged]), refused, found)
            if partition not in writers:
                writers[partition] = await asyncio.to_thread(trail.claim, place)
            await asyncio.to_thread(trail.append, whole, lambda: True, writers[partition])

    @app.agent(app.topic(ACCESS_EVENTS, value_type=bytes))
    async def judge_one(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            record = SimpleNamespace(
                offset=message.offset,
                timestamp=int(message.timestamp * 1_000),
                key=message.key,
                value=message.value,
                headers=message.headers,
            )
            waiting[message.partition].append(sift(read([record]), policy))
            if len(waiting[message.partition]) >= BATCH:
                await insert(message.partition)

    @app.timer(WITHIN)
    async def insert_the_rest() -> None:
        for partition in list(waiting):
            await insert(partition)

    sys.exit(faust.Worker(app, loglevel="WARNING").execute_from_commandline())


if __name__ == "__main__":
    main(*sys.argv[1:])
