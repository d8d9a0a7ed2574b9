"""The same work with Faust as its documentation shows it: an agent that takes event by event.

Decode, judge and columns are Gamsa's own functions; rows are inserted in batches of one partition.
What differs is the way from Kafka to the agent, and that nothing makes it exact. With `take` the
agent asks for batches, which Faust makes of single events.
Run: `python -m benchmarks.peers.stock_faust KAFKA CLICKHOUSE POLICY FOLDER GROUP [take]`.
"""

import asyncio
import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust

import policies
from audit.policy import Policy
from audit.topics import ACCESS_EVENTS
from benchmarks.peers.storing import Storing
from stream.auditing import Sifted, read, sift

BATCH = 5_000
WITHIN = 1.0  # seconds


def main(  # noqa: PLR0913, PLR0917  a command line's words
    kafka: str, clickhouse: str, policy_folder: str, folder: str, group: str, how: str = "events"
) -> None:
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
    )
    policy = policies.load_policy(policy_folder)
    storing = Storing(kafka, clickhouse)
    topic = app.topic(ACCESS_EVENTS, value_type=bytes)
    work = _take if how == "take" else _one_by_one
    app.agent(topic, name="judge")(work(app, policy, storing))
    sys.exit(faust.Worker(app, loglevel="WARNING").execute_from_commandline())


def _one_by_one(app: faust.App, policy: Policy, storing: Storing) -> Any:
    waiting: dict[int, list[Sifted]] = defaultdict(list)

    async def insert(partition: int) -> None:
        judged = waiting.pop(partition, [])
        if judged:
            await asyncio.to_thread(storing.insert, partition, judged)

    async def judge_one(stream: Any) -> None:
        async for event in stream.events():
            partition = event.message.partition
            waiting[partition].append(_judged(event.message, policy))
            if len(waiting[partition]) >= BATCH:
                await insert(partition)

    @app.timer(WITHIN)
    async def insert_the_rest() -> None:
        for partition in list(waiting):
            await insert(partition)

    return judge_one


def _take(_: faust.App, policy: Policy, storing: Storing) -> Any:
    async def judge_many(stream: Any) -> None:
        async for events in stream.take_events(BATCH, WITHIN):
            waiting: dict[int, list[Sifted]] = defaultdict(list)
            for event in events:
                waiting[event.message.partition].append(_judged(event.message, policy))
            for partition, judged in waiting.items():
                await asyncio.to_thread(storing.insert, partition, judged)

    return judge_many


def _judged(message: Any, policy: Policy) -> Sifted:
    record = SimpleNamespace(
        offset=message.offset,
        timestamp=int(message.timestamp * 1_000),
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
    return sift(read([record]), policy)


if __name__ == "__main__":
    main(*sys.argv[1:])
