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
from stream import metrics, topics
from stream.auditing import Record, audit, read
from stream.publishing import publish
from stream.settings import Settings
from stream.storing import Lane, Work, end_the_process
from stream.topics import MAX_LETTER_BYTES, KafkaUnavailableError
from stream.transport import ChunkedConsumer, ChunkMessage

# Bytes of one partition that a fetch may bring: at least 20,000 events.
CHUNK_BYTES = 16 << 20
TOPIC_INTERVAL = 15.0  # seconds
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
        consumer_group_instance_id=settings.member,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_commit_interval=1.0,
        producer_max_request_size=MAX_LETTER_BYTES,
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
            try:
                place = Place(topic_ids[event.message.topic], event.message.partition)
                chunk = _audit(place, event.message.value, policy)
                await lanes.store(event, chunk, policy)
            except Exception as error:  # noqa: BLE001 (Faust would go on with the next chunk)
                end_the_process(error)

    app.agent(events, name="audit")(carry)
    app.task(partial(_watch, app))
    app.task(partial(_watch_ledger, app, trail, topic_ids))
    app.task(partial(_watch_topics, app, settings, topic_ids))
    metrics.show(policy)
    return app


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of the partitions that the worker has, made anew in each generation."""

    app: faust.App
    trail: Trail
    lanes: dict[TP, tuple[int, Lane]] = field(default_factory=dict)

    async def store(self, event: Any, chunk: Chunk, policy: Policy) -> None:
        """Hand a judged chunk to its partition's lane; it is acknowledged once it is stored."""
        message: ChunkMessage = event.message
        consumer = cast(ChunkedConsumer, self.app.consumer)
        consumer.take(message)

        def acknowledge() -> None:
            metrics.count(chunk, policy)
            event.ack()

        work = Work(message.offsets, chunk, lambda: consumer.owns(message), acknowledge)
        await self._lane(message.tp, message.generation_id or 0).store(work)

    def _lane(self, tp: TP, generation: int) -> Lane:
        known = self.lanes.get(tp)
        if known is not None and known[0] == generation:
            return known[1]
        lane = Lane(self.trail, self._publish)
        if known is not None:
            lane.storing = known[1].storing  # never two inserts of one partition at once
        self.lanes[tp] = generation, lane
        return lane

    async def _publish(self, chunk: Chunk) -> None:
        await publish(self.app.producer, chunk)


def _audit(place: Place, records: Sequence[Record], policy: Policy) -> Chunk:
    with metrics.STAGE.labels("decode").time():
        answers = read(records)
    with metrics.STAGE.labels("judge").time():
        return audit(place, answers, policy)


async def _watch(app: faust.App) -> None:
    consumer = cast(ChunkedConsumer, app.consumer)
    while not app.should_stop:
        assigned = consumer.assignment()
        behind = {(tp.topic, tp.partition): consumer.lag(tp) for tp in assigned}
        metrics.show_lag({tp: lag for tp, lag in behind.items() if lag is not None})
        metrics.READY.set(bool(assigned) and not app.rebalancing)
        await asyncio.sleep(1.0)


async def _watch_ledger(app: faust.App, trail: Trail, topic_ids: dict[str, str]) -> None:
    while not app.should_stop:
        started = time.monotonic()
        stored_to = _stored_to(cast(ChunkedConsumer, app.consumer), topic_ids)
        try:
            metrics.show_ledger(await asyncio.to_thread(ledger.read, trail), stored_to)
        except TrailUnavailableError as error:
            logger.warning("the ledger cannot be read: %s", error)
        await asyncio.sleep(max(LEDGER_INTERVAL, 20 * (time.monotonic() - started)))


def _stored_to(consumer: ChunkedConsumer, topic_ids: dict[str, str]) -> dict[Place, int]:
    positions = {tp: consumer.stored_to(tp) for tp in consumer.assignment()}
    return {
        Place(topic_ids[tp.topic], tp.partition): position
        for tp, position in positions.items()
        if position is not None and tp.topic in topic_ids
    }


async def _watch_topics(app: faust.App, settings: Settings, topic_ids: dict[str, str]) -> None:
    while not app.should_stop:
        await asyncio.sleep(TOPIC_INTERVAL)
        try:
            now = await asyncio.to_thread(topics.ids, settings.kafka, topic_ids)
        except KafkaUnavailableError as error:
            logger.warning("the topics cannot be seen: %s", error)
            continue
        if now != topic_ids:
            end_the_process(TopicMadeAnewError(f"{topic_ids} became {now}; starting anew"))


class TopicMadeAnewError(Exception):
    """The topic was deleted and made again: its offsets are those of another log."""
