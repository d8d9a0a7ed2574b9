"""The worker's composition: a Faust app whose agents only carry chunks."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import faust
from faust.types import TP

import crash
from audit.policy import Policy
from audit.topics import ACCESS_EVENTS, BUSINESS_EVENTS, PRODUCER_HEARTBEATS, ROSTER
from storage.chunks import Chunk
from storage.logs import BUSINESS, ROSTER_ENTRIES
from storage.rows import Place
from storage.trail import Trail
from stream import heartbeats, logs, metrics
from stream.auditing import Record, audit
from stream.detector_file import Duty
from stream.inserts import Inserts
from stream.lease import Lease
from stream.policy_check import watch_policy
from stream.publishing import publish
from stream.rounds import Rounds
from stream.settings import Settings
from stream.storing import Lane, Work, end_the_process
from stream.topics import MAX_LETTER_BYTES
from stream.transport import MOST_RECORDS, ChunkedConsumer, ChunkMessage
from stream.watching import watch

# Bytes of one partition that a fetch may bring: some 10,000 events.
CHUNK_BYTES = 8 << 20
SESSION, HEARTBEAT = 6.0, 2.0  # seconds
# Seconds that a worker may wait for ClickHouse without reading on. After that it would leave its
# group, and, reading nothing, not come back. Faust's own limit is 1,000.
LONGEST_WAIT = 7 * 24 * 3600.0
# Seconds after which what Kafka has not taken is given up, looked at, and published again.
PUBLISHING = 20.0


def make_app(settings: Settings, topic_id: str) -> faust.App:
    """A Faust app whose group membership outlives a quick restart of the process."""
    datadir = settings.home / "faust" / settings.name
    datadir.mkdir(parents=True, exist_ok=True)
    return faust.App(
        settings.group,
        broker=f"chunked://{settings.kafka}",
        datadir=datadir,
        store="memory://",
        value_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=CHUNK_BYTES,
        consumer_group_instance_id=settings.member(topic_id),
        broker_session_timeout=SESSION,
        broker_heartbeat_interval=HEARTBEAT,
        broker_max_poll_interval=LONGEST_WAIT,
        broker_max_poll_records=MOST_RECORDS,
        broker_commit_interval=1.0,
        producer_max_request_size=MAX_LETTER_BYTES,
        producer_compression_type="zstd",
        producer_request_timeout=PUBLISHING,
        stream_buffer_maxsize=2,
        stream_wait_empty=True,
        stream_publish_on_commit=False,
    )


def make_worker(
    settings: Settings, policy: Policy, duty: Duty, trail: Trail, topic_ids: dict[str, str]
) -> faust.App:
    """The app with its agents and tasks; `topic_ids` as `stream.topics.ids` gives them."""
    app = make_app(settings, topic_ids[ACCESS_EVENTS])
    events = app.topic(ACCESS_EVENTS, value_type=bytes, value_serializer="raw")
    lease = Lease(SESSION - HEARTBEAT, partial(end_the_process, PausedError()))
    lanes = Lanes(app, Inserts(trail), lease)

    async def carry(stream: Any) -> None:
        async for event in stream.noack().events():
            try:
                place = Place(topic_ids[event.message.topic], event.message.partition)
                chunk = _audit(place, event.message.value, policy)
                await lanes.store(event, chunk, policy)
            except Exception as error:  # noqa: BLE001 (Faust would go on with the next chunk)
                end_the_process(error)

    async def keep(stream: Any) -> None:
        consumer = cast(ChunkedConsumer, app.consumer)
        async for event in stream.noack().events():
            message: ChunkMessage = event.message
            consumer.take(message)
            records = cast("Sequence[Record]", message.value)
            place = Place(topic_ids[message.topic], message.partition)
            try:
                store = kept[message.topic]
                if await store(place, records, partial(consumer.owns, message)):
                    event.ack()
            except Exception as error:  # noqa: BLE001  as above
                end_the_process(error)

    kept = {
        PRODUCER_HEARTBEATS: partial(heartbeats.keep, trail),
        BUSINESS_EVENTS: partial(logs.keep, trail, BUSINESS),
        ROSTER: partial(logs.keep, trail, ROSTER_ENTRIES),
    }
    app.agent(events, name="audit")(carry)
    for topic in kept:
        app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"), name=topic)(keep)
    app.task(Rounds(app, settings, trail, duty).run)
    app.task(partial(_watch, app))
    app.task(partial(watch, app, settings, trail, topic_ids))
    app.task(partial(watch_policy, app, settings.policy))
    metrics.show(policy)
    lease.start()
    return app


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of the partitions that the worker has, made anew in each generation."""

    app: faust.App
    inserts: Inserts
    lease: Lease
    lanes: dict[TP, tuple[int, Lane]] = field(default_factory=dict)

    async def store(self, event: Any, chunk: Chunk, policy: Policy) -> None:
        """Hand a judged chunk to its partition's lane; it is acknowledged once it is stored."""
        message: ChunkMessage = event.message
        consumer = cast(ChunkedConsumer, self.app.consumer)
        consumer.take(message)

        def count(stored: Chunk) -> None:
            crash.point("worker stored")
            metrics.count(stored, policy)

        def is_ours() -> bool:
            return consumer.owns(message) and self.lease.holds()

        records = cast("Sequence[Record]", message.value)
        work = Work(message.offsets, chunk, is_ours, count, event.ack, records, message.is_last)
        lane = await self._lane(message.tp, message.generation_id or 0)
        await lane.store(work)

    async def _lane(self, tp: TP, generation: int) -> Lane:
        known = self.lanes.get(tp)
        if known is not None:
            if known[0] == generation:
                return known[1]
            await known[1].empty()  # never two inserts of one partition at once
        lane = Lane(self.inserts, self._publish)
        self.lanes[tp] = generation, lane
        return lane

    async def _publish(self, chunk: Chunk) -> None:
        await publish(self.app.producer, chunk)
        crash.point("worker published")


def _audit(place: Place, records: Sequence[Record], policy: Policy) -> Chunk:
    stages: dict[str, float] = defaultdict(float)
    last = time.perf_counter()

    def spent(stage: str) -> None:
        nonlocal last
        before, last = last, time.perf_counter()
        stages[stage] += last - before
        if stage == "decode":
            crash.point("worker decoded")

    chunk = audit(place, records, policy, spent)
    for stage, seconds in stages.items():
        metrics.STAGE.labels(stage).observe(seconds)
    return chunk


async def _watch(app: faust.App) -> None:
    consumer = cast(ChunkedConsumer, app.consumer)
    while not app.should_stop:
        assigned = consumer.assignment()
        behind = {(tp.topic, tp.partition): consumer.lag(tp) for tp in assigned}
        metrics.show_lag({tp: lag for tp, lag in behind.items() if lag is not None})
        metrics.READY.set(bool(app.consumer_generation_id) and not app.rebalancing)
        await asyncio.sleep(1.0)


class PausedError(Exception):
    """The process stood still for longer than its session; its partitions went to others."""
