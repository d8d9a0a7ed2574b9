"""The worker's composition: a Faust app with one agent, which only carries chunks."""

import asyncio
import logging
import time
from typing import Any

import faust
from faust.types import TP

from audit.policy import Policy
from audit.topics import ACCESS_EVENTS
from storage import ledger
from storage.rows import Place
from storage.trail import Chunk, Trail, TrailUnavailableError
from stream import metrics
from stream.auditing import audit
from stream.publishing import publish
from stream.settings import Settings
from stream.storing import Lane
from stream.topics import MAX_RECORD_BYTES

# Bytes of one partition that a fetch may bring: about 11,000 events.
CHUNK_BYTES = 8 << 20
LEDGER_INTERVAL = 15.0  # seconds; longer where the check itself takes long

logger = logging.getLogger(__name__)


def make_app(settings: Settings) -> faust.App:
    """A Faust app whose group membership outlives a quick restart of the process."""
    return faust.App(
        settings.group,
        broker=f"chunked://{settings.kafka}",
        datadir=settings.home / "faust" / settings.name,
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
    lanes: dict[TP, tuple[int, Lane]] = {}

    def lane(tp: TP, generation: int) -> Lane:
        known = lanes.get(tp)
        if known is not None and known[0] == generation:
            return known[1]

        def is_ours() -> bool:
            return bool(app.consumer_generation_id == generation)

        async def publish_chunk(chunk: Chunk) -> None:
            await publish(app.producer, chunk)

        new = Lane(trail, publish_chunk, is_ours)
        if known is not None:
            new.storing = known[1].storing  # never two inserts of one partition at once
        lanes[tp] = generation, new
        return new

    @app.agent(events)
    async def audit_access(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            chunk = _audit(Place(topic_ids[message.topic], message.partition), message, policy)
            first = message.value[0].offset
            await lane(message.tp, message.generation_id).store(first, chunk, event.ack)

    @app.task
    async def watch() -> None:
        policy_info(policy)
        while not app.should_stop:
            _watch_lag(app)
            await asyncio.sleep(1.0)

    @app.task
    async def watch_ledger() -> None:
        while not app.should_stop:
            started = time.monotonic()
            try:
                await asyncio.to_thread(_watch_ledger, trail)
            except TrailUnavailableError as error:
                logger.warning("the ledger cannot be read: %s", error)
            await asyncio.sleep(max(LEDGER_INTERVAL, 20 * (time.monotonic() - started)))

    return app


def _audit(place: Place, message: Any, policy: Policy) -> Chunk:
    started = time.perf_counter()
    chunk = audit(place, message.value, policy)
    metrics.STAGE.labels("judge").observe(time.perf_counter() - started)
    metrics.count(chunk, policy)
    return chunk


def _watch_lag(app: faust.App) -> None:
    for tp in app.consumer.assignment():
        behind = app.consumer.lag(tp)
        if behind is not None:
            metrics.LAG.labels(tp.topic, tp.partition).set(behind)
    metrics.READY.set(bool(app.consumer.assignment()) and not app.rebalancing)


def _watch_ledger(trail: Trail) -> None:
    for entry in ledger.read(trail):
        labels = entry.topic_id, str(entry.partition)
        metrics.MISSING.labels(*labels).set(entry.missing)
        metrics.DUPLICATES.labels(*labels).set(entry.duplicates)
