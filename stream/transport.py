"""A Faust transport that hands over a partition's records as one message a chunk.

Faust's own consumer takes apart the batches that the driver hands it, at the price of two tasks,
a lock and a queue for every event. This one yields one message per partition and fetch, whose
value is the list of records and whose offset is the last one's; agents, rebalancing, commits and
the worker stay Faust's. It is registered as transport `chunked` (`pyproject.toml`), so a broker
URL `chunked://host:port` selects it; a chunked app reads nothing but chunks.

Chunks of a partition are acknowledged in any order, but the offset committed is that of the
longest run of chunks without a hole: `Progress` replaces Faust's own book-keeping, which can
commit past a message still in work (faust-streaming issues 606 and 316).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

import crash
from stream.batches import read_chunks

# The broker holds a fetch back until this much is there, or this long: it makes the chunks. Chunks
# twice as long come half as often, and much of what they cost ClickHouse is the same for each.
FETCH_MIN_BYTES = 4 << 20
FETCH_MAX_WAIT_MS = 500
# What is compressed in the log can be much more than was fetched: no chunk is longer than this.
MOST_RECORDS = 20_000
# Seconds that a rebalance or a stop waits for chunks that are being stored.
PATIENCE = 15.0


@dataclass(slots=True)
class Progress:
    """How far one partition has been handed over, acknowledged and committed.

    All offsets are Kafka positions: the offset of the next record to read.
    """

    handed_over: int | None = None
    acknowledged: int | None = None
    committed: int | None = None
    done: dict[int, int] = field(default_factory=dict)  # first position -> position after

    def hand_over(self, first: int, after: int) -> int:
        """A chunk starts; returns where it begins, which is where the one before it ended."""
        begin = first if self.handed_over is None else self.handed_over
        if self.acknowledged is None:
            self.acknowledged = self.committed = begin
        self.handed_over = after
        return begin

    def acknowledge(self, begin: int, after: int) -> None:
        """The chunk that began at `begin` is stored; move on over all that are, without a hole."""
        self.done[begin] = after
        while self.acknowledged in self.done:
            self.acknowledged = self.done.pop(self.acknowledged)

    def committable(self) -> int | None:
        """The position to commit, if it is ahead of the one committed."""
        return self.acknowledged if self.acknowledged != self.committed else None


class ChunkMessage(ConsumerMessage):
    """A Faust message whose value is the records of a chunk, in the order of their offsets."""

    __slots__ = ("begin", "is_last", "progress")
    begin: int
    is_last: bool
    """Whether no other partition of the topic was fetched with it that is handed over after it."""
    progress: Progress

    @property
    def offsets(self) -> range:
        """From the chunk's first record to its last."""
        return range(cast("Any", self.value)[0].offset, self.after)

    @property
    def after(self) -> int:
        """The position after the chunk's last record."""
        return int(self.offset) + 1


