"""The worker's composition: a Faust app with one agent, which only carries chunks."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import faust
from faust.types import TP

from audit.policy import Policy
from audit.topics import ACCESS_EVENTS
from storage import ledger
from storage.rows import Place
from storage.trail import Chunk, Trail, TrailUnavailableError
from stream import metrics
from stream.auditing import Record, audit
from stream.publishing import publish
from stream.settings import Settings
from stream.storing import Lane, end_the_process
from stream.topics import MAX_RECORD_BYTES
from stream.transport import ChunkedConsumer

# Bytes of one partition that a fetch may bring: about 20,000 events.
CHUNK_BYTES = 16 << 20
LEDGER_INTERVAL = 15.0  # seconds; longer where the check itself takes long

logger = logging.getLogger(__name__)


def make_app(settings: Settings) -> faust.App:
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
        consumer_group_instance_id=f"{settings.group}-{settings.name}",
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_commit_interval=1.0,
        producer_max_request_size=MAX_RECORD_BYTES,
        producer_compression_type="zstd",
        stream_buffer_maxsize=2,
        stream_wait_empty=True,
        stream_publish_on_commit=False,
    )


def make_worker(
    settings: Settings, policy: Policy, trail: Trail, topic_ids: dict[str, str]
) -> faust.App:
    """The app with its agent and tasks; `topic_ids` as `stream.topics.ids` gives them."""
    app = make_app(settings)
    events = app.topic(ACCESS_EVENTS, value_type=bytes, value_serializer="raw")
    lanes = Lanes(app, trail)

    async def carry(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            try:
                place = Place(topic_ids[message.topic], message.partition)
                chunk = _audit(place, message.value, policy)
                lane = lanes.lane(message.tp, message.generation_id)
                offsets = range(message.value[0].offset, message.after)
                await lane.store(offsets, chunk, event.ack)
            except Exception as error:  # noqa: BLE001 (Faust would go on with the next chunk)
                end_the_process(error)

    app.agent(events, name="audit")(carry)
    app.task(partial(_watch, app))
    app.task(partial(_watch_ledger, app, trail))
    metrics.show(policy)
    return app


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of the partitions that the worker has, made anew in each generation."""

    app: faust.App
    trail: Trail
    lanes: dict[TP, tuple[int, Lane]] = field(default_factory=dict)

    def lane(self, tp: TP, generation: int) -> Lane:
        """The partition's lane for this generation of the consumer group."""
        known = self.lanes.get(tp)
        if known is not None and known[0] == generation:
            return known[1]
        lane = Lane(self.trail, self._publish, lambda: self._is_current(generation))
        if known is not None:
            lane.storing = known[1].storing  # never two inserts of one partition at once
        self.lanes[tp] = generation, lane
        return lane

    async def _publish(self, chunk: Chunk) -> None:
        await publish(self.app.producer, chunk)

    def _is_current(self, generation: int) -> bool:
        return bool(self.app.consumer_generation_id == generation)


def _audit(place: Place, records: Sequence[Record], policy: Policy) -> Chunk:
    started = time.perf_counter()
    chunk = audit(place, records, policy)
    metrics.STAGE.labels("judge").observe(time.perf_counter() - started)
    metrics.count(chunk, policy)
    return chunk


async def _watch(app: faust.App) -> None:
    while not app.should_stop:
        assigned = app.consumer.assignment()
        metrics.LAG.clear()  # of partitions that went to another worker
        for tp in assigned:
            behind = cast(ChunkedConsumer, app.consumer).lag(tp)
            if behind is not None:
                metrics.LAG.labels(tp.topic, tp.partition).set(behind)
        metrics.READY.set(bool(assigned) and not app.rebalancing)
        await asyncio.sleep(1.0)


async def _watch_ledger(app: faust.App, trail: Trail) -> None:
    while not app.should_stop:
        started = time.monotonic()
        try:
            metrics.show_ledger(await asyncio.to_thread(ledger.read, trail))
        except TrailUnavailableError as error:
            logger.warning("the ledger cannot be read: %s", error)
        await asyncio.sleep(max(LEDGER_INTERVAL, 20 * (time.monotonic() - started)))