class ChunkedConsumer(driver.Consumer):
    """Faust's aiokafka consumer, chunk by chunk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._progress: dict[TP, Progress] = {}
        self._in_work: set[ChunkMessage] = set()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> "ChunkedConsumerThread":
        return ChunkedConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ChunkMessage]]:  # noqa: ASYNC109
        """One message for each partition that the driver has records of."""
        fetched, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if fetched is None or self.should_stop:
            return
        if not self.flow_active:
            with suppress(IllegalStateError):  # they went away; whoever gets them seeks anew
                await self.perform_seek()
            return
        last = {tp.topic: tp for tp in fetched}
        for tp, records in fetched.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if records and (active is None or tp in active or tp in self._buffered_partitions):
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                for start in range(0, len(records), MOST_RECORDS):
                    message = self._chunk(tp, records[start : start + MOST_RECORDS])
                    message.is_last = tp == last[tp.topic]
                    yield tp, message

    def _chunk(self, tp: TP, records: list[Any]) -> ChunkMessage:
        first, last = records[0], records[-1]
        message = ChunkMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            None,
            None,
            cast("Any", records),
            None,
            0,
            len(records),
            tp,
            generation_id=self.app.consumer_generation_id,
        )
        progress = self._progress.setdefault(tp, Progress())
        if message.offset < (self._read_offset[tp] or 0):
            # The log ends, or begins anew, below what was committed, and the driver went back to
            # its beginning. Faust would drop whatever it has until that offset is reached again.
            self._read_offset[tp] = None
        message.begin = progress.hand_over(first.offset, message.after)
        message.progress = progress
        return message

    def take(self, message: ChunkMessage) -> None:
        """Note that a chunk is being worked on: a rebalance waits for it, but not for ever."""
        self._in_work.add(message)

    def owns(self, message: ChunkMessage) -> bool:
        """Whether a chunk that was taken may still be stored by this worker."""
        return message in self._in_work and self._progress.get(message.tp) is message.progress

    def stored_to(self, tp: TP) -> int | None:
        """The position up to which a partition is stored, as far as this worker knows."""
        progress = self._progress.get(tp)
        return self._committed_offset[tp] if progress is None else progress.acknowledged

    def ack(self, message: Message) -> bool:
        """Note that a chunk is stored; one of before a seek or a rebalance says nothing more."""
        if message.acked or not isinstance(message, ChunkMessage):
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        if self.owns(message):
            message.progress.acknowledge(message.begin, message.after)
        self._in_work.discard(message)
        return True

    async def wait_empty(self) -> None:
        """Wait until what is being stored is stored, then commit; after a while give it up.

        What is given up is stored by the next owner. Faust would wait for ever. What a seek took
        away is not waited for: nothing of it will be acknowledged.
        """
        deadline = monotonic() + PATIENCE
        while any(map(self.owns, self._in_work)) and monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await self.commit_and_end_transactions()
        self._in_work.clear()

    def lag(self, tp: TP) -> int | None:
        """How many records of a partition are not acknowledged yet, as far as is known."""
        stored_to, highwater = self.stored_to(tp), self.highwater(tp)
        if stored_to is None or highwater is None:
            return None
        return max(0, int(highwater) - stored_to)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Offsets missing between two chunks are no concern: a chunk knows where it begins."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (
            tp
            for tp in list(self._progress)
            if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self, tp: TP) -> int | None:
        return self._progress[tp].committable()

    def _should_commit(self, tp: TP, offset: int) -> bool:  # noqa: ARG002 (Faust's signature)
        return True

    async def _commit_offsets(
        self,
        offsets: Mapping[TP, int],
        start_new_transaction: bool = True,  # noqa: FBT001, FBT002 (Faust's signature)
    ) -> bool:
        crash.point("worker committing")
        done = bool(await super()._commit_offsets(offsets, start_new_transaction))
        if done:
            for tp, offset in offsets.items():
                if tp in self._progress:
                    self._progress[tp].committed = offset
        return done

    async def perform_seek(self) -> None:
        """Read again from the committed offsets; nothing handed over before counts any more."""
        self._progress.clear()
        await super().perform_seek()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Store what is in work, commit it, and forget the partitions."""
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._progress.pop(tp, None)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Start anew from what is committed."""
        self._progress.clear()
        await super().on_partitions_assigned(assigned, generation_id)
        crash.point("worker partitions taken over")


class ChunkedConsumerThread(driver.AIOKafkaConsumerThread):
    """The driver's thread, with a consumer that waits for a chunk's worth of records."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        read_chunks()
        consumer = super()._create_worker_consumer(transport)
        # Faust has no settings for these two of aiokafka's; they take effect at its start.
        consumer._fetch_min_bytes = FETCH_MIN_BYTES  # noqa: SLF001
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS  # noqa: SLF001
        return consumer


class Transport(driver.Transport):
    """The aiokafka transport with chunked consumption."""

    Consumer = ChunkedConsumer
